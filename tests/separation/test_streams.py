"""Files that are made while they are sent: exact after decoding, as long as they said, part by part."""

import io
import itertools

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from separation.audio import stream
from separation.audio.encode import Pcm, encode
from separation.audio.stream import Shape, Source
from separation.errors import AudioError

RATE = 44_100
SEGMENT = 20_000
LENGTHS = st.one_of(st.integers(1, 90_000), st.sampled_from([576, 1_152, 4_608, SEGMENT, SEGMENT + 1]))


def noise(frames: int, channels: int = 2) -> Pcm:
    """(channels, frames) that swell, so that every sample has its place."""
    swell = np.linspace(0, 20_000, frames)
    return (np.random.default_rng(frames).uniform(-1, 1, (channels, frames)) * swell).astype(np.int16)


def source(sound: Pcm) -> Source:
    """The sound in segments."""
    channels, frames = sound.shape
    segments = [
        encode(sound[:, at : at + SEGMENT], "flac", sample_rate=RATE) for at in range(0, frames, SEGMENT)
    ]
    return Source(Shape(frames, RATE, channels), SEGMENT, segments.__getitem__)


def decoded(file: bytes, kind: str) -> Pcm:
    with av.open(io.BytesIO(file), "r", format=kind) as container:
        track = container.streams.audio[0]
        assert track.codec_context.sample_rate == RATE
        resampler = av.AudioResampler("s16", track.codec_context.layout)
        frames = [out for frame in container.decode(track) for out in resampler.resample(frame)]
        samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
        return samples.reshape(-1, track.codec_context.channels).T.astype(np.int16)


@given(frames=LENGTHS, channels=st.sampled_from([1, 2]), kind=st.sampled_from(["flac", "wav"]))
@settings(max_examples=25, deadline=None)
def test_flac_and_wav_are_the_segments_to_the_bit(frames: int, channels: int, kind: str) -> None:
    sound = noise(frames, channels)
    file = b"".join(stream.make(kind, source(sound)))
    np.testing.assert_array_equal(decoded(file, kind), sound)
    assert len(file) <= stream.largest(kind, Shape(frames, RATE, channels))


@given(frames=LENGTHS, channels=st.sampled_from([1, 2]))
@settings(max_examples=25, deadline=None)
def test_mp3_is_as_long_as_the_stem_and_as_it_said(frames: int, channels: int) -> None:
    sound = noise(frames, channels)
    file = b"".join(stream.make("mp3", source(sound)))
    assert len(file) == stream.size("mp3", Shape(frames, RATE, channels))
    assert decoded(file, "mp3").shape == sound.shape


def test_mp3_is_in_place_to_the_sample() -> None:
    sound = np.zeros((2, 60_000), np.int16)
    sound[:, 30_000] = 32_000
    heard = decoded(b"".join(stream.make("mp3", source(sound))), "mp3")
    assert int(np.argmax(np.abs(heard[0].astype(int)))) == 30_000


@pytest.mark.parametrize("kind", ["flac", "mp3"])
def test_players_are_told_the_length_before_the_end(kind: str) -> None:
    frames = 10 * SEGMENT + 1
    head = b"".join(itertools.islice(stream.make(kind, source(noise(frames))), 3))
    with av.open(io.BytesIO(head), "r", format=kind) as container:
        track = container.streams.audio[0]
        assert track.duration is not None
        assert track.time_base is not None
        assert round(float(track.duration * track.time_base) * RATE) == frames


@given(frames=LENGTHS, edges=st.tuples(st.integers(0, 400_000), st.integers(0, 400_000)))
@settings(max_examples=40, deadline=None)
def test_a_part_of_a_wav_is_that_of_the_whole(frames: int, edges: tuple[int, int]) -> None:
    stem = source(noise(frames))
    size = stream.size("wav", stem.shape)
    assert size is not None
    start, stop = sorted(edge % (size + 1) for edge in edges)
    whole = b"".join(stream.make("wav", stem))
    assert len(whole) == size
    assert b"".join(stream.wav(stem, range(start, stop))) == whole[start:stop]


def test_a_part_reads_only_the_segments_it_needs() -> None:
    stem = source(noise(10 * SEGMENT))
    asked: list[int] = []

    def read(number: int) -> bytes:
        asked.append(number)
        return stem.read(number)

    part = range(44 + 5 * SEGMENT * 4 + 10, 44 + 6 * SEGMENT * 4)
    assert len(b"".join(stream.wav(Source(stem.shape, SEGMENT, read), part))) == len(part)
    assert asked == [5]


@pytest.mark.parametrize("segment", [b"", b"sound" * 100, encode(noise(7), "flac", sample_rate=RATE)])
def test_a_segment_that_is_not_what_it_should_be_ends_the_file(segment: bytes) -> None:
    stem = source(noise(3 * SEGMENT))
    broken = Source(stem.shape, SEGMENT, lambda number: segment if number == 1 else stem.read(number))
    for kind in ("flac", "wav", "mp3"):
        with pytest.raises(AudioError, match="damaged"):
            list(stream.make(kind, broken))


def test_the_first_segment_tells_how_wide_a_stem_is() -> None:
    assert [stream.channels(encode(noise(9, n), "flac", sample_rate=RATE)) for n in (1, 2)] == [1, 2]
    with pytest.raises(AudioError, match="damaged"):
        stream.channels(b"fLaC")
