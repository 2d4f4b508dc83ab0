"""The reaper takes up what a worker, the broker or the clock left lying."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from sharing import doorbell, jobs, media, reaper
from sharing.clock import now
from sharing.domain import State
from sharing.errors import LeaseLost, MediaUnavailable, ShareGone, StoreUnavailable
from sharing.models import ShareRow
from sharing.services import find
from sharing.stores import get_store
from tests.sharing.shares import FRAMES, Installation, begin, change, make

pytestmark = pytest.mark.django_db
LATER = timedelta(seconds=30)


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """How many messages the broker holds, as a list of one that a test may change."""
    held: list[int | None] = [0]
    monkeypatch.setattr(doorbell, "messages", lambda: held[0])
    return held


def test_a_share_whose_worker_fell_silent_waits_again(installation: Installation) -> None:
    made = make()
    claim = begin(made.id, available=176_400)
    reaper.reap(now())
    assert find(made.id).state is State.RUNNING
    reaper.reap(now() + LATER)
    share = find(made.id)
    assert (share.state, share.job.attempt, share.stems[0].available_frames) == (State.QUEUED, 1, 176_400)
    assert installation.bells == [made.id, made.id]
    with pytest.raises(LeaseLost):
        jobs.beat(claim, jobs.Progress(1, 0.1))
    jobs.finish(begin(made.id))
    assert find(made.id).state is State.DONE


def test_a_worker_that_falls_silent_after_publishing_loses_nothing(installation: Installation) -> None:
    made = make()
    claim = begin(made.id)
    jobs.finish(claim, more=True)
    jobs.beat(claim, jobs.Progress(FRAMES, 1.0, small_frames=176_400))
    files, bells = installation.files("shares"), list(installation.bells)
    reaper.reap(now() + LATER)
    share = find(made.id)
    assert (share.state, share.growing, share.job.attempt) == (State.DONE, False, 1)
    assert {stem.small_frames for stem in share.stems} == {176_400}
    assert (installation.files("shares"), installation.bells) == (files, bells)
    with pytest.raises(LeaseLost):
        jobs.beat(claim, jobs.Progress(FRAMES, 1.0, small_frames=FRAMES))
    jobs.discard(claim)
    assert installation.files("shares") == files


def test_after_three_silences_it_fails_in_words(installation: Installation) -> None:
    made = make()
    for _ in range(3):
        begin(made.id)
        reaper.reap(now() + LATER)
    share = find(made.id)
    assert share.state is State.FAILED
    assert share.error is not None
    assert share.error.code == "gave_up"
    assert "3 times" in share.error.message
    assert installation.files() == []
    reaper.reap(now() + LATER)


def test_two_reapers_do_no_harm(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make()
    begin(made.id)
    stale = get_store().due(now() + LATER, 9)
    monkeypatch.setattr(get_store(), "due", lambda *_args: stale, raising=False)
    reaper.reap(now() + LATER)
    reaper.reap(now() + LATER)
    assert (find(made.id).state, installation.bells) == (State.QUEUED, [made.id, made.id])


def test_an_expired_share_is_deleted_with_its_sound(installation: Installation) -> None:
    made = make()
    change(made.id, expires_at=now() + LATER)
    list(reaper.expire(now()))
    assert find(made.id)
    list(reaper.expire(now() + LATER))
    assert installation.files() == []
    with pytest.raises(ShareGone):
        find(made.id)


def test_many_that_expire_at_once_hold_up_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket takes seconds to delete one of them, and who fell silent is looked for in the next pass."""
    monkeypatch.setattr(reaper, "SLICE_SECONDS", 0)
    made = [make() for _ in range(3)]
    for one in made:
        change(one.id, expires_at=now())
    passes, left = reaper.Reaper(next_sweep=now() + LATER), []
    for _ in range(4):
        passes.once()
        left.append(len(get_store().expired(now(), 10)))
    assert left == [2, 1, 0, 0]


def test_shares_expire_after_the_days_that_the_operator_set(settings: Settings) -> None:
    settings.STEMLINK_EXPIRE_DAYS = 7
    share = find(make().id)
    assert share.expires_at == share.created_at + timedelta(days=7)


def test_it_rings_for_those_whose_message_was_lost(
    installation: Installation, messages: list[int | None]
) -> None:
    first, second = make(), make()
    installation.bells.clear()
    reaper.ring_waiting(now())
    assert installation.bells == [], "their first ring may still be on its way"
    reaper.ring_waiting(now() + LATER)
    assert installation.bells == [first.id, second.id]


@pytest.mark.parametrize("held", [1, 50, None])
def test_it_never_piles_up_messages(
    installation: Installation, messages: list[int | None], held: int | None
) -> None:
    make()
    installation.bells.clear()
    messages[0] = held
    for _ in range(3):
        reaper.ring_waiting(now() + LATER)
    assert installation.bells == []


def test_a_damaged_document_does_not_stop_it(installation: Installation) -> None:
    broken, good = make(), make()
    begin(broken.id)
    begin(good.id)
    ShareRow.objects.filter(pk=broken.id).update(document={"schema": 99})
    reaper.reap(now() + LATER)
    assert find(good.id).state is State.QUEUED
    list(reaper.sweep(now() + timedelta(hours=2)))
    assert len(installation.files(f"shares/{broken.id}")) == 8
    with pytest.raises(StoreUnavailable):
        find(broken.id)


@pytest.fixture
def sweeps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How far each sweep came: of three steps, one in each pass."""
    begun: list[int] = []

    def sweep(_now: datetime) -> Iterator[None]:
        begun.append(0)
        for _ in range(3):
            begun[-1] += 1
            yield

    monkeypatch.setattr(reaper, "sweep", sweep)
    monkeypatch.setattr(reaper, "SLICE_SECONDS", 0.0)
    return begun


def test_a_sweep_lets_the_passes_go_on(messages: list[int | None], sweeps: list[int]) -> None:
    made, one = make(), reaper.Reaper()
    one.once()
    assert sweeps == [1]
    change(made.id, expires_at=now())
    one.once()
    assert sweeps == [2]
    with pytest.raises(ShareGone):
        get_store().get(made.id)


def test_a_sweep_comes_to_its_end_before_the_next_one_begins(
    messages: list[int | None], sweeps: list[int], settings: Settings
) -> None:
    settings.STEMLINK_SWEEP_SECONDS = 0
    one = reaper.Reaper()
    for _ in range(6):
        one.once()
    assert sweeps == [3, 2]


def test_sweeps_are_apart(messages: list[int | None], sweeps: list[int]) -> None:
    one = reaper.Reaper()
    for _ in range(9):
        one.once()
    assert sweeps == [3]


def test_a_sweep_that_fails_goes_on_in_the_next_pass(
    messages: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def shares() -> Iterator[str]:
        asked.append("shares")
        raise MediaUnavailable

    def uploads() -> Iterator[str]:
        asked.append("uploads")
        return iter(())

    monkeypatch.setattr(media, "shares", shares)
    monkeypatch.setattr(media, "uploads", uploads)
    one = reaper.Reaper()
    with pytest.raises(MediaUnavailable):
        one.once()
    for _ in range(3):
        one.once()
    assert asked == ["shares", "uploads"]
