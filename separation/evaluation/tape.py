"""Sound that waits on disk: written once from front to end, read anywhere, none of it kept in memory."""

import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from separation.audio.decode import AudioReader
from separation.catalogue import SAMPLE_RATE
from separation.errors import AudioError
from separation.evaluation import metrics

Sound = NDArray[np.float32]  # (2, samples)
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_FLOAT = 3  # WAV's number for floating point
_NOT_WHOLE = "This file is cut off, or some of it is damaged; replace it, or take its song out of the folder."
_FRAME = 8  # bytes: two channels of 32 bits


class Track(Protocol):
    """What can be read piece by piece."""

    @property
    def frames(self) -> int:
        """How long it is."""
        ...

    def read(self, first: int, length: int) -> Sound:
        """(2, length) from frame `first` on, which may be negative; zeros where there is nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Tape:
    """A stereo WAV file of 32-bit floats, which nothing clips or rounds, and which any decoder reads as well."""

    path: Path
    frames: int

    def read(self, first: int, length: int) -> Sound:
        out = np.zeros((2, length), np.float32)
        low, high = max(0, first), min(self.frames, first + length)
        if low < high:
            # Not by `numpy.fromfile`, which makes a SystemError of a signal that comes while it opens the file.
            with self.path.open("rb") as file:
                file.seek(_HEADER.size + low * _FRAME)
                raw = np.frombuffer(file.read((high - low) * _FRAME), "<f4")
            out[:, low - first : high - first] = raw.reshape(-1, 2).T
        return out


@dataclass(frozen=True, slots=True)
class Sum:
    """Several tracks at once; none is silence."""

    tracks: Sequence[Track]

    @property
    def frames(self) -> int:
        return max((track.frames for track in self.tracks), default=0)

    def read(self, first: int, length: int) -> Sound:
        sound = np.zeros((2, length), np.float32)
        for track in self.tracks:
            sound += track.read(first, length)
        return sound


class Recorder:
    """Writes a tape block by block; a context manager. `tape` is whole after it."""

    def __init__(self, path: Path, rate: int = SAMPLE_RATE) -> None:
        self._path, self._rate, self._frames = path, rate, 0
        self._file = path.open("wb")
        self._file.write(self._header())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.seek(0, os.SEEK_SET)
        self._file.write(self._header())
        self._file.close()

    def write(self, block: Sound) -> None:
        """Adds (2, samples)."""
        self._file.write(np.ascontiguousarray(block.T, "<f4").tobytes())
        self._frames += block.shape[1]

    @property
    def tape(self) -> Tape:
        """What has been written."""
        return Tape(self._path, self._frames)

    def _header(self) -> bytes:
        size = self._frames * _FRAME
        about = (16, _FLOAT, 2, self._rate, self._rate * _FRAME, _FRAME, 32)
        return _HEADER.pack(b"RIFF", size + _HEADER.size - 8, b"WAVE", b"fmt ", *about, b"data", size)


def record(path: Path, blocks: Iterable[Sound], rate: int = SAMPLE_RATE) -> Tape:
    """All blocks as a tape."""
    with Recorder(path, rate) as recorder:
        for block in blocks:
            recorder.write(block)
    return recorder.tape


def decoded(path: Path, rate: int = SAMPLE_RATE) -> Iterator[Sound]:
    """The blocks of a file, decoded as a user's song is; raises AudioError, which names the file.

    A user has the stems of what can be read of a song. What others are compared with, or learned from, has to be whole:
    where it is damaged there is silence that nobody played."""
    try:
        with AudioReader(path, sample_rate=rate) as reader:
            yield from reader
            if reader.truncated or reader.wild:
                raise AudioError("damaged", _NOT_WHOLE)
    except AudioError as error:
        raise AudioError(error.code, f"{path}: {error.message}", retry=error.retry) from error


def pieces(track: Track, length: int = SAMPLE_RATE) -> Iterator[Sound]:
    """The whole track in pieces (2, length), the last one shorter."""
    for first in range(0, track.frames, length):
        yield track.read(first, min(length, track.frames - first))


def loudest(track: Track, seconds: int, rate: int = SAMPLE_RATE) -> int:
    """The frame, on a whole second, from which on a track is loudest for so many seconds."""
    energies = [metrics.energy(piece) for piece in pieces(track, rate)]
    starts = range(max(1, len(energies) - seconds + 1))
    return rate * max(starts, key=lambda start: sum(energies[start : start + seconds]))
