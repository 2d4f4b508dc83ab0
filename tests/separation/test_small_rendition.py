"""The small rendition: pieces of exact length that decode alone, meet without a step, and hold nothing up."""

import io
import signal
import threading

import av
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from separation.audio.encode import encode, to_pcm
from separation.errors import SeparationError, Stopped
from separation.pieces import GRID_FRAMES, OVERLAP_FRAMES, Pieces
from separation.segments import SEGMENT_FRAMES, SegmentWriter
from separation.small import SmallRendition
from tests.running import wait_for
from tests.separation.sounds import RATE, Sound, noise

STEMS = ("vocals", "other")


def music(frames: int) -> Sound:
    """Chords, a slow glide and soft hiss (2, frames): no sample is far from the one before."""
    time_ = np.arange(frames) / RATE
    tones = sum(np.sin(2 * np.pi * pitch * time_) for pitch in (110.0, 277.2, 659.3, 1318.5))
    glide = np.sin(2 * np.pi * (300 * time_ + 20 * time_**2))
    left = 0.1 * tones + 0.1 * glide
    return np.stack([left, left[::-1]]).astype(np.float32) + noise(frames, seed=1) * np.float32(0.01)


def pieces_of(sound: Sound) -> list[bytes]:
    """All pieces of one stem."""
    pcm = to_pcm(sound)
    cuts = range(SEGMENT_FRAMES, pcm.shape[1], SEGMENT_FRAMES)
    segments = [encode(part, "flac", sample_rate=RATE) for part in np.split(pcm, list(cuts), axis=1)]
    maker = Pieces()
    return [piece for segment in [*segments, None] if (piece := maker.take(segment)) is not None]


def decoded(piece: bytes) -> NDArray[np.float32]:
    """A piece as a browser has it: (channels, samples), as long as the file says."""
    with av.open(io.BytesIO(piece), "r") as container:
        stream = container.streams.audio[0]
        assert stream.time_base is not None
        assert stream.duration is not None
        assert (stream.codec_context.name, stream.codec_context.sample_rate) == ("aac", RATE)
        length = round(stream.duration * stream.time_base * RATE)
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)[:, :length]


def cut(piece: bytes, frames: int) -> NDArray[np.float32]:
    """What a player plays of a piece."""
    return decoded(piece)[:, OVERLAP_FRAMES : OVERLAP_FRAMES + frames]


@pytest.mark.parametrize(
    "frames",
    [1, 440, 441, SEGMENT_FRAMES - 1, SEGMENT_FRAMES, SEGMENT_FRAMES + 1, 2 * SEGMENT_FRAMES + 5_000],
)
def test_every_piece_is_as_long_as_promised(frames: int) -> None:
    pieces = pieces_of(music(frames))
    assert len(pieces) == -(-frames // SEGMENT_FRAMES)
    for number, piece in enumerate(pieces):
        length = min(SEGMENT_FRAMES, frames - number * SEGMENT_FRAMES)
        whole = -(-(length + 2 * OVERLAP_FRAMES) // GRID_FRAMES) * GRID_FRAMES
        assert decoded(piece).shape == (2, whole)


def test_joins_are_no_worse_than_what_is_inside() -> None:
    sound = music(3 * SEGMENT_FRAMES + 10_000)
    parts = np.split(sound, [SEGMENT_FRAMES, 2 * SEGMENT_FRAMES, 3 * SEGMENT_FRAMES], axis=1)
    lengths = [part.shape[1] for part in parts]
    played = [cut(piece, length) for piece, length in zip(pieces_of(sound), lengths, strict=True)]
    at_joins, inside = steps(played, sound)
    assert at_joins <= inside
    # That it can be heard otherwise: the same, encoded without what is around it.
    alone = [decoded(encode(to_pcm(part), "m4a", sample_rate=RATE)) for part in parts]
    cropped = [part[:, :length] for part, length in zip(alone, lengths, strict=True)]
    at_joins, inside = steps(cropped, sound)
    assert at_joins > 1.5 * inside


def steps(parts: list[NDArray[np.float32]], sound: Sound) -> tuple[float, float]:
    """The largest step between two samples that was not in the sound: at joins, and (nearly) the largest inside."""
    stitched = np.concatenate(parts, axis=1)
    frames = stitched.shape[1]
    assert frames > sound.shape[1] - 50  # a piece of no whole milliseconds is a little shorter
    error = stitched - sound[:, :frames]
    assert 10 * np.log10(np.sum(sound**2) / np.sum(error**2)) > 20
    added = np.abs(np.diff(error, axis=1)).max(axis=0)
    joins = np.array([number * SEGMENT_FRAMES - 1 for number in (1, 2, 3)])
    return float(added[joins].max()), float(np.quantile(np.delete(added, joins), 0.9999))


def test_silence_stays_silent_and_takes_no_room() -> None:
    for piece in pieces_of(np.zeros((2, SEGMENT_FRAMES + 7), np.float32)):
        assert not decoded(piece).any()
        assert len(piece) < 4_000


def test_it_follows_the_exact_rendition() -> None:
    frames = 3 * SEGMENT_FRAMES + 700
    sound = np.stack([music(frames), noise(frames)])
    files: dict[str, bytes] = {}
    with SmallRendition(files.__getitem__, files.__setitem__, STEMS) as small:
        with SegmentWriter(files.__setitem__, STEMS, frames, RATE, 1.0, on_stored=small.grow) as writer:
            writer.write(sound[:, :, : 2 * SEGMENT_FRAMES])
            wait_for(lambda: small.available_frames == SEGMENT_FRAMES)
            assert set(files) >= {"vocals/aac/0.m4a", "other/aac/0.m4a"}
            assert "other/aac/1.m4a" not in files, "what follows it isn't known"
            writer.write(sound[:, :, 2 * SEGMENT_FRAMES :])
        small.finish()
        assert small.available_frames == frames
    names = {f"{stem}/aac/{number}.m4a" for stem in STEMS for number in range(4)}
    assert {name for name in files if "/aac/" in name} == names
    assert [files[f"vocals/aac/{number}.m4a"] for number in range(4)] == pieces_of(sound[0])


@pytest.mark.parametrize("frames", [0, 1])
def test_a_song_of_nearly_nothing(frames: int) -> None:
    files = {"a/flac/0.flac": encode(np.zeros((2, 1), np.int16), "flac", sample_rate=RATE)}
    with SmallRendition(files.__getitem__, files.__setitem__, ["a"]) as small:
        small.grow(frames)
        small.finish()
        assert small.available_frames == frames
    assert ("a/aac/0.m4a" in files) == bool(frames)


def test_the_exact_rendition_never_waits_for_it() -> None:
    gate = threading.Event()
    files: dict[str, bytes] = {}

    def put(name: str, content: bytes) -> None:
        if "/aac/" in name:
            assert gate.wait(20)
        files[name] = content

    frames = 8 * SEGMENT_FRAMES
    with SmallRendition(files.__getitem__, put, STEMS) as small:
        with SegmentWriter(put, STEMS, frames, RATE, 1.0, on_stored=small.grow) as writer:
            for _ in range(8):
                writer.write(np.zeros((2, 2, SEGMENT_FRAMES), np.float32))
        assert (writer.available_frames, small.available_frames) == (frames, 0)
        gate.set()
        small.finish()
        assert small.available_frames == frames


def test_it_yields_to_others_and_leaves_nothing_running() -> None:
    before = set(psutil.Process().children())
    gate = threading.Event()
    silence = encode(np.zeros((2, SEGMENT_FRAMES), np.int16), "flac", sample_rate=RATE)

    def get(_name: str) -> bytes:
        assert gate.wait(20)
        return silence

    with SmallRendition(get, lambda _name, _content: None, ["a"]) as small:
        small.grow(9 * SEGMENT_FRAMES)
        (child,) = wait_for(lambda: set(psutil.Process().children()) - before)
        wait_for(lambda: child.nice() == 19)
        gate.set()
    assert set(psutil.Process().children()) == before


def test_a_process_that_dies_harms_only_what_it_makes() -> None:
    before = set(psutil.Process().children())
    silence = encode(np.zeros((2, SEGMENT_FRAMES), np.int16), "flac", sample_rate=RATE)
    with SmallRendition(lambda _name: silence, lambda _name, _content: None, ["a"]) as small:
        small.grow(2 * SEGMENT_FRAMES)
        wait_for(lambda: small.available_frames == SEGMENT_FRAMES)
        for child in set(psutil.Process().children()) - before:
            child.send_signal(signal.SIGKILL)
            child.wait(5)
        small.grow(4 * SEGMENT_FRAMES)
        with pytest.raises(SeparationError, match="small rendition"):
            small.finish()
        assert small.available_frames == SEGMENT_FRAMES


def test_what_can_not_be_read_back_is_told() -> None:
    def get(_name: str) -> bytes:
        raise OSError("the disk is gone")

    with SmallRendition(get, lambda _name, _content: None, ["a"]) as small:
        small.grow(SEGMENT_FRAMES)
        with pytest.raises(OSError, match="the disk is gone"):
            small.finish()


def test_it_stops_when_asked() -> None:
    gate = threading.Event()

    def get(_name: str) -> bytes:
        gate.wait(20)
        raise OSError

    with SmallRendition(get, lambda _name, _content: None, ["a"]) as small:
        small.grow(SEGMENT_FRAMES)
        with pytest.raises(Stopped):
            small.finish(lambda: True)
        gate.set()
