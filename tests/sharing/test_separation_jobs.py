"""Songs become stems: the worker's side, with the real decoder, store and media, and the classical model."""

from dataclasses import replace

import numpy as np
import pytest

from separation import catalogue
from separation.tasks import warm
from sharing import jobs, media, services
from sharing.domain import Edit, State
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise
from tests.sharing.imports import now, work
from tests.sharing.shares import Installation, Made, begin, receive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patience")]

# A tone that stays, and clicks: every stem of it is another sound.
SONG = wav(
    (0.2 * np.sin(np.arange(2 * RATE) / 60) + (np.arange(2 * RATE) % 11_025 < 60) * noise(2 * RATE)).astype(
        np.float32
    )
)


def make(song: bytes = SONG) -> Made:
    made = services.create_separation(receive(song), title="", model="classical")
    return Made(made.share.id, made.token)


def sounds(installation: Installation, share_id: str) -> dict[str, bytes]:
    """The first segment of each stem."""
    share = now(share_id)
    return {
        stem.id: (installation.media / f"shares/{share.id}/{stem.attempt}/{stem.id}/flac/0.flac").read_bytes()
        for stem in share.stems
    }


def test_stems_that_their_owner_has_moved_meanwhile_keep_their_own_sound(installation: Installation) -> None:
    made, moved = make(), make()
    order = tuple(stem.id for stem in reversed(now(moved.id).stems))
    services.edit(moved.id, moved.token, Edit(order=order), revision=None)
    for one in (made, moved):
        work(one.id)
    assert tuple(stem.id for stem in now(moved.id).stems) == order
    there = sounds(installation, made.id)
    assert len(set(there.values())) == 4
    assert sounds(installation, moved.id) == there


def test_stems_of_a_model_that_was_trained_anew_with_others_are_no_other_stems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = make()
    really = warm.load("classical")
    other = replace(catalogue.get("classical"), sources=("vocals", "drums", "bass", "guitar"))
    monkeypatch.setattr(really, "info", other)
    work(made.id)
    share = now(made.id)
    assert share.error is not None
    assert (share.state, share.error.code, share.job.tries) == (State.FAILED, "other_stems", 1)


def test_only_a_song_that_is_gone_is_not_tried_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else isn't found may be there next time, and then the song is needed."""
    made, gone = make(), make()
    media.delete_source(now(gone.id).job.source)

    def load(_name: str) -> None:
        raise FileNotFoundError("weights")

    monkeypatch.setattr(warm, "load", load)
    for one in (made, gone):
        work(one.id)
    assert (now(made.id).state, len(installation.files("sources"))) == (State.QUEUED, 1)
    share = now(gone.id)
    assert share.error is not None
    assert (share.state, share.error.code) == (State.FAILED, "source_gone")


def test_stems_of_a_song_that_was_cut_off_say_so() -> None:
    made = make(SONG[: len(SONG) // 2])
    work(made.id)
    share = now(made.id)
    assert (share.state, {stem.truncated for stem in share.stems}) == (State.DONE, {True})


def test_what_a_failed_attempt_left_takes_no_room_beside_the_next_one(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long song it is gigabytes. Until the next attempt begins it can be heard, then nobody is told of it."""
    made = make()
    jobs.fail(begin(made.id, available=176_400), "disk_full", "The disk is full.", retry=True)
    assert media.attempts(made.id) == [1]
    there, really_put = list[list[int]](), media.put

    def put(key: str, data: bytes) -> None:
        really_put(key, data)
        there.append(media.attempts(made.id))

    monkeypatch.setattr(media, "put", put)
    work(made.id)
    assert now(made.id).state is State.DONE
    assert [attempts for attempts in there if attempts != [2]] == []
