"""A store that is slow, away or forgetful of answers: nothing half done, nothing twice, and in words for a person."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from grpc import StatusCode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharing.domain import Edit, Share, WorkerReport
from sharing.errors import IdTaken, OutcomeUnknown, Problem, ShareGone, ShareNotFound, StoreUnavailable
from sharing.stores import firestore
from sharing.stores.firestore import FirestoreStore
from sharing.stores.firestore_calls import ONCE, patiently
from tests.firestore.server import Fault, StandIn
from tests.sharing.histories import STEPS, Model, Step, outcome
from tests.sharing.shares import NOON, share

RETITLE = Edit(title="New")
FAULTS = [
    Fault(code, after)
    for code in (
        StatusCode.UNAVAILABLE,
        StatusCode.ABORTED,
        StatusCode.DEADLINE_EXCEEDED,
        StatusCode.INTERNAL,
    )
    for after in (False, True)
]
CALLS: dict[str, Callable[[FirestoreStore, Share], Any]] = {
    "create": lambda store, _: store.create(share()),
    "get": lambda store, one: store.get(one.id),
    "update": lambda store, one: store.update(one.id, lambda found: found.edit(RETITLE)),
    "delete": lambda store, one: store.delete(one.id, at=NOON),
    "due": lambda store, _: store.due(NOON, 9),
    "waiting": lambda store, _: store.waiting(9),
    "waiting_count": lambda store, _: store.waiting_count(),
    "expired": lambda store, _: store.expired(NOON, 9),
    "newest": lambda store, _: store.newest(9),
    "present": lambda store, one: store.present([one.id]),
    "purge_tombstones": lambda store, _: store.purge_tombstones(NOON, 9),
    "report_worker": lambda store, _: store.report_worker(WorkerReport(id="a", seen_at=NOON)),
    "workers": lambda store, _: store.workers(since=NOON),
    "purge_workers": lambda store, _: store.purge_workers(NOON),
    "ping": lambda store, _: store.ping(),
}


def once(fault: Fault, method: str | None = None) -> Callable[[str], Fault | None]:
    """The fault at the first call (of that method), and then no more."""
    left = [fault]
    return lambda called: left.pop() if left and method in {None, called} else None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code.name}-{fault.after}")
@pytest.mark.parametrize("call", CALLS)
def test_a_passing_fault_is_not_noticed(
    store: FirestoreStore, stand_in: StandIn, call: str, fault: Fault
) -> None:
    one = share()
    store.create(one)
    stand_in.faults = once(fault)
    CALLS[call](store, one)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "code", [StatusCode.UNAVAILABLE, StatusCode.PERMISSION_DENIED, StatusCode.RESOURCE_EXHAUSTED]
)
@pytest.mark.parametrize("call", CALLS)
def test_a_store_that_is_away_is_said_to_be_unavailable(
    store: FirestoreStore, stand_in: StandIn, call: str, code: StatusCode
) -> None:
    one = share()
    store.create(one)
    before = dict(stand_in.database.documents)
    stand_in.faults = lambda _method: Fault(code)
    with pytest.raises(StoreUnavailable) as caught:
        CALLS[call](store, one)
    assert caught.value.status == 503
    assert caught.value.headers["Retry-After"]
    assert stand_in.database.documents == before


def test_a_write_whose_answer_got_lost_is_made_once(store: FirestoreStore, stand_in: StandIn) -> None:
    one = share()
    lost = Fault(StatusCode.UNAVAILABLE, after=True)
    stand_in.faults = once(lost, "Commit")
    store.create(one)
    stand_in.faults = once(lost, "Commit")
    assert store.update(one.id, lambda found: found.edit(RETITLE)).revision == 2
    stand_in.faults = once(lost, "Commit")
    deleted = store.delete(one.id, at=NOON)
    assert deleted
    assert deleted.revision == 2
    with pytest.raises(IdTaken):
        store.create(one)


def test_a_write_whose_answer_got_lost_is_known_again_below_a_later_one(
    store: FirestoreStore, stand_in: StandIn
) -> None:
    one = share()
    store.create(one)
    other = FirestoreStore()

    def lose_and_let_another_write(method: str) -> Fault | None:
        if method != "Commit":
            return None
        stand_in.faults = between
        return Fault(StatusCode.UNAVAILABLE, after=True)

    def between(_method: str) -> None:
        stand_in.faults = lambda _method: None
        other.update(one.id, lambda found: found.edit(Edit(exclusive=True)))

    stand_in.faults = lose_and_let_another_write
    assert store.update(one.id, lambda found: found.edit(RETITLE)).title == "New"
    assert store.get(one.id).revision == 3


@pytest.mark.usefixtures("impatient")
def test_when_nobody_knows_whether_it_was_done_that_is_said(store: FirestoreStore, stand_in: StandIn) -> None:
    one = share()
    store.create(one)
    down = False

    def goes_down_while_writing(method: str) -> Fault | None:
        nonlocal down
        down = down or method == "Commit"
        return Fault(StatusCode.UNAVAILABLE, after=True) if down else None

    stand_in.faults = goes_down_while_writing
    with pytest.raises(OutcomeUnknown):
        store.update(one.id, lambda found: found.edit(RETITLE))


@pytest.mark.parametrize("call", ["create", "update", "delete"])
@pytest.mark.parametrize("after", [False, True])
def test_a_refusal_after_a_lost_answer_does_not_say_that_nothing_was_done(
    store: FirestoreStore, stand_in: StandIn, call: str, after: bool
) -> None:
    """As where the quota is used up just then. What was taken for a share may not be given back."""
    one = share()
    store.create(one)
    lost = [Fault(StatusCode.UNAVAILABLE, after)]

    def lose_and_refuse(method: str) -> Fault | None:
        if not lost:
            return Fault(StatusCode.RESOURCE_EXHAUSTED)
        return lost.pop() if method == "Commit" else None

    stand_in.faults = lose_and_refuse
    with pytest.raises(OutcomeUnknown):
        CALLS[call](store, one)


def test_a_store_that_does_not_answer_is_given_up(
    store: FirestoreStore, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ONCE, "timeout", 0.2)
    monkeypatch.setattr(firestore, "patiently", patiently.with_timeout(0.5))
    stand_in.latency = 1.0
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        store.ping()
    assert time.monotonic() - began < 2


def test_a_store_that_comes_back_is_found_again(
    stand_in: StandIn, store: FirestoreStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = share()
    store.create(one)
    stand_in.stop()
    with monkeypatch.context() as impatient:
        impatient.setattr(firestore, "patiently", patiently.with_timeout(0.3))
        with pytest.raises(StoreUnavailable):
            store.get(one.id)
    back = StandIn(stand_in.database, stand_in.port)
    back.start()
    assert store.get(one.id) == one
    back.stop()


SCHEDULES = st.lists(st.lists(st.none() | st.sampled_from(FAULTS), max_size=5), max_size=14)


@pytest.mark.usefixtures("impatient")
@given(steps=STEPS, schedules=SCHEDULES, down=st.sets(st.integers(0, 13), max_size=2))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_fails_the_store_is_as_the_model_or_says_that_it_is_unavailable(
    store: FirestoreStore,
    stand_in: StandIn,
    steps: list[Step],
    schedules: list[list[Fault | None]],
    down: set[int],
) -> None:
    model, shares = Model(), [share(), share()]
    for number, step in enumerate(steps):
        one = shares[step.index]
        before = state(model, one.id)
        expected = outcome(model, step, one)
        schedule = iter(schedules[number] if number < len(schedules) else [])
        stand_in.faults = failing(schedule, forever=number in down)
        found = outcome(store, step, one)
        stand_in.faults = lambda _method: None
        if found not in (StoreUnavailable, OutcomeUnknown):
            assert found == expected
            assert state(store, one.id) == state(model, one.id)
        elif state(store, one.id) != state(model, one.id):
            assert state(store, one.id) == before
            model.tombs.discard(one.id)
            model.shares.pop(one.id, None)
            if isinstance(before, Share):
                model.shares[one.id] = before
        assert found is not StoreUnavailable or state(store, one.id) == before


def failing(schedule: Iterator[Fault | None], *, forever: bool) -> Callable[[str], Fault | None]:
    """The faults one after the other; then none, or the last kind for ever."""
    last = Fault(StatusCode.UNAVAILABLE) if forever else None
    return lambda _method: next(schedule, last)


def state(store: FirestoreStore | Model, share_id: str) -> Share | type[Problem]:
    """What stands in the store now."""
    try:
        return store.get(share_id)
    except (ShareNotFound, ShareGone) as problem:
        return type(problem)
