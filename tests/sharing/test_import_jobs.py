"""Files and links become kept stems: the worker's side, with the real decoder, store and media."""

import errno
import io
import itertools
import logging
import socket
from dataclasses import replace as changed
from datetime import timedelta
from time import monotonic
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings

from separation.small import SmallRendition
from separation.tasks import attempt, leaving
from sharing import bringing, clock, jobs, media, resumable, services
from sharing.bringing import Wish
from sharing.domain import Edit, Incoming, Share, ShareError, State, StemEdit, StemState
from sharing.errors import MediaUnavailable, OutcomeUnknown, StoreUnavailable
from sharing.hosted.problems import HostTrouble
from sharing.storages import Opened
from sharing.storages.folder import FolderStorage
from sharing.stores.embedded import EmbeddedStore
from tests.hosts import File, Host, Request, status
from tests.running import wait_for
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise
from tests.sharing.imports import bring, make_of, make_of_files, now, stem, work
from tests.sharing.shares import Installation, Made, begin, change, make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patience")]

SHORT, LONG = wav(noise(RATE)), wav(noise(5 * RATE))
NOISE = b"RIFF\x00\x00\x00\x00WAVE" + bytes(range(256)) * 20


def segments(installation: Installation, share: Share, stem_id: str) -> list[str]:
    """Names of what is stored of a stem."""
    (found,) = (one for one in share.stems if one.id == stem_id)
    prefix = f"shares/{share.id}/{found.attempt}/{stem_id}/"
    return [name.removeprefix(prefix) for name in installation.files(prefix)]


def test_files_become_stems_of_their_own_length_and_gain(installation: Installation) -> None:
    loud = wav(np.full((2, RATE // 2), 2.0, np.float32))
    made = make_of_files(SHORT, LONG, loud)
    work(made.id)
    share = now(made.id)
    assert (share.state, share.growing, share.job.progress, share.frames) == (
        State.DONE,
        False,
        1.0,
        5 * RATE,
    )
    assert [(one.frames, one.available_frames, one.small_frames) for one in share.stems] == [
        (frames, frames, frames) for frames in (RATE, 5 * RATE, RATE // 2)
    ]
    assert [one.gain for one in share.stems] == [1.0, 1.0, pytest.approx(0.5, rel=1e-3)]
    assert share.gain == share.stems[2].gain
    assert {share.stem_state(one) for one in share.stems} == {StemState.READY}
    assert segments(installation, share, "b") == [
        "aac/0.m4a",
        "aac/1.m4a",
        "flac/0.flac",
        "flac/1.flac",
        "peaks.bin",
    ]
    assert installation.files("uploads") == []


def test_what_is_made_of_a_file_that_was_cut_off_says_so(installation: Installation) -> None:
    made = make_of_files(SHORT, LONG[: len(LONG) // 2])
    work(made.id)
    assert [(one.truncated, one.whole) for one in now(made.id).stems] == [(False, True), (True, True)]


def test_a_link_is_fetched_and_kept(host: Host, installation: Installation) -> None:
    url = host.at("/voice.wav", File(SHORT))
    made = make_of(Wish(url=url, keep=True), Wish(url=url))
    work(made.id)
    share = now(made.id)
    assert [(one.kind, one.frames) for one in share.stems] == [("kept", RATE), ("hosted", None)]
    assert "flac/0.flac" in segments(installation, share, "voice")


def test_what_can_not_be_read_is_told_at_its_stem_and_the_others_go_on(
    host: Host, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    url = host.at("/gone.wav", File(SHORT))
    made = make_of(
        Wish(upload=bring(NOISE), name="broken"),
        Wish(url=url, keep=True, name="gone"),
        Wish(upload=bring(SHORT), name="good"),
        Wish(upload=bring(SHORT), name="lost"),
    )
    host.at("/gone.wav", status(404))
    lost = stem(made.id, "lost").incoming
    assert lost
    resumable.delete(str(lost.upload))
    with caplog.at_level(logging.WARNING):
        work(made.id)
    share = now(made.id)
    assert (share.state, share.error) == (State.DONE, None)
    assert {one.id: (str(share.stem_state(one)), one.error and one.error.code) for one in share.stems} == {
        "broken": ("failed", "damaged"),
        "gone": ("failed", "not_found"),
        "good": ("ready", None),
        "lost": ("failed", "upload_not_found"),
    }
    assert installation.files("uploads") == []
    assert {path.split("/")[3] for path in installation.files("shares")} == {"good"}


def test_a_share_of_which_nothing_sounds_has_failed(installation: Installation) -> None:
    made = make_of_files(NOISE, NOISE)
    work(made.id)
    share = now(made.id)
    assert (share.state, share.error and share.error.code) == (State.FAILED, "damaged")
    assert installation.files() == []


def test_it_can_be_mended_by_another_file(installation: Installation) -> None:
    made = make_of_files(NOISE)
    work(made.id)
    replace(made, "a", bring(SHORT))
    assert (now(made.id).state, installation.bells) == (State.QUEUED, [made.id] * 2)
    work(made.id)
    assert (now(made.id).state, now(made.id).error, stem(made.id, "a").error) == (State.DONE, None, None)


def test_the_next_attempt_imports_only_what_is_not_there_yet(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker dies in the middle of the second of three files."""
    made = make_of_files(SHORT, LONG, SHORT)
    die_in(monkeypatch, "b")
    work_until_death(made.id)
    between = now(made.id)
    assert [(one.attempt, one.frames, one.incoming is None) for one in between.stems] == [
        (1, RATE, True),
        (1, 5 * RATE, False),
        (0, None, False),
    ]
    first = {
        name: (installation.media / name).stat().st_mtime_ns
        for name in installation.files(f"shares/{made.id}/1/a")
    }
    monkeypatch.undo()
    services._found.clear()
    lapse(made.id)
    work(made.id)
    share = now(made.id)
    assert (share.state, [one.attempt for one in share.stems]) == (State.DONE, [1, 2, 2])
    assert {name: (installation.media / name).stat().st_mtime_ns for name in first} == first
    folders = {tuple(name.split("/")[2:4]) for name in installation.files(f"shares/{made.id}")}
    assert folders == {("1", "a"), ("2", "b"), ("2", "c")}


def test_a_file_that_kills_every_worker_fails_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    made = make_of_files(SHORT, LONG)
    die_in(monkeypatch, "b")
    for _attempt in range(settings.STEMLINK_ATTEMPTS):
        work_until_death(made.id)
        lapse(made.id)
    share = now(made.id)
    assert (share.state, share.stem_state(share.stems[0])) == (State.DONE, StemState.READY)
    assert share.stems[1].error == ShareError(code="gave_up", message="It was given up.")
    assert installation.files("uploads") == []


def test_trouble_that_passes_is_tried_again_and_told_in_the_end(
    host: Host, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STEMLINK_ATTEMPTS = 2
    made = make_of(
        Wish(url=host.at("/a.wav", File(SHORT)), keep=True, name="a"), Wish(upload=bring(SHORT), name="b")
    )
    host.at("/a.wav", status(503))
    work(made.id)
    share = now(made.id)
    assert (share.state, share.stem_state(share.stems[1])) == (State.QUEUED, StemState.READY)
    work(made.id)
    share = now(made.id)
    assert share.state is State.DONE
    assert share.stems[0].error
    assert share.stems[0].error.code == HostTrouble.code


def test_a_host_in_trouble_has_a_moment_to_mend_it(host: Host, settings: Settings) -> None:
    settings.STEMLINK_PAUSE_SECONDS = (0.2, 2)
    made = make_of(Wish(url=host.at("/a.wav", File(SHORT)), keep=True, name="a"))
    mended = monotonic() + 2

    def answer(request: Request) -> None:
        do = File(SHORT) if monotonic() > mended else status(503)
        do(request)

    host.at("/a.wav", answer)
    while now(made.id).state is State.QUEUED:
        work(made.id)
    assert (now(made.id).state, stem(made.id, "a").error) == (State.DONE, None)


def test_a_resolver_that_is_away_for_a_moment_is_asked_again(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of(Wish(url=host.at("/a.wav", File(SHORT)), keep=True, name="a"))

    def away(*_asked: object, **_how: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", away)
        work(made.id)
    assert now(made.id).state is State.QUEUED
    work(made.id)
    assert (now(made.id).state, stem(made.id, "a").error) == (State.DONE, None)


def test_a_full_disk_ends_the_attempt_and_not_the_share(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT, SHORT)
    put = media.put

    def full(key: str, data: bytes) -> None:
        if "/b/" in key:
            raise MediaUnavailable
        put(key, data)

    monkeypatch.setattr(media, "put", full)
    work(made.id)
    share = now(made.id)
    assert (share.state, [one.incoming is None for one in share.stems]) == (State.QUEUED, [True, False])
    assert len(installation.files("uploads")) > 0
    monkeypatch.undo()
    work(made.id)
    assert now(made.id).state is State.DONE


def test_media_that_is_away_for_a_moment_costs_no_attempt_either(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """It can't be opened, and breaks off while it is read."""
    settings.STEMLINK_MEDIA_SECONDS = 5
    monkeypatch.setattr(jobs, "AGAIN_SECONDS", 0)
    made = make_of_files(SHORT)
    really, trouble = FolderStorage.open_version, iter(["away", "", "breaks", "away"])

    def open_version(storage: FolderStorage, name: str) -> Opened:
        happens = next(trouble, "")
        if happens == "away":
            raise OSError(errno.EIO, "Input/output error")
        found = really(storage, name)
        if happens == "breaks":
            found.file.close()
            return changed(found, file=Breaking())
        return found

    monkeypatch.setattr(FolderStorage, "open_version", open_version)
    work(made.id)
    assert next(trouble, None) is None, "all of the trouble was had"
    assert (now(made.id).state, now(made.id).job.attempt) == (State.DONE, 1)


class Breaking(io.BytesIO):
    """A file on a disk that goes away."""

    def read(self, _size: int | None = -1) -> bytes:
        raise OSError(errno.EIO, "Input/output error")


def test_a_job_that_fails_takes_along_only_what_it_has_tried(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """What its owner brings meanwhile is another job's, and is not told of the trouble with the first file."""
    settings.STEMLINK_ATTEMPTS = 1
    made = make_of_files(SHORT)

    def full(_key: str, _data: bytes) -> None:
        raise MediaUnavailable

    with monkeypatch.context() as patch:
        meanwhile(patch, "a", lambda: add(made, bring(SHORT)))
        patch.setattr(media, "put", full)
        work(made.id)
    share = now(made.id)
    assert (share.state, installation.bells) == (State.QUEUED, [made.id] * 2)
    assert [one.error.code if one.error else one.incoming is not None for one in share.stems] == [
        "media_unavailable",
        True,
    ]
    assert len({path.split("/")[1] for path in installation.files("uploads")}) == 1
    work(made.id)
    assert [(one.whole, one.error is None) for one in now(made.id).stems] == [(False, False), (True, True)]


@pytest.mark.parametrize("minutes", [-5, 5])
def test_whatever_a_worker_takes_for_the_time_it_has_tried_what_it_found(
    minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a file that kills its workers is tried for ever, or one that nobody has tried fails with it."""
    made = make_of_files(SHORT)
    monkeypatch.setattr(jobs, "now", lambda: clock.now() + timedelta(minutes=minutes))
    claim = jobs.claim(made.id, "worker-1")
    assert claim
    add(made, bring(SHORT))
    jobs.fail(claim, "oops", "Oops.", retry=False)
    assert [one.incoming is None for one in now(made.id).stems] == [True, False]


def test_a_song_that_fails_is_deleted_even_if_files_wait(installation: Installation) -> None:
    made = make()
    claim = begin(made.id)
    add(made, bring(SHORT))
    jobs.fail(claim, "too_long", "This song is too long.", retry=False)
    assert (now(made.id).state, installation.files("sources")) == (State.QUEUED, [])


def test_a_store_that_is_away_for_a_moment_costs_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT)
    really, trouble = jobs._write, iter([False, True, True, False, True] + [False] * 99)

    def write(*arguments: Any) -> Share:
        if next(trouble):
            raise StoreUnavailable
        return really(*arguments)

    monkeypatch.setattr(jobs, "_write", write)
    work(made.id)
    assert (now(made.id).state, now(made.id).job.attempt) == (State.DONE, 1)


def test_an_answer_that_got_lost_does_no_harm(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stem was published, and the worker was told that it might not be."""
    made = make_of_files(SHORT)
    really, lost = jobs._write, [False]

    def write(*arguments: Any) -> Share:
        share = really(*arguments)
        if share.stems[0].incoming is None and not lost[0]:
            lost[0] = True
            raise StoreUnavailable
        return share

    monkeypatch.setattr(jobs, "_write", write)
    work(made.id)
    assert (now(made.id).state, stem(made.id, "a").attempt) == (State.DONE, 1)


def test_of_all_answers_that_get_lost_nothing_is_left_undone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write of a worker is repeated, and files are deleted and bells rung all the same."""
    made = make_of_files(NOISE, SHORT)
    claim = jobs.claim(made.id, "worker-1")
    assert claim is not None
    really, lost = EmbeddedStore.update, itertools.cycle([True, False])

    def update(*arguments: Any, **more: Any) -> Share:
        share = really(*arguments, **more)
        if more.get("lease") and next(lost):
            raise OutcomeUnknown
        return share

    monkeypatch.setattr(EmbeddedStore, "update", update)
    meanwhile(monkeypatch, "b", lambda: add(made, bring(SHORT)))
    attempt.run(claim)
    share = now(made.id)
    assert (share.state, [one.attempt for one in share.stems]) == (State.QUEUED, [0, 1, 0])
    assert installation.bells == [made.id] * 2
    assert {path.split("/")[1] for path in installation.files("uploads")} == {
        one.incoming.upload for one in share.stems if one.incoming
    }


def test_what_is_cancelled_leaves_what_is_there(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT, LONG)
    meanwhile(monkeypatch, "b", lambda: services.cancel(made.id, made.token))
    work(made.id)
    share = now(made.id)
    assert (share.state, share.stem_state(share.stems[0])) == (State.DONE, StemState.READY)
    assert share.stems[1].error
    assert share.stems[1].error.code == "cancelled"
    assert installation.files("uploads") == []
    assert {path.split("/")[3] for path in installation.files("shares")} == {"a"}


def test_what_is_cancelled_before_anything_is_there_is_gone(installation: Installation) -> None:
    made = make_of_files(SHORT)
    services.cancel(made.id, made.token)
    share = now(made.id)
    assert (share.state, share.stem_state(share.stems[0]), installation.files()) == (
        State.CANCELLED,
        StemState.FAILED,
        [],
    )


def test_what_is_deleted_meanwhile_leaves_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT, LONG)
    meanwhile(monkeypatch, "b", lambda: services.delete(made.id, made.token))
    work(made.id)
    assert installation.files() == []


def test_a_stem_that_is_removed_meanwhile_is_left_out(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT, LONG, SHORT)
    meanwhile(
        monkeypatch,
        "b",
        lambda: services.edit(made.id, made.token, Edit(remove=("b",)), revision=None),
    )
    work(made.id)
    share = now(made.id)
    assert (share.state, [one.id for one in share.stems]) == (State.DONE, ["a", "c"])
    assert {path.split("/")[3] for path in installation.files("shares")} == {"a", "c"}
    assert installation.files("uploads") == []


def test_a_link_that_is_removed_while_it_is_fetched_is_left_out(
    host: Host, installation: Installation, settings: Settings
) -> None:
    settings.STEMLINK_HEARTBEAT_SECONDS = 0.05
    url = host.at("/a.wav", File(LONG))
    made = make_of(Wish(url=url, keep=True, name="a"), Wish(upload=bring(SHORT), name="b"))

    def removed(request: Request) -> None:
        services.edit(made.id, made.token, Edit(remove=("a",)), revision=None)
        File(LONG, drip=3)(request)

    host.at("/a.wav", removed)
    work(made.id)
    share = now(made.id)
    assert (share.state, [one.id for one in share.stems]) == (State.DONE, ["b"])
    assert share.stems[0].frames == RATE


def test_what_is_added_meanwhile_is_the_next_attempt_s(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT)
    new = bringing.new_stems([Wish(upload=bring(SHORT), name="later")], "")
    meanwhile(monkeypatch, "a", lambda: services.add_stems(made.id, made.token, new, revision=None))
    work(made.id)
    assert (now(made.id).state, [one.attempt for one in now(made.id).stems]) == (State.QUEUED, [1, 0])
    assert installation.bells == [made.id] * 2
    work(made.id)
    assert (now(made.id).state, [one.attempt for one in now(made.id).stems]) == (State.DONE, [1, 2])


def test_old_sound_is_heard_until_the_new_is_there(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT)
    work(made.id)
    replace(made, "a", bring(LONG))
    seen: list[tuple[int, int | None, str]] = []

    def look() -> None:
        share = now(made.id)
        seen.append((share.stems[0].attempt, share.frames, str(share.stem_state(share.stems[0]))))

    meanwhile(monkeypatch, "a", look)
    work(made.id)
    assert seen == [(1, RATE, "ready")]
    assert (stem(made.id, "a").attempt, stem(made.id, "a").frames) == (2, 5 * RATE)
    assert {path.split("/")[2] for path in installation.files("shares")} == {"2"}


def test_old_sound_stays_if_the_new_can_not_be_had(installation: Installation) -> None:
    made = make_of_files(SHORT)
    work(made.id)
    replace(made, "a", bring(NOISE))
    work(made.id)
    share = now(made.id)
    assert (share.state, share.stem_state(share.stems[0]), share.frames) == (
        State.DONE,
        StemState.READY,
        RATE,
    )
    assert share.stems[0].error
    assert share.stems[0].error.code == "damaged"
    assert {path.split("/")[2] for path in installation.files("shares")} == {"1"}


def test_a_hosted_stem_plays_on_until_its_copy_is_there(host: Host, installation: Installation) -> None:
    url = host.at("/a.wav", File(SHORT))
    made = make_of(Wish(url=url, name="a"))
    edit = Edit(stems=(StemEdit(id="a", sound=Incoming(asked_at=clock.now(), url=url)),))
    services.edit(made.id, made.token, edit, revision=None)
    assert (now(made.id).state, stem(made.id, "a").kind) == (State.QUEUED, "hosted")
    work(made.id)
    assert (stem(made.id, "a").kind, stem(made.id, "a").frames) == ("kept", RATE)


def test_a_worker_that_must_leave_gives_back_what_it_has_not_done(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_of_files(SHORT, LONG)
    meanwhile(monkeypatch, "b", lambda: monkeypatch.setattr(leaving, "_asked", True))
    work(made.id)
    share = now(made.id)
    assert (share.state, share.job.tries, [one.incoming is None for one in share.stems]) == (
        State.QUEUED,
        0,
        [True, False],
    )
    monkeypatch.undo()
    work(made.id)
    assert now(made.id).state is State.DONE


def test_small_renditions_that_a_dead_worker_left_are_made_by_the_next_job(
    installation: Installation,
) -> None:
    made = make_of_files(LONG)
    work(made.id)
    left = tuple(changed(one, small_frames=0) for one in now(made.id).stems)
    change(made.id, stems=left)
    add(made, bring(SHORT))
    work(made.id)
    share = now(made.id)
    assert [(one.attempt, one.small_frames == one.frames) for one in share.stems] == [(1, True), (2, True)]
    assert (share.state, share.growing) == (State.DONE, False)


def test_they_make_way_for_what_the_owner_brings_meanwhile(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STEMLINK_HEARTBEAT_SECONDS = 0.05
    made = make_of_files(LONG)
    finish = SmallRendition.finish

    def finish_slowly(small: SmallRendition, should_stop: Any) -> None:
        if now(made.id).revision == 1:
            add(made, bring(SHORT))
            wait_for(should_stop, 10, lambda: "it doesn't make way")
        finish(small, should_stop)

    monkeypatch.setattr(SmallRendition, "finish", finish_slowly)
    work(made.id)
    assert (now(made.id).state, now(made.id).stems[0].frames) == (State.QUEUED, 5 * RATE)
    work(made.id)
    assert [one.small_frames == one.frames for one in now(made.id).stems] == [True, True]


def add(made: Made, upload: str) -> None:
    """Its owner brings one more."""
    new = bringing.new_stems([Wish(upload=upload, name="more")], "")
    services.add_stems(made.id, made.token, new, revision=None)


def replace(made: Made, stem_id: str, upload: str) -> None:
    """Its owner brings another file for a stem."""
    edit = Edit(stems=(StemEdit(id=stem_id, sound=Incoming(asked_at=clock.now(), upload=upload)),))
    services.edit(made.id, made.token, edit, revision=None)


def meanwhile(monkeypatch: pytest.MonkeyPatch, stem_id: str, act: Any) -> None:
    """Something happens after the scan of a stem, and the next heartbeat learns of it."""
    really = jobs.begin_stem

    def begin_stem(claim: jobs.Claim, one: Any, **found: Any) -> None:
        really(claim, one, **found)
        if one.id == stem_id:
            act()
            monkeypatch.setattr(jobs, "begin_stem", really)

    monkeypatch.setattr(jobs, "begin_stem", begin_stem)


class Death(BaseException):
    """The process is killed."""


def die_in(monkeypatch: pytest.MonkeyPatch, stem_id: str) -> None:
    """The worker dies once it has scanned this stem."""
    really = jobs.begin_stem

    def begin_stem(claim: jobs.Claim, one: Any, **found: Any) -> None:
        really(claim, one, **found)
        if one.id == stem_id:
            raise Death

    monkeypatch.setattr(jobs, "begin_stem", begin_stem)


def work_until_death(share_id: str) -> None:
    with pytest.raises(Death):
        work(share_id)


def lapse(share_id: str) -> None:
    """What the reaper does when a worker has been silent for too long."""
    before = now(share_id)
    error = ShareError(code="gave_up", message="It was given up.")
    after = services._update(share_id, lambda share: share.fail(error, retry=True, attempts=3))
    jobs.after_failure(before, after)
