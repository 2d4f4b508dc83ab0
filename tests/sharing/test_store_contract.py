"""What every store must do (`sharing.stores.base`). A new store joins by one line in `STORES`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings

from sharing import documents
from sharing.domain import Edit, Job, Share, State, WorkerReport
from sharing.errors import (
    Cancelled,
    IdTaken,
    LeaseLost,
    Problem,
    RevisionMismatch,
    ShareGone,
    ShareNotFound,
    TakenDown,
    Unreadable,
)
from sharing.stores import Store
from tests.sharing.histories import HOSTED, INCOMING, STEPS, Model, Step, outcome
from tests.sharing.shares import NOON, lease, queued, share

pytestmark = pytest.mark.django_db(transaction=True)

STORES = [  # names of fixtures
    "embedded_store",
    "firestore_store",
]
SECOND = timedelta(seconds=1)
LATER = NOON + SECOND


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """A store with nothing in it."""
    found: Store = request.getfixturevalue(request.param)
    return found


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Call `work` from so many threads at the same moment; results or problems in the order of the threads."""
    barrier = Barrier(number)

    def one(index: int) -> Any:
        barrier.wait(10)
        try:
            return work(index)
        except Problem as problem:
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def test_a_share_is_read_as_it_was_written(store: Store) -> None:
    written = share(expires_at=NOON, exclusive=True).claim(lease())
    store.create(written)
    assert store.get(written.id) == written


def test_an_id_is_claimed_once(store: Store) -> None:
    first = share(title="first")
    store.create(first)
    with pytest.raises(IdTaken):
        store.create(share(id=first.id, title="second"))
    assert store.get(first.id).title == "first"


def test_of_twenty_that_claim_one_id_one_gets_it(store: Store) -> None:
    same = share()
    results = at_once(20, lambda index: store.create(replace(same, title=str(index))))
    assert [type(result) for result in results].count(IdTaken) == 19
    assert store.get(same.id).title == str(results.index(None))


def test_an_unknown_id_is_not_found(store: Store) -> None:
    with pytest.raises(ShareNotFound):
        store.get("nobody")
    with pytest.raises(ShareNotFound):
        store.update("nobody", Share.cancel)
    with pytest.raises(ShareNotFound):
        store.delete("nobody", at=NOON)


def test_a_change_is_returned_and_kept(store: Store) -> None:
    before = share()
    store.create(before)
    changed = store.update(before.id, lambda found: found.edit(Edit(title="New")))
    assert changed == store.get(before.id)
    assert (changed.title, changed.revision) == ("New", 2)


def test_a_change_that_raises_writes_nothing(store: Store) -> None:
    before = share()
    store.create(before)
    with pytest.raises(LeaseLost):
        store.update(
            before.id, lambda found: found.beat(NOON, available_frames=1, progress=1, seconds_left=None)
        )
    assert store.get(before.id) == before


def test_hosted_stems_and_what_is_to_come_are_kept_as_they_are(store: Store) -> None:
    before = share()
    store.create(before)
    after = store.update(before.id, lambda found: found.claim(lease()).add((HOSTED, INCOMING)))
    assert store.get(before.id) == after
    assert (after.stems[2].hosted, after.stems[3].incoming) == (HOSTED.hosted, INCOMING.incoming)


def test_a_change_of_an_older_revision_is_refused(store: Store) -> None:
    before = share()
    store.create(before)
    store.update(before.id, lambda found: found.edit(Edit(title="Mine")), revision=1)
    with pytest.raises(RevisionMismatch):
        store.update(before.id, lambda found: found.edit(Edit(title="Yours")), revision=1)
    assert store.get(before.id).title == "Mine"


def test_a_write_under_a_lost_lease_is_refused(store: Store) -> None:
    before = share()
    store.create(before)
    store.update(before.id, lambda found: found.claim(lease("old")))
    store.update(before.id, lambda found: replace(found, state=State.QUEUED))
    store.update(before.id, lambda found: found.claim(lease("new")))
    with pytest.raises(LeaseLost):
        store.update(before.id, lambda found: found.scan(frames=1, gain=1, sample_rate=44_100), lease="old")
    assert store.get(before.id).frames is None
    store.update(before.id, lambda found: found.scan(frames=1, gain=1, sample_rate=44_100), lease="new")
    assert store.get(before.id).frames == 1


def test_a_write_after_cancelling_is_refused_as_such(store: Store) -> None:
    before = share()
    store.create(before)
    store.update(before.id, lambda found: found.claim(lease()))
    store.update(before.id, Share.cancel)
    with pytest.raises(Cancelled):
        store.update(before.id, lambda found: found, lease="lease")


def test_twenty_workers_claim_and_none_twice(store: Store) -> None:
    shares = [share() for _ in range(8)]
    for one in shares:
        store.create(one)

    def claim_all(index: int) -> list[str]:
        won = []
        for one in shares[index % 8 :] + shares[: index % 8]:
            try:
                store.update(one.id, lambda found: found.claim(lease(str(index))))
            except LeaseLost:
                continue
            won.append(one.id)
        return won

    won = [share_id for each in at_once(20, claim_all) for share_id in each]
    assert sorted(won) == sorted(one.id for one in shares)
    assert all(store.get(one.id).job.attempt == 1 for one in shares)


def test_no_change_is_lost_among_twenty(store: Store) -> None:
    before = share()
    store.create(before)
    at_once(20, lambda index: store.update(before.id, lambda found: found.edit(Edit(title=str(index)))))
    assert store.get(before.id).revision == 21


def test_one_of_twenty_edits_of_the_same_revision_wins(store: Store) -> None:
    before = share()
    store.create(before)
    results = at_once(
        20,
        lambda index: store.update(before.id, lambda found: found.edit(Edit(title=str(index))), revision=1),
    )
    assert [type(result) for result in results].count(RevisionMismatch) == 19
    assert store.get(before.id).revision == 2


def test_a_deleted_share_leaves_a_tombstone(store: Store) -> None:
    before = share(expires_at=NOON)
    store.create(before)
    assert store.delete(before.id, at=NOON) == before
    with pytest.raises(ShareGone):
        store.get(before.id)
    with pytest.raises(ShareGone):
        store.update(before.id, Share.cancel)
    with pytest.raises(ShareGone):
        store.delete(before.id, at=NOON)
    with pytest.raises(IdTaken):
        store.create(before)
    assert store.present([before.id]) == {}
    assert store.waiting(9) == store.expired(NOON, 9) == []


def test_tombstones_are_forgotten_when_they_are_old(store: Store) -> None:
    old, young, alive = share(), share(), share()
    for one in (old, young, alive):
        store.create(one)
    store.delete(old.id, at=NOON - SECOND)
    store.delete(young.id, at=NOON)
    assert store.purge_tombstones(NOON, 9) == 1
    with pytest.raises(ShareNotFound):
        store.get(old.id)
    with pytest.raises(ShareGone):
        store.get(young.id)
    store.create(old)
    assert store.get(alive.id) == alive


def test_the_queue_is_in_order_of_arrival(store: Store) -> None:
    third, first, second = (queued(NOON + n * SECOND) for n in (3, 1, 2))
    for one in (third, first, second):
        store.create(one)
    assert [one.id for one in store.waiting(2)] == [first.id, second.id]
    assert store.waiting_count() == 3
    assert store.waiting_count(before=NOON + 3 * SECOND) == 2
    store.update(first.id, lambda found: found.claim(lease()))
    assert [one.id for one in store.waiting(9)] == [second.id, third.id]


def test_shares_are_due_when_their_lease_ran_out(store: Store) -> None:
    def running(deadline: datetime) -> Share:
        one = share()
        store.create(one)
        return store.update(one.id, lambda found: found.claim(lease(deadline=deadline)))

    late, soon, idle = running(NOON), running(NOON - SECOND), share()
    store.create(idle)
    running(NOON + SECOND)
    assert store.due(NOON, 9) == [soon, late]
    assert store.due(NOON, 1) == [soon]


def test_shares_expire_at_their_time(store: Store) -> None:
    early, late, never = (share(expires_at=time) for time in (NOON - SECOND, NOON + SECOND, None))
    for one in (early, late, never):
        store.create(one)
    assert store.expired(NOON, 9) == [early]
    assert store.expired(NOON + SECOND, 9) == [early, late]


def test_what_was_taken_down_says_why(store: Store) -> None:
    before, deleted = share(), share()
    store.create(before)
    store.create(deleted)
    assert store.delete(before.id, at=NOON, reason="It isn't theirs.") == before
    store.delete(deleted.id, at=NOON)
    with pytest.raises(TakenDown, match="It isn't theirs"):
        store.get(before.id)
    with pytest.raises(TakenDown):
        store.update(before.id, Share.cancel)
    with pytest.raises(ShareGone) as plain:
        store.get(deleted.id)
    assert not isinstance(plain.value, TakenDown)
    assert store.purge_tombstones(NOON + SECOND, 9) == 2


def test_all_shares_are_listed_newest_first_page_by_page(store: Store) -> None:
    # Three of the same second: the order of their ids must not lose or repeat one between two pages.
    shares = [share(created_at=NOON + n // 3 * timedelta(microseconds=1)) for n in range(9)]
    for one in shares:
        store.create(one)
    gone = share(created_at=NOON + SECOND)
    store.create(gone)
    store.delete(gone.id, at=NOON)
    expected = sorted(shares, key=lambda one: (one.created_at, one.id), reverse=True)
    assert store.newest(99).shares == expected
    assert store.newest(99).after is None
    found, after = [], None
    for _ in range(5):
        page = store.newest(4, after)
        found += page.shares
        if (after := page.after) is None:
            break
        store.create(share(created_at=NOON + SECOND))  # somebody makes another one meanwhile
    assert after is None
    assert found == expected


def test_a_list_goes_on_where_its_last_share_was_deleted(store: Store) -> None:
    old, middle, new = (share(created_at=NOON + n * SECOND) for n in range(3))
    for one in (old, middle, new):
        store.create(one)
    page = store.newest(2)
    store.delete(middle.id, at=NOON)
    assert store.newest(2, page.after).shares == [old]
    # What is changed stays in its place.
    store.update(old.id, lambda found: found.edit(Edit(title="New")))
    assert [one.id for one in store.newest(9).shares] == [new.id, old.id]


def unreadable(store: Store, monkeypatch: pytest.MonkeyPatch, change: Callable[[Share], Share]) -> str:
    """The id of a share of which a newer version than this one wrote the document."""
    with monkeypatch.context() as newer:
        newer.setattr(documents, "SCHEMA", documents.SCHEMA + 1)
        one = share(expires_at=NOON - SECOND)
        store.create(one)
        return store.update(one.id, change).id


def test_what_cannot_be_read_takes_nobodys_place(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        unreadable(store, monkeypatch, lambda found: found.edit(Edit(title="It waits")))
        unreadable(store, monkeypatch, lambda found: found.claim(lease(deadline=NOON - SECOND)))
    waiting, running = (
        share(expires_at=NOON, job=Job(model="x", queued_at=LATER, source=None)) for _ in "ab"
    )
    store.create(waiting)
    store.create(running)
    store.update(running.id, lambda found: found.claim(lease(deadline=NOON)))
    for limit in (1, 2, 9):
        assert [one.id for one in store.waiting(limit)] == [waiting.id]
        assert [one.id for one in store.due(NOON, limit)] == [running.id]
        assert {one.id for one in store.expired(NOON, limit)} <= {waiting.id, running.id}
    assert len(store.expired(NOON, 2)) == 2
    assert len(store.expired(NOON, 1)) == 1


def test_what_cannot_be_read_costs_no_question_each(
    embedded_store: Store, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """A worker that looks for its next share asks for one, and for more only where that can't be read."""
    store = embedded_store
    for _ in range(9):
        unreadable(store, monkeypatch, lambda found: found.edit(Edit(title="It waits")))
    waiting = share(job=Job(model="x", queued_at=LATER, source=None))
    store.create(waiting)
    with django_assert_num_queries(2):
        assert [one.id for one in store.waiting(1)] == [waiting.id]


def test_what_cannot_be_read_can_be_deleted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    share_id = unreadable(store, monkeypatch, Share.cancel)
    with pytest.raises(Unreadable):
        store.get(share_id)
    assert store.delete(share_id, at=NOON) is None
    with pytest.raises(ShareGone):
        store.get(share_id)
    assert store.expired(NOON, 9) == []


def test_those_present_are_told_from_those_that_are_not(store: Store) -> None:
    here, gone = share(), share()
    store.create(here)
    store.create(gone)
    store.delete(gone.id, at=NOON)
    assert store.present([here.id, gone.id, "nobody"]) == {here.id: here}
    assert store.present([]) == {}


def test_the_newest_report_of_a_worker_counts(store: Store) -> None:
    store.report_worker(WorkerReport(id="a", seen_at=NOON - SECOND, models=("old",)))
    store.report_worker(WorkerReport(id="b", seen_at=NOON))
    newest = WorkerReport(id="a", seen_at=NOON, device="cuda", models=("new",))
    store.report_worker(newest)
    assert store.workers(since=NOON) == [newest, WorkerReport(id="b", seen_at=NOON)]
    assert store.workers(since=NOON + SECOND) == []
    store.purge_workers(NOON + SECOND)
    assert store.workers(since=NOON - SECOND) == []


def test_a_store_that_answers_says_so(store: Store) -> None:
    store.ping()


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_leaves_what_a_simple_model_says(store: Store, steps: list[Step]) -> None:
    model, shares = Model(), [share(), share()]
    ids = [one.id for one in shares]
    for step in steps:
        expected = outcome(model, step, shares[step.index])
        assert outcome(store, step, shares[step.index]) == expected
    assert store.present(ids) == model.shares
    waiting = {one.id for one in model.shares.values() if one.queued_at}
    assert {one.id for one in store.waiting(10_000)} & set(ids) == waiting
