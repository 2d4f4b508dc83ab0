"""The transitions of a share."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sharing.domain import Edit, Share, ShareError, State, StemEdit, StemState
from sharing.errors import Cancelled, Invalid, LeaseLost, NotRunning
from tests.sharing.shares import NOON, lease, share

OOPS = ShareError(code="oops", message="Oops.")


def running() -> Share:
    return share().claim(lease()).scan(frames=1000, gain=0.5, sample_rate=44_100)


def beat(found: Share, available: int, progress: float = 0.5) -> Share:
    return found.beat(NOON, available_frames=available, progress=progress, seconds_left=1.0)


def test_a_claim_starts_the_next_attempt_from_nothing() -> None:
    waiting = beat(running(), 400).fail(OOPS, retry=True, attempts=3)
    again = waiting.claim(lease("second"))
    assert (again.state, again.job.attempt, again.job.progress) == (State.RUNNING, 2, 0.0)
    assert (again.frames, again.gain) == (None, None)
    assert {stem.available_frames for stem in again.stems} == {0}


def test_only_what_waits_can_be_claimed() -> None:
    with pytest.raises(LeaseLost):
        running().claim(lease("other"))


def test_a_beat_renews_the_lease_and_moves_the_stems() -> None:
    later = NOON + timedelta(minutes=1)
    found = running().beat(later, available_frames=400, progress=0.4, seconds_left=6.0)
    assert found.due == later
    assert [stem.available_frames for stem in found.stems] == [400, 400]
    assert (found.job.progress, found.job.seconds_left) == (0.4, 6.0)


def test_neither_progress_nor_stems_run_backwards_or_over_the_end() -> None:
    found = beat(beat(running(), 400, 0.8), 200, 0.3)
    assert (found.stems[0].available_frames, found.job.progress) == (400, 0.8)
    found = beat(found, 5000, 7.0)
    assert (found.stems[0].available_frames, found.job.progress) == (1000, 1.0)


def test_finishing_publishes_all_frames_and_forgets_the_source() -> None:
    with_source = replace(running(), job=replace(running().job, source="sources/x"))
    done = with_source.finish(keep_source=False)
    assert (done.state, done.job.lease, done.job.source, done.due) == (State.DONE, None, None, None)
    assert {stem.available_frames for stem in done.stems} == {1000}
    assert with_source.finish(keep_source=True).job.source == "sources/x"


def test_a_small_rendition_grows_behind_what_is_published() -> None:
    def beat_small(found: Share, small: int) -> Share:
        return found.beat(NOON, available_frames=1000, progress=1, seconds_left=3, small_frames=small)

    done = (
        running()
        .beat(NOON, available_frames=500, progress=0.5, seconds_left=3, small_frames=400)
        .finish(keep_source=False, more=True)
    )
    assert (done.state, done.growing, done.due) == (State.DONE, True, NOON)
    assert [stem.small_frames for stem in done.stems] == [400, 400]
    done = beat_small(beat_small(done, 800), 600)
    assert (done.stems[0].small_frames, done.stems[0].available_frames) == (800, 1000)
    assert done.job.seconds_left is None
    assert beat_small(done, 5000).stems[0].small_frames == 1000
    assert (done.release().growing, done.release().due) == (False, None)


def test_it_never_reaches_further_than_the_exact_one() -> None:
    found = running().beat(NOON, available_frames=500, progress=0.5, seconds_left=3, small_frames=900)
    assert found.stems[0].small_frames == 500
    again = found.fail(OOPS, retry=True, attempts=3).claim(lease("second"))
    assert again.stems[0].small_frames == 0


def test_what_is_published_can_not_fail() -> None:
    done = running().finish(keep_source=False, more=True)
    assert done.fail(OOPS, retry=True, attempts=3) == done.release()
    assert done.fail(OOPS, retry=False, attempts=1) == done.release()


def test_nothing_is_finished_before_its_scan() -> None:
    with pytest.raises(LeaseLost):
        share().claim(lease()).finish(keep_source=False)


def test_a_failed_attempt_waits_at_its_old_place_and_can_still_be_heard() -> None:
    waiting = beat(running(), 400).fail(OOPS, retry=True, attempts=3)
    assert (waiting.state, waiting.queued_at, waiting.due, waiting.error) == (State.QUEUED, NOON, None, None)
    assert waiting.stems[0].available_frames == 400


@pytest.mark.parametrize(("retry", "attempt"), [(True, 3), (False, 1)])
def test_the_last_failure_is_final(retry: bool, attempt: int) -> None:
    found = beat(running(), 400)
    found = replace(found, job=replace(found.job, attempt=attempt, tries=attempt))
    failed = found.fail(OOPS, retry=retry, attempts=3)
    assert (failed.state, failed.error, failed.queued_at, failed.due) == (State.FAILED, OOPS, None, None)
    assert failed.stems[0].available_frames == 0
    assert failed.stem_state(failed.stems[0]) is StemState.FAILED


def test_an_attempt_that_was_given_back_is_no_try() -> None:
    found = running()
    for attempt in range(2, 6):
        found = beat(found, 400).give_back()
        assert (found.state, found.queued_at, found.due) == (State.QUEUED, NOON, None)
        assert found.stems[0].available_frames == 400
        found = found.claim(lease(str(attempt))).scan(frames=1000, gain=0.5, sample_rate=44_100)
        assert found.job.attempt == attempt
    for _try in range(2):
        found = found.fail(OOPS, retry=True, attempts=3).claim(lease())
    assert found.fail(OOPS, retry=True, attempts=3).state is State.FAILED


def test_giving_back_what_is_published_leaves_it_so() -> None:
    done = running().finish(keep_source=False, more=True)
    assert done.give_back() == done.release()


def test_cancelling_takes_the_lease_away() -> None:
    cancelled = running().cancel()
    assert (cancelled.state, cancelled.due, cancelled.queued_at) == (State.CANCELLED, None, None)
    assert cancelled.cancel() == cancelled
    with pytest.raises(Cancelled):
        cancelled.require_lease("lease")


def test_what_has_ended_is_not_cancelled() -> None:
    with pytest.raises(NotRunning):
        running().finish(keep_source=False).cancel()


def test_stems_grow_from_pending_to_ready() -> None:
    found = running()
    assert found.stem_state(found.stems[0]) is StemState.PENDING
    found = beat(found, 400)
    assert found.stem_state(found.stems[0]) is StemState.GROWING
    found = found.finish(keep_source=False)
    assert found.stem_state(found.stems[0]) is StemState.READY


def test_an_edit_changes_what_it_names_and_counts() -> None:
    edit = Edit(title="New", stems=(StemEdit(id="drums", muted=True, volume=0.0),))
    edited = share().edit(edit)
    assert (edited.title, edited.exclusive, edited.revision) == ("New", False, 2)
    assert edited.stems[0] == share().stems[0]
    assert (edited.stems[1].muted, edited.stems[1].volume, edited.stems[1].name) == (True, 0.0, "Drums")


def test_an_edit_that_changes_nothing_does_not_count() -> None:
    found = running()
    order = tuple(stem.id for stem in found.stems)
    assert found.edit(Edit(title=found.title, order=order)) is found


def test_an_edit_of_a_stem_that_is_not_there_is_refused() -> None:
    with pytest.raises(Invalid, match="no stem 'flute'"):
        share().edit(Edit(stems=(StemEdit(id="flute", muted=True),)))


def test_a_share_expires_at_its_time() -> None:
    assert share(expires_at=NOON).expired(NOON)
    assert not share(expires_at=NOON).expired(NOON - timedelta(seconds=1))
    assert not share().expired(NOON)
