"""The transitions of stems that exist already, and what holds after any history of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing.documents import from_document, to_document
from sharing.domain import (
    IMPORT,
    MOST_STEMS,
    SAMPLE_RATE,
    SEPARATE,
    Edit,
    Expiry,
    Hosted,
    Incoming,
    Job,
    Share,
    ShareError,
    State,
    Stem,
    StemEdit,
    StemState,
)
from sharing.errors import BeingMade, Cancelled, Invalid, LeaseLost, Problem, Superseded
from tests.sharing.shares import NOON, lease, share

OOPS = ShareError(code="oops", message="Oops.")
LINK = Hosted(url="https://x.org/a.wav", original_url="https://x.org/a.wav", seconds=2.0)
FILE = Incoming(asked_at=NOON, upload="upload")
OTHER = Incoming(asked_at=NOON + timedelta(minutes=1), url="https://x.org/b.wav")
ATTEMPTS = 3


def of(*stems: Stem) -> Share:
    """A share that is made of stems."""
    job = Job(model="", queued_at=NOON, source=None, kind=IMPORT)
    return share(job=job, stems=(), state=State.DONE, sample_rate=SAMPLE_RATE, revision=0).add(stems)


def stem(stem_id: str, sound: Hosted | Incoming) -> Stem:
    hosted, incoming = (sound, None) if isinstance(sound, Hosted) else (None, sound)
    return Stem(id=stem_id, name=stem_id, color="#000000", hosted=hosted, incoming=incoming)


def imported(found: Share, stem_id: str = "a", frames: int = 1000, gain: float = 1.0) -> Share:
    incoming = next((one.incoming for one in found.stems if one.id == stem_id), None) or FILE
    found = found.scan_stem(stem_id, incoming, frames=frames, gain=gain)
    return found.import_stem(stem_id, incoming, frames=frames, gain=gain)


def states(found: Share) -> list[StemState]:
    return [found.stem_state(one) for one in found.stems]


def test_links_are_done_at_once() -> None:
    found = of(stem("a", LINK), stem("b", replace(LINK, seconds=None)))
    assert (found.state, found.revision, found.queued_at, found.growing) == (State.DONE, 1, None, False)
    assert (found.frames, found.gain) == (2 * SAMPLE_RATE, 1.0)
    assert states(found) == [StemState.READY] * 2


def test_a_file_waits_for_a_worker_from_when_it_was_brought() -> None:
    found = of(stem("a", LINK), stem("b", OTHER), stem("c", FILE))
    assert (found.state, found.queued_at) == (State.QUEUED, NOON)
    assert states(found) == [StemState.READY, StemState.PENDING, StemState.PENDING]


def test_each_stem_grows_and_is_ready_by_itself() -> None:
    found = of(stem("a", FILE), stem("b", OTHER)).claim(lease())
    found = found.scan_stem("a", FILE, frames=1000, gain=0.5)
    assert states(found) == [StemState.PENDING, StemState.PENDING]
    found = found.beat(NOON, available_frames=400, progress=0.2, seconds_left=3, stem_id="a")
    assert ([one.available_frames for one in found.stems], found.frames, found.gain) == ([400, 0], 1000, 0.5)
    assert states(found) == [StemState.GROWING, StemState.PENDING]
    found = found.import_stem("a", FILE, frames=1000, gain=0.5)
    found = imported(found, "b", 3000, 0.8)
    assert (states(found), found.frames, found.gain) == ([StemState.READY] * 2, 3000, 0.5)
    found = found.beat(NOON, available_frames=3000, small_frames=900, progress=1, seconds_left=0, stem_id="b")
    assert [one.small_frames for one in found.stems] == [0, 900]
    assert found.finish(keep_source=False).state is State.DONE


def test_one_that_can_not_be_had_leaves_the_rest() -> None:
    found = of(stem("a", FILE), stem("b", OTHER)).claim(lease()).refuse_stem("a", FILE, OOPS)
    found = imported(found, "b").finish(keep_source=False)
    assert (found.state, found.error) == (State.DONE, None)
    assert (states(found), found.stems[0].error) == ([StemState.FAILED, StemState.READY], OOPS)


def test_a_share_fails_only_if_nothing_is_left_that_could_sound() -> None:
    found = of(stem("a", FILE)).claim(lease()).refuse_stem("a", FILE, OOPS).finish(keep_source=False)
    assert (found.state, found.error) == (State.FAILED, OOPS)
    assert found.add((stem("b", LINK),)).state is State.DONE
    assert found.edit(Edit(stems=(StemEdit(id="a", sound=OTHER),))).state is State.QUEUED


def test_a_dead_attempt_keeps_what_it_finished() -> None:
    found = imported(of(stem("a", FILE), stem("b", OTHER)).claim(lease()))
    found = found.scan_stem("b", OTHER, frames=500, gain=1.0)
    found = found.beat(NOON, available_frames=200, progress=0.7, seconds_left=3, stem_id="b")
    waiting = found.fail(OOPS, retry=True, attempts=ATTEMPTS)
    assert (waiting.state, states(waiting)) == (State.QUEUED, [StemState.READY, StemState.GROWING])
    again = waiting.claim(lease("second"))
    assert [(one.attempt, one.frames) for one in again.stems] == [(1, 1000), (0, None)]
    again = imported(again, "b")
    assert [one.attempt for one in again.stems] == [1, 2]


def test_the_last_failure_is_told_at_what_is_missing() -> None:
    found = imported(of(stem("a", FILE), stem("b", OTHER)).claim(lease()))
    found = found.fail(OOPS, retry=False, attempts=ATTEMPTS)
    assert (found.state, found.error, [one.error for one in found.stems]) == (State.DONE, None, [None, OOPS])


def test_what_was_brought_since_the_attempt_began_is_no_part_of_its_failure() -> None:
    found = of(stem("a", FILE)).claim(lease()).add((stem("b", OTHER),)).fail(OOPS, retry=False, attempts=1)
    assert [(one.incoming, one.error) for one in found.stems] == [(None, OOPS), (OTHER, None)]
    assert (found.state, found.error, found.job.tries, found.job.lease) == (State.QUEUED, None, 0, None)


def test_old_sound_stays_until_the_new_is_there() -> None:
    done = imported(of(stem("a", FILE)).claim(lease())).finish(keep_source=False)
    asked = done.edit(Edit(stems=(StemEdit(id="a", sound=OTHER),)))
    assert (asked.state, asked.job.tries, states(asked)) == (State.QUEUED, 0, [StemState.READY])
    again = asked.claim(lease()).scan_stem("a", OTHER, frames=9, gain=0.5)
    assert (again.frames, again.stems[0].attempt) == (1000, 1)
    beaten = again.beat(NOON, available_frames=5, progress=0.5, seconds_left=1, stem_id="a")
    assert beaten.stems == again.stems
    new = again.import_stem("a", OTHER, frames=9, gain=0.5)
    assert (new.stems[0].attempt, new.frames, new.gain, new.stems[0].incoming) == (2, 9, 0.5, None)
    refused = again.refuse_stem("a", OTHER, OOPS).finish(keep_source=False)
    assert (states(refused), refused.frames, refused.stems[0].error) == ([StemState.READY], 1000, OOPS)


def test_a_link_replaces_at_once_and_a_copy_replaces_a_link() -> None:
    done = imported(of(stem("a", FILE)).claim(lease())).finish(keep_source=False)
    linked = done.edit(Edit(stems=(StemEdit(id="a", sound=LINK),)))
    assert (linked.state, linked.stems[0].kind, linked.stems[0].frames) == (State.DONE, "hosted", None)
    asked = linked.edit(Edit(stems=(StemEdit(id="a", sound=OTHER),)))
    assert (asked.state, asked.stems[0].kind, states(asked)) == (State.QUEUED, "hosted", [StemState.READY])
    assert imported(asked.claim(lease())).stems[0].kind == "kept"


def test_sound_that_was_replaced_again_is_not_taken() -> None:
    running = of(stem("a", FILE)).claim(lease()).scan_stem("a", FILE, frames=9, gain=1.0)
    changed = running.edit(Edit(stems=(StemEdit(id="a", sound=OTHER),)))
    late_ones: tuple[Callable[[], Share], ...] = (
        lambda: changed.scan_stem("a", FILE, frames=9, gain=1.0),
        lambda: changed.import_stem("a", FILE, frames=9, gain=1.0),
        lambda: changed.refuse_stem("a", FILE, OOPS),
    )
    for late in late_ones:
        with pytest.raises(Superseded):
            late()
    ended = changed.finish(keep_source=False)
    assert (ended.state, ended.job.tries, ended.job.attempt) == (State.QUEUED, 0, 1)


def test_stems_are_added_to_a_song_and_wait_until_it_is_separated() -> None:
    running = share().claim(lease()).scan(frames=1000, gain=0.5, sample_rate=SAMPLE_RATE)
    running = running.add((stem("a", FILE), stem("b", LINK)))
    assert states(running) == [StemState.PENDING, StemState.PENDING, StemState.PENDING, StemState.READY]
    done = running.finish(keep_source=False, more=True)
    assert (done.state, done.job.kind) == (State.DONE, SEPARATE)
    freed = done.release()
    assert (freed.state, freed.job.kind, freed.queued_at, freed.job.model) == (
        State.QUEUED,
        IMPORT,
        NOON,
        "classical",
    )
    assert imported(freed.claim(lease())).finish(keep_source=False).state is State.DONE


def test_a_song_that_fails_leaves_what_was_added() -> None:
    running = share().claim(lease()).add((stem("a", LINK),))
    failed = running.fail(OOPS, retry=False, attempts=ATTEMPTS)
    assert (failed.state, failed.error) == (State.DONE, None)
    assert states(failed) == [StemState.FAILED, StemState.FAILED, StemState.READY]
    assert failed.stems[0].error == OOPS
    waiting = share().claim(lease()).add((stem("a", FILE),)).fail(OOPS, retry=False, attempts=ATTEMPTS)
    assert (waiting.state, waiting.job.kind, waiting.error) == (State.QUEUED, IMPORT, None)


def test_what_is_being_separated_is_neither_replaced_nor_removed() -> None:
    for found in (share(), share().claim(lease())):
        with pytest.raises(BeingMade):
            found.edit(Edit(remove=("drums",)))
        with pytest.raises(BeingMade):
            found.edit(Edit(stems=(StemEdit(id="drums", sound=LINK),)))


def test_stems_are_ordered_and_removed() -> None:
    found = of(stem("a", LINK), stem("b", LINK), stem("c", LINK))
    assert [one.id for one in found.edit(Edit(order=("c", "a", "b"))).stems] == ["c", "a", "b"]
    assert [one.id for one in found.edit(Edit(remove=("b",), order=("c", "a"))).stems] == ["c", "a"]
    for wrong in (("a", "b"), ("a", "b", "b"), ("a", "b", "c", "c"), ("a", "b", "d"), ()):
        with pytest.raises(Invalid):
            found.edit(Edit(order=wrong))
    with pytest.raises(Invalid, match="no stem 'd'"):
        found.edit(Edit(remove=("d",)))
    with pytest.raises(Invalid, match="at least one"):
        found.edit(Edit(remove=("a", "b", "c")))


def test_there_are_at_most_so_many() -> None:
    found = of(*(stem(f"a{n}", LINK) for n in range(MOST_STEMS)))
    with pytest.raises(Invalid, match="at most 32"):
        found.add((stem("b", LINK),))


def test_removing_what_is_waited_for_ends_the_waiting() -> None:
    found = of(stem("a", LINK), stem("b", FILE)).edit(Edit(remove=("b",)))
    assert (found.state, found.queued_at) == (State.DONE, None)
    with pytest.raises(LeaseLost):
        found.claim(lease())


def test_cancelling_an_import_keeps_what_is_there() -> None:
    running = imported(of(stem("a", FILE), stem("b", OTHER)).claim(lease()))
    cancelled = running.cancel()
    assert (cancelled.state, states(cancelled)) == (State.DONE, [StemState.READY, StemState.FAILED])
    with pytest.raises(LeaseLost):
        cancelled.require_lease("lease")
    nothing = of(stem("a", FILE)).claim(lease()).cancel()
    assert (nothing.state, states(nothing)) == (State.CANCELLED, [StemState.FAILED])
    with pytest.raises(Cancelled):
        nothing.require_lease("lease")


def test_a_check_tells_of_a_link_that_died_and_of_one_that_came_back() -> None:
    found = of(stem("a", LINK), stem("b", replace(LINK, url="https://x.org/b.wav")))
    at = replace(LINK, checked_at=NOON)
    dead = found.check({"a": (at, OOPS)})
    assert (states(dead), dead.state, dead.revision) == ([StemState.FAILED, StemState.READY], State.DONE, 1)
    assert states(dead.check({"a": (at, None)})) == [StemState.READY] * 2
    assert found.check({"b": (at, OOPS), "c": (at, OOPS)}) == found, "another link by now"


def test_settings_are_changed_by_name() -> None:
    found = share().edit(Edit(indexed=True, expiry=Expiry(NOON)))
    assert (found.indexed, found.expires_at, found.downloads) == (True, NOON, True)
    assert found.edit(Edit(title="x")).expires_at == NOON
    assert found.edit(Edit(expiry=Expiry(None))).expires_at is None


# --- Any history ------------------------------------------------------------------------------------------------

SOUNDS = st.sampled_from([LINK, FILE, OTHER])
IDS = st.sampled_from(["a", "b", "c", "vocals", "drums"])
FRAMES = st.integers(1, 1000)
Action = Callable[[Share], Share]


def _import(stem_id: str, frames: int) -> Action:
    return lambda found: imported(_held(found), stem_id, frames) if found.job.kind == IMPORT else found


def _scan(stem_id: str, frames: int) -> Action:
    def scan(found: Share) -> Share:
        incoming = next((one.incoming for one in found.stems if one.id == stem_id), None)
        if found.job.kind == SEPARATE:
            return found
        return _held(found).scan_stem(stem_id, incoming or FILE, frames=frames, gain=1.0)

    return scan


def _beat(available: int, small: int, stem_id: str | None) -> Action:
    return lambda found: _held(found).beat(
        NOON, available_frames=available, progress=0.5, seconds_left=1, small_frames=small, stem_id=stem_id
    )


def _fail(retry: bool) -> Action:
    return lambda found: _held(found).fail(OOPS, retry=retry, attempts=ATTEMPTS)


def _held(found: Share) -> Share:
    """As the store asks before a worker's write."""
    found.require_lease("lease")
    return found


WORKER: st.SearchStrategy[Action] = st.one_of(
    st.just(lambda found: found.claim(lease())),
    FRAMES.map(lambda n: lambda found: _held(found).scan(frames=n, gain=0.5, sample_rate=SAMPLE_RATE)),
    st.builds(_scan, IDS, FRAMES),
    st.builds(_import, IDS, FRAMES),
    st.builds(_import, IDS, FRAMES),
    st.builds(_beat, FRAMES, FRAMES, st.none() | IDS),
    st.booleans().map(lambda more: lambda found: _held(found).finish(keep_source=False, more=more)),
    st.just(lambda found: _held(found).release() if found.state is State.DONE else found),
    st.just(lambda found: _held(found).give_back()),
    st.builds(_fail, st.booleans()),
)
OWNER: st.SearchStrategy[Action] = st.one_of(
    st.just(Share.cancel),
    st.builds(lambda name, sound: lambda found: found.add((stem(name, sound),)), IDS, SOUNDS),
    st.builds(
        lambda name, sound: lambda found: found.edit(Edit(stems=(StemEdit(id=name, sound=sound),))),
        IDS,
        SOUNDS,
    ),
    IDS.map(lambda name: lambda found: found.edit(Edit(remove=(name,)))),
    st.booleans().map(lambda bad: lambda found: found.check({"a": (LINK, OOPS if bad else None)})),
)
STARTS = st.sampled_from(
    [share(), of(stem("a", FILE)), of(stem("a", LINK)), of(stem("a", FILE), stem("b", OTHER))]
)


@settings(max_examples=400, deadline=None)
@given(STARTS, st.lists(st.tuples(st.just(True), WORKER) | st.tuples(st.just(False), OWNER), max_size=25))
def test_any_history_leaves_a_share_that_makes_sense(
    found: Share, history: list[tuple[bool, Action]]
) -> None:
    for by_worker, action in history:
        before = found
        try:
            found = action(found)
        except Problem:
            continue
        if len({one.id for one in found.stems}) < len(found.stems):
            found = before  # whoever adds stems names them apart
            continue
        check(found)
        if by_worker:
            nothing_is_lost(before, found)
    assert from_document(to_document(found)) == found


def check(found: Share) -> None:
    """What holds whenever nobody is in the middle of a change."""
    job = found.job
    assert found.stems
    for one in found.stems:
        assert 0 <= one.small_frames <= one.available_frames <= (one.frames or 0)
        assert (one.attempt == 0) == (one.frames is None) == (one.gain is None)
        assert one.attempt <= job.attempt
        assert not (one.hosted and one.attempt)
        if one.incoming:
            assert found.growing, "nobody would ever fetch it"
        if found.stem_state(one) is StemState.FAILED and found.state is not State.CANCELLED:
            assert one.error, "nobody would know why"
    assert 0 <= job.tries <= ATTEMPTS
    match found.state:
        case State.RUNNING:
            assert job.lease
        case State.DONE:
            assert any(one.sounds for one in found.stems)
        case State.QUEUED:
            assert not job.lease
            assert job.kind == SEPARATE or any(one.incoming for one in found.stems)
        case _:
            assert not job.lease
            assert not found.frames


def nothing_is_lost(before: Share, after: Share) -> None:
    """What sounded before a worker's step sounds after it."""
    still = {one.id: one for one in after.stems}
    for one in before.stems:
        if before.stem_state(one) is StemState.READY or (one.hosted and one.error):
            assert still[one.id].sounds
