"""The worker's side: claim, scan, beat, finish, fail."""

import errno
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from sharing import jobs, media, reaper
from sharing.clock import now
from sharing.domain import Share, State
from sharing.errors import Deleted, LeaseLost, MediaUnavailable, OutcomeUnknown, StoreUnavailable
from sharing.models import ShareRow
from sharing.services import find
from sharing.storages.folder import FolderStorage
from sharing.stores import get_store
from sharing.stores.embedded import EmbeddedStore
from tests.sharing.shares import FRAMES, SONG, Installation, begin, change, make, make_done

pytestmark = pytest.mark.django_db


def test_a_claim_has_what_a_worker_needs() -> None:
    made = make(model="classical")
    claim = jobs.claim(made.id, "worker-1")
    assert claim is not None
    assert (claim.attempt, claim.prefix, claim.share.job.model) == (1, f"shares/{made.id}/1/", "classical")
    with claim.source() as path:
        assert path.read_bytes() == SONG
    assert find(made.id).state is State.RUNNING


def test_what_is_stored_can_be_read_back() -> None:
    claim = begin(make().id)
    claim.put("vocals/aac/0.m4a", b"small")
    assert claim.get("vocals/aac/0.m4a") == b"small"
    with pytest.raises(FileNotFoundError):
        claim.get("vocals/aac/1.m4a")


def test_a_small_rendition_may_come_after_the_rest_is_published() -> None:
    made = make()
    claim = begin(made.id)
    jobs.finish(claim, more=True)
    jobs.finish(claim, more=True)
    jobs.beat(claim, jobs.Progress(FRAMES, 1.0, small_frames=FRAMES))
    jobs.release(claim)
    share = find(made.id)
    assert (share.state, share.growing, share.stems[0].small_frames) == (State.DONE, False, FRAMES)


def test_only_what_waits_is_claimed() -> None:
    made = make()
    assert jobs.claim(made.id, "worker-1") is not None
    assert jobs.claim(made.id, "worker-2") is None
    assert jobs.claim(make_done().id, "worker-1") is None
    assert jobs.claim("2222222222A", "worker-1") is None


def test_who_has_waited_longest_is_next_and_keeps_the_place() -> None:
    first, second, third = make(), make(), make()
    change(second.id, expires_at=now())
    begun = jobs.claim_next("worker-1")
    assert begun is not None
    assert begun.share.id == first.id
    jobs.give_back(begun)
    found = [jobs.claim_next(worker) for worker in ("worker-2", "worker-3", "worker-4")]
    assert [one and one.share.id for one in found] == [first.id, third.id, None]


def test_many_that_can_t_be_claimed_hold_up_nobody() -> None:
    """More than are looked at first: damaged documents, and shares whose time is over."""
    damaged, expired, waiting = ([make().id for _ in range(count)] for count in (12, 30, 1))
    ShareRow.objects.filter(pk__in=damaged).update(document={"schema": 99})
    for share_id in expired:
        change(share_id, expires_at=now())
    begun = jobs.claim_next("worker-1")
    assert begun is not None
    assert begun.share.id == waiting[0]
    assert jobs.claim_next("worker-2") is None


def test_an_expired_share_is_not_worked_on() -> None:
    made = make()
    change(made.id, expires_at=now())
    assert jobs.claim(made.id, "worker-1") is None
    made = make()
    claim = begin(made.id)
    change(made.id, expires_at=now())
    with pytest.raises(Deleted):
        jobs.beat(claim, jobs.Progress(1, 0.1))


def test_the_heartbeat_renews_the_lease(settings: Settings) -> None:
    claim = begin(make().id)
    settings.STEMLINK_LEASE_SECONDS = 500
    jobs.beat(claim, jobs.Progress(available_frames=176_400, fraction=0.5, seconds_left=3.0))
    share = find(claim.share.id)
    assert share.due is not None
    assert share.due > now() + timedelta(seconds=400)
    assert (share.stems[0].available_frames, share.job.progress, share.job.seconds_left) == (
        176_400,
        0.5,
        3.0,
    )


def test_finishing_leaves_the_stems_and_nothing_else(installation: Installation) -> None:
    made = make_done()
    share = find(made.id)
    assert (share.state, share.job.source) == (State.DONE, None)
    assert installation.files("sources") == []
    assert len(installation.files(f"shares/{made.id}/1")) == 8


def test_the_song_is_kept_when_the_operator_wants_so(installation: Installation, settings: Settings) -> None:
    settings.STEMLINK_KEEP_SOURCE = True
    made = make_done()
    assert len(installation.files("sources")) == 1
    assert find(made.id).job.source is not None


def test_the_attempts_before_are_deleted_when_one_is_published(installation: Installation) -> None:
    made = make()
    jobs.fail(begin(made.id), "crash", "It crashed.", retry=True)
    assert installation.bells == [made.id, made.id]
    jobs.finish(begin(made.id))
    assert {path.split("/")[2] for path in installation.files("shares")} == {"2"}


def test_three_attempts_and_no_more(installation: Installation) -> None:
    made = make()
    for attempt in (1, 2):
        jobs.fail(begin(made.id), "crash", "It crashed.", retry=True)
        assert (find(made.id).state, find(made.id).job.attempt) == (State.QUEUED, attempt)
    jobs.fail(begin(made.id), "crash", "It crashed.", retry=True)
    share = find(made.id)
    assert share.state is State.FAILED
    assert share.error is not None
    assert (share.error.code, share.error.message) == ("crash", "It crashed.")
    assert installation.files() == []
    assert len(installation.bells) == 3


def test_a_worker_that_must_leave_gives_its_share_back(installation: Installation) -> None:
    made = make()
    for attempt in (1, 2, 3, 4):
        claim = begin(made.id, available=176_400)
        jobs.give_back(claim)
        assert (find(made.id).state, find(made.id).job.attempt) == (State.QUEUED, attempt)
        assert installation.files(claim.prefix), "what can be heard was deleted"
        with pytest.raises(LeaseLost):
            jobs.beat(claim, jobs.Progress(1, 0.1))
    assert installation.bells == [made.id] * 5
    jobs.finish(begin(made.id))
    assert find(made.id).state is State.DONE


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda claim: jobs.fail(claim, "crash", "It crashed.", retry=True), State.QUEUED),
        (lambda claim: jobs.fail(claim, "too_long", "It is too long.", retry=False), State.FAILED),
        (jobs.give_back, State.QUEUED),
    ],
    ids=["trouble", "failure", "giving back"],
)
def test_an_end_whose_answer_got_lost_is_followed_up_when_it_is_repeated(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[jobs.Claim], None],
    state: State,
) -> None:
    """A bell for who comes next; else the song is deleted."""
    made = make()
    claim = begin(made.id)
    lose_an_answer(monkeypatch)
    with pytest.raises(OutcomeUnknown):
        end(claim)
    end(claim)
    waits = state is State.QUEUED
    assert (find(made.id).state, len(installation.bells)) == (state, 1 + waits)
    assert len(installation.files("sources")) == waits
    change(made.id, state=State.QUEUED)
    begin(made.id)
    with pytest.raises(LeaseLost):
        end(claim)


def lose_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store does the next change, and its answer never comes."""
    really, lost = EmbeddedStore.update, iter([True])

    def update(*arguments: Any, **more: Any) -> Share:
        share = really(*arguments, **more)
        if next(lost, False):
            raise OutcomeUnknown
        return share

    monkeypatch.setattr(EmbeddedStore, "update", update)


def test_what_cannot_end_better_is_not_tried_again(installation: Installation) -> None:
    made = make()
    jobs.fail(begin(made.id), "too_long", "This song is too long.", retry=False)
    assert find(made.id).state is State.FAILED
    assert installation.files() == []


def test_a_worker_thought_dead_cannot_write_over_its_successor(installation: Installation) -> None:
    made = make()
    old = begin(made.id)
    change(made.id, state=State.QUEUED)
    new = begin(made.id, available=176_400)
    with pytest.raises(LeaseLost):
        jobs.scanned(old, frames=1, gain=1.0, sample_rate=8000)
    with pytest.raises(LeaseLost):
        jobs.beat(old, jobs.Progress(1, 0.9))
    with pytest.raises(LeaseLost):
        jobs.finish(old)
    with pytest.raises(LeaseLost):
        jobs.fail(old, "x", "X.", retry=False)
    jobs.discard(old)
    assert {path.split("/")[2] for path in installation.files("shares")} == {"2"}
    jobs.finish(new)


def test_what_a_dead_attempt_stored_is_heard_until_the_next_one(installation: Installation) -> None:
    made = make()
    claim = begin(made.id, available=176_400)
    jobs.fail(claim, "crash", "It crashed.", retry=True)
    jobs.discard(claim)
    assert installation.files(f"shares/{made.id}/1")


def test_publishing_twice_does_no_harm(installation: Installation) -> None:
    made = make()
    claim = begin(made.id)
    jobs.finish(claim)
    files = installation.files()
    jobs.finish(claim)
    jobs.discard(claim)
    assert find(made.id).state is State.DONE
    assert installation.files() == files


def test_media_that_can_t_be_looked_through_takes_nothing_back(
    monkeypatch: pytest.MonkeyPatch, installation: Installation
) -> None:
    """What is left behind is the sweep's; the store has it, and whoever did it isn't told otherwise."""
    made, waiting, given = make(), make(), make()
    claims = [begin(one.id) for one in (made, waiting, given)]

    def away(_storage: FolderStorage, _prefix: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FolderStorage, "entries", away)
    jobs.finish(claims[0], more=True)
    jobs.release(claims[0])
    jobs.fail(claims[1], "out_of_memory", "It needs more memory.", retry=True)
    jobs.discard(claims[1])
    reaper.reap(now() + timedelta(seconds=60))
    assert [find(one.id).state for one in (made, waiting, given)] == [State.DONE, State.QUEUED, State.QUEUED]
    assert installation.bells[3:] == [waiting.id, given.id]


def test_a_damaged_document_keeps_its_sound(installation: Installation) -> None:
    claim = begin(make().id)
    ShareRow.objects.filter(pk=claim.share.id).update(document={"schema": 99})
    with pytest.raises(StoreUnavailable):
        jobs.discard(claim)
    assert installation.files(claim.prefix)


def test_a_worker_says_that_it_is_there() -> None:
    jobs.report_worker("worker-1", device="cuda:0", models=["classical"])
    (report,) = get_store().workers(since=now() - timedelta(seconds=5))
    assert (report.id, report.device, report.models) == ("worker-1", "cuda:0", ("classical",))


def test_media_that_is_away_for_a_moment_costs_no_attempt(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, installation: Installation
) -> None:
    claim = begin(make().id)
    away = [MediaUnavailable(), MediaUnavailable()]
    really_put = media.put

    def put(key: str, data: bytes) -> None:
        if away:
            raise away.pop()
        really_put(key, data)

    monkeypatch.setattr(media, "put", put)
    monkeypatch.setattr(jobs, "AGAIN_SECONDS", 0)
    with pytest.raises(MediaUnavailable):  # so impatient are tests
        claim.put("vocals/flac/1.flac", b"x")
    settings.STEMLINK_MEDIA_SECONDS = 5
    claim.put("vocals/flac/1.flac", b"x")
    assert claim.get("vocals/flac/1.flac") == b"x"
