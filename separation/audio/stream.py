"""Sound files that are sent while they are made out of segments: memory doesn't depend on the song's length."""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import av
import numpy as np

from separation.audio.encode import BITS_PER_SECOND, Encoder, Pcm, to_pcm
from separation.audio.mp3 import Mp3
from separation.errors import AudioError

WAV_HEADER = 44
WAV_MOST = 2**32 - 1  # what a WAV's 32-bit sizes can say
SAMPLE_BYTES = 2
STREAMINFO_END = 42  # of a FLAC file's marker, its first block's header, and STREAMINFO


@dataclass(frozen=True, slots=True)
class Shape:
    """How long and wide a sound of 16 bits is."""

    frames: int
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Source:
    """A stem in segments of `segment_frames`, the last one shorter; `read(n)` gives the n-th, a FLAC file.

    Where only so many frames are `stored`, it is silent from there on. Every sample is multiplied by `gain`.
    """

    shape: Shape
    segment_frames: int
    read: Callable[[int], bytes]
    stored: int | None = None
    gain: float = 1.0

    def blocks(self, first: int = 0) -> Iterator[Pcm]:
        """The segments from `first` on as (channels, samples). Raises `AudioError` (damaged)."""
        end = self.shape.frames if self.stored is None else self.stored
        for begin in range(first * self.segment_frames, self.shape.frames, self.segment_frames):
            frames = min(self.segment_frames, self.shape.frames - begin)
            stored = max(0, min(frames, end - begin))
            block = np.zeros((self.shape.channels, frames), np.int16)
            if stored:
                block[:, :stored] = self._segment(begin // self.segment_frames, stored)
            yield block

    def _segment(self, number: int, frames: int) -> Pcm:
        pcm, sample_rate = decode(self.read(number))
        if (self.shape.channels, frames, self.shape.sample_rate) != (*pcm.shape, sample_rate):
            raise _damaged()
        return pcm if self.gain == 1 else to_pcm(pcm.astype(np.float32), self.gain / 32768)


def decode(segment: bytes) -> tuple[Pcm, int]:
    """One of our own segments as (channels, samples), and its sample rate. Raises `AudioError` (damaged)."""
    try:
        with av.open(io.BytesIO(segment), "r", format="flac") as container:
            stream = container.streams.audio[0]
            blocks = [frame.to_ndarray() for frame in container.decode(stream)]
            samples = np.concatenate(blocks, axis=1).reshape(-1, stream.codec_context.channels)
            return samples.T.astype(np.int16, copy=False), stream.codec_context.sample_rate
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise _damaged() from error


def channels(segment: bytes) -> int:
    """How many a FLAC file has, by its STREAMINFO. Raises `AudioError` (damaged)."""
    if not segment.startswith(b"fLaC") or len(segment) < STREAMINFO_END:
        raise _damaged()
    return (segment[20] >> 1 & 7) + 1


def size(format: str, shape: Shape) -> int | None:  # noqa: A002
    """Bytes of the file, where that is known before it is made: flac is as long as it turns out."""
    if format == "wav":
        return WAV_HEADER + shape.frames * shape.channels * SAMPLE_BYTES
    return _mp3(shape).size if format == "mp3" else None


def largest(format: str, shape: Shape) -> int:  # noqa: A002
    """Bytes that the file will not exceed: FLAC stores what it can't compress, with at most 64 bytes a block."""
    return size(format, shape) or 8_192 + shape.frames * shape.channels * SAMPLE_BYTES * 17 // 16


def make(format: str, source: Source) -> Iterator[bytes]:  # noqa: A002
    """The file, flac, wav or mp3, bit by bit; flac and wav decode to exactly the samples of the segments."""
    match format:
        case "flac":
            return _flac(source)
        case "mp3":
            return _with_tag(source)
    return wav(source, range(size("wav", source.shape) or 0))


def wav(source: Source, part: range) -> Iterator[bytes]:
    """These bytes of the WAV file; what lies before them is neither read nor decoded."""
    yield _wav_header(source.shape)[part.start : part.stop]
    start, stop = max(0, part.start - WAV_HEADER), part.stop - WAV_HEADER
    if start >= stop:
        return
    segment = source.segment_frames * source.shape.channels * SAMPLE_BYTES
    position = start // segment * segment
    for pcm in source.blocks(start // segment):
        data = pcm.T.astype("<i2").tobytes()
        yield data[max(0, start - position) : stop - position]
        position += len(data)
        if position >= stop:
            return


def _flac(source: Source) -> Iterator[bytes]:
    """One stream of FLAC. Its header says how long it is, which FFmpeg would write by going back to it."""
    pieces = _encode("flac", source)
    head = b""
    while len(head) < STREAMINFO_END:
        head += next(pieces)
    # 20 bits of rate, 3 of channels, 5 of depth, 36 of length (RFC 9639, section 8.2)
    facts = int.from_bytes(head[18:26], "big") >> 36 << 36 | source.shape.frames
    yield head[:18] + facts.to_bytes(8, "big") + head[26:]
    yield from pieces


def _with_tag(source: Source) -> Iterator[bytes]:
    """MP3 behind a LAME tag."""
    yield _mp3(source.shape).tag()
    yield from _encode("mp3", source)


def _encode(format: str, source: Source) -> Iterator[bytes]:  # noqa: A002
    pipe = _Pipe()
    shape = source.shape
    with Encoder(
        cast(BinaryIO, pipe), format, sample_rate=shape.sample_rate, channels=shape.channels
    ) as encoder:
        for pcm in source.blocks():
            encoder.write(pcm)
            if data := pipe.take():
                yield data
    yield pipe.take()


class _Pipe:
    """A file that can only be written: FFmpeg never goes back in it."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Called by FFmpeg."""
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._written)
        self._written.clear()
        return data


def _mp3(shape: Shape) -> Mp3:
    return Mp3(shape.frames, shape.sample_rate, shape.channels, BITS_PER_SECOND["mp3"])


def _wav_header(shape: Shape) -> bytes:
    width = shape.channels * SAMPLE_BYTES
    data = shape.frames * width
    sizes = (16, 1, shape.channels, shape.sample_rate, shape.sample_rate * width, width, 8 * SAMPLE_BYTES)
    form = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", WAV_HEADER - 8 + data, b"WAVE", b"fmt ", *sizes)
    return form + struct.pack("<4sI", b"data", data)


def _damaged() -> AudioError:
    return AudioError("damaged", "A part of this stem is damaged on the server.")
