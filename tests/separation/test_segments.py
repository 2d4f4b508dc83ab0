"""Stems as segments: exact at every join, available only when complete, errors never swallowed."""

import io
import threading
import time

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from separation.audio.encode import to_pcm
from separation.peaks import FRAMES_PER_PEAK
from separation.segments import SEGMENT_FRAMES, SegmentWriter
from tests.running import wait_for
from tests.separation.sounds import RATE, Sound, noise

STEMS = ("vocals", "other")


def decoded(content: bytes) -> NDArray[np.int16]:
    """A FLAC file as (channels, samples)."""
    with av.open(io.BytesIO(content), "r") as container:
        assert container.streams.audio[0].codec_context.sample_rate == RATE
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1).reshape(-1, 2).T.astype(np.int16)


def blocks_of(frames: int) -> Sound:
    """Two stems (2, 2, frames)."""
    return noise(frames * 2).reshape(2, 2, frames)


def written(sound: Sound, pieces: list[int], gain: float = 1.0) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with SegmentWriter(files.__setitem__, STEMS, sound.shape[2], RATE, gain) as writer:
        for block in np.split(sound, pieces, axis=2):
            writer.write(block)
    return files


@settings(max_examples=8, deadline=None)
@given(
    frames=st.sampled_from(
        [1, 15, 16, 4608, SEGMENT_FRAMES - 1, SEGMENT_FRAMES, SEGMENT_FRAMES + 1, 400_000]
    ),
    cuts=st.lists(st.integers(1, 400_000), max_size=5),
    gain=st.floats(0.1, 1),
)
def test_segments_put_together_are_the_stem_to_the_bit(frames: int, cuts: list[int], gain: float) -> None:
    sound = blocks_of(frames)
    files = written(sound, sorted(cut for cut in cuts if cut < frames), gain)
    count = -(-frames // SEGMENT_FRAMES)
    names = {f"{stem}/flac/{number}.flac" for stem in STEMS for number in range(count)}
    assert files.keys() == names | {f"{stem}/peaks.bin" for stem in STEMS}
    for stem, samples in zip(STEMS, sound, strict=True):
        parts = [decoded(files[f"{stem}/flac/{number}.flac"]) for number in range(count)]
        assert all(part.shape[1] == SEGMENT_FRAMES for part in parts[:-1])
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), to_pcm(samples, gain))


def test_peaks_enclose_every_sample_and_no_more() -> None:
    frames = SEGMENT_FRAMES + 1000
    sound = blocks_of(frames) * 3
    files = written(sound, [], 0.5)
    for stem, samples in zip(STEMS, sound, strict=True):
        pairs = np.frombuffer(files[f"{stem}/peaks.bin"], np.int8).reshape(-1, 2)
        assert len(pairs) == -(-frames // FRAMES_PER_PEAK)
        pcm = to_pcm(samples, 0.5).astype(float) * 127 / 32768
        for number, (low, high) in enumerate(pairs):
            part = pcm[:, number * FRAMES_PER_PEAK :][:, :FRAMES_PER_PEAK]
            assert part.min() - 1 < low <= part.min()
            assert part.max() <= high < part.max() + 1


def test_silence_has_flat_peaks_and_small_segments() -> None:
    files = written(np.zeros((2, 2, SEGMENT_FRAMES), np.float32), [])
    assert files["vocals/peaks.bin"] == bytes(800)
    assert len(files["vocals/flac/0.flac"]) < 4000


def test_a_segment_is_available_when_all_stems_and_all_before_it_are() -> None:
    gates = {0: threading.Event(), 1: threading.Event()}
    files: dict[str, bytes] = {}

    def put(name: str, content: bytes) -> None:
        if name.startswith("other/flac/"):
            assert gates[int(name.removeprefix("other/flac/").removesuffix(".flac"))].wait(20)
        files[name] = content

    with SegmentWriter(put, STEMS, 2 * SEGMENT_FRAMES, RATE, 1.0) as writer:
        writer.write(blocks_of(2 * SEGMENT_FRAMES))
        gates[1].set()  # the second is complete before the first
        wait_for(lambda: "other/flac/1.flac" in files)
        assert writer.available_frames == 0
        gates[0].set()
        wait_for(lambda: writer.available_frames == 2 * SEGMENT_FRAMES)
        assert len(files["other/peaks.bin"]) == 1600


def test_a_segment_is_available_when_its_peaks_are_and_they_hold_up_no_segment() -> None:
    gate = threading.Event()
    put: list[str] = []
    stored: list[int] = []

    def slow(name: str, content: bytes) -> None:
        if name.endswith("peaks.bin"):
            assert gate.wait(20)
        put.append(f"{name} {len(content)}" if name.endswith("peaks.bin") else name)

    with SegmentWriter(slow, STEMS, 6 * SEGMENT_FRAMES, RATE, 1.0, on_stored=stored.append) as writer:
        for _ in range(6):
            writer.write(blocks_of(SEGMENT_FRAMES))
        wait_for(lambda: stored[-1:] == [6 * SEGMENT_FRAMES])
        assert writer.available_frames == 0
        gate.set()
        wait_for(lambda: writer.available_frames == 6 * SEGMENT_FRAMES)
    peaks = [name for name in put if "peaks" in name]
    assert peaks[-2:] == ["vocals/peaks.bin 4800", "other/peaks.bin 4800"]
    assert len(peaks) == len(set(peaks)), "what hadn't grown was put again"


def test_the_end_of_a_song_is_available_whatever_its_length() -> None:
    with SegmentWriter(lambda name, content: None, STEMS, SEGMENT_FRAMES + 7, RATE, 1.0) as writer:
        writer.write(blocks_of(SEGMENT_FRAMES + 7))
    assert writer.available_frames == SEGMENT_FRAMES + 7


@pytest.mark.parametrize("kind", [".flac", "peaks.bin"])
def test_an_error_in_put_comes_out_of_write_or_close(kind: str) -> None:
    def put(name: str, content: bytes) -> None:
        if name.endswith(kind):
            raise OSError("the disk is full")

    def write_much() -> None:
        with SegmentWriter(put, STEMS, 10_000 * SEGMENT_FRAMES, RATE, 1.0) as writer:
            for _ in range(10_000):
                writer.write(np.zeros((2, 2, SEGMENT_FRAMES), np.float32))

    with pytest.raises(OSError, match="the disk is full"):
        write_much()

    writer = SegmentWriter(put, STEMS, 10, RATE, 1.0)
    writer.write(blocks_of(10))
    with pytest.raises(OSError, match="the disk is full"):
        writer.close()
    assert writer.available_frames == 0


def test_a_slow_put_holds_the_writer_back() -> None:
    gate = threading.Event()
    started = []

    def put(name: str, content: bytes) -> None:
        started.append(name)
        assert gate.wait(20)

    given_in = []

    def feed() -> None:
        with SegmentWriter(put, STEMS, 12 * SEGMENT_FRAMES, RATE, 1.0) as writer:
            for number in range(12):
                writer.write(blocks_of(SEGMENT_FRAMES))
                given_in.append(number)

    thread = threading.Thread(target=feed)
    thread.start()
    wait_for(lambda: len(given_in) == SegmentWriter.QUEUE)
    time.sleep(0.3)
    assert len(given_in) == SegmentWriter.QUEUE
    gate.set()
    thread.join(20)
    assert len(given_in) == 12


def test_it_wants_exactly_what_was_promised() -> None:
    writer = SegmentWriter(lambda name, content: None, STEMS, 100, RATE, 1.0)
    with pytest.raises(ValueError, match="promised"):
        writer.write(blocks_of(101))
    writer.write(blocks_of(99))
    with pytest.raises(ValueError, match="promised"):
        writer.close()
    with pytest.raises(ValueError, match="stems"):
        SegmentWriter(lambda name, content: None, ("a",), 100, RATE, 1.0).write(blocks_of(10))


def test_an_exception_inside_stops_the_background_work() -> None:
    def interrupted() -> None:
        with SegmentWriter(lambda name, content: None, STEMS, 9 * SEGMENT_FRAMES, RATE, 1.0) as writer:
            writer.write(blocks_of(SEGMENT_FRAMES))
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert threading.active_count() == before


def test_it_counts_what_it_had_to_clip() -> None:
    sound = np.zeros((2, 2, 100), np.float32)
    sound[1, 0, 3:5] = 1.5
    with SegmentWriter(lambda name, content: None, STEMS, 100, RATE, 1.0) as writer:
        writer.write(sound)
    assert writer.clipped == 2
