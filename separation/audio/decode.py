"""Songs of any kind as stereo blocks, decoded in a child process that may die without harm."""

import fcntl
import json
import os
import select
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from separation.catalogue import SAMPLE_RATE
from separation.errors import AudioError

_CHILD = Path(__file__).with_name("decoder_child.py")
_LARGEST = 1 << 26  # no honest message is longer
_PIPE = 1 << 20  # three seconds of sound between child and parent


@dataclass(frozen=True, slots=True)
class Limits:
    """What a song may be, and what decoding it may cost."""

    max_seconds: float = 3 * 3600 + 1
    min_rate: int = 8_000
    max_rate: int = 192_000
    max_channels: int = 8
    memory: int = 1 << 30  # bytes of address space
    cpu_seconds: int = 900  # three hours of the dearest codec take a tenth of it
    stall_seconds: float = 30.0  # without a sign of life


@dataclass(frozen=True, slots=True)
class Source:
    """What a file is, before anything was converted."""

    format: str
    codec: str
    sample_rate: int
    channels: int


class AudioReader:
    """A song being decoded: iterate for float32 blocks (2, samples) at `sample_rate`, in order, of no fixed length.

    Use it as a context manager: leaving early kills the child. `source` is known from the start, after the last block
    `truncated` (is some of the song missing or undecodable?) and `wild` (are a few samples 20 dB over full scale and
    more, which can't be music?); a reader that is to `tame` gives silence in their place. Two such readers of one file
    give identical samples. Not to be shared between threads. Raises AudioError when the file is bad or the child dies;
    an end that the child didn't announce is never taken for the end of the song.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        sample_rate: int = SAMPLE_RATE,
        limits: Limits | None = None,
        tame: bool = False,
    ):
        self._limits = limits or Limits()
        self._tame = tame
        self.sample_rate = sample_rate
        self.truncated = self.wild = False
        self._ended = False
        descriptor = _open(path)
        try:
            self._child = self._start(descriptor)
        finally:
            os.close(descriptor)
        try:
            self.source = self._read_source()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        while not self._ended:
            kind, length = self._read_head()
            if kind != b"P":
                self._finish(kind, length)
                return
            block = np.empty((2, length // 8), np.float32)
            if length != block.nbytes:
                raise self._died()
            self._fill(block.reshape(-1).view(np.uint8).data)
            if block.size:
                yield block

    def close(self) -> None:
        """Ends the child, whatever it is doing."""
        self._ended = True
        self._child.kill()
        if self._child.stdout:
            self._child.stdout.close()
        self._child.wait()

    def _start(self, descriptor: int) -> "subprocess.Popen[bytes]":
        wanted = {
            "descriptor": descriptor,
            "sample_rate": self.sample_rate,
            "tame": self._tame,
            "max_seconds": self._limits.max_seconds,
            "min_rate": self._limits.min_rate,
            "max_rate": self._limits.max_rate,
            "max_channels": self._limits.max_channels,
            "memory": self._limits.memory,
            "cpu_seconds": self._limits.cpu_seconds,
        }
        return subprocess.Popen(
            [sys.executable, "-I", str(_CHILD), json.dumps(wanted)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pipesize=_PIPE,
            # The song itself is all that it inherits; its name stays here, so FFmpeg can't be led by it.
            pass_fds=(descriptor,),
            env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
            | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            cwd="/",
        )

    def _read_source(self) -> Source:
        kind, length = self._read_head()
        if kind != b"H":
            self._finish(kind, length)
            raise self._died()
        about = self._read_json(length)
        return Source(
            format=str(about["format"]),
            codec=str(about["codec"]),
            sample_rate=int(about["sample_rate"]),
            channels=int(about["channels"]),
        )

    def _finish(self, kind: bytes, length: int) -> None:
        about = self._read_json(length)
        if kind == b"Z":
            self._ended = True
            self.truncated, self.wild = bool(about["truncated"]), bool(about["wild"])
        elif kind == b"E":
            raise AudioError(str(about["code"]), str(about["message"]))
        else:
            raise self._died()

    def _read_head(self) -> tuple[bytes, int]:
        head = bytearray(5)
        self._fill(memoryview(head))
        kind, length = struct.unpack("<cI", head)
        if length > _LARGEST:
            raise self._died()
        return kind, length

    def _read_json(self, length: int) -> dict[str, Any]:
        payload = bytearray(length)
        self._fill(memoryview(payload))
        try:
            about = json.loads(payload)
        except ValueError as error:
            raise self._died() from error
        if not isinstance(about, dict):
            raise self._died()
        return about

    def _fill(self, view: memoryview) -> None:
        """Reads exactly what fits into `view`, or raises."""
        assert self._child.stdout is not None  # noqa: S101  # it was asked for
        descriptor = self._child.stdout.fileno()
        deadline = time.monotonic() + self._limits.stall_seconds
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        while view:
            if not ready.poll(max(0.0, deadline - time.monotonic()) * 1000):
                self.close()
                raise AudioError(
                    "decoder_stopped",
                    f"Reading the file stood still for {self._limits.stall_seconds:.0f} seconds; try again.",
                    retry=True,
                )
            count = os.readv(descriptor, [view])
            if not count:
                raise self._died()
            view = view[count:]
            deadline = time.monotonic() + self._limits.stall_seconds

    def _died(self) -> AudioError:
        self.close()
        return AudioError(
            "decoder_stopped",
            "Reading the file broke off; try again, and if that doesn't help, save the song in another format.",
            retry=True,
        )


def _open(path: str | os.PathLike[str]) -> int:
    """A descriptor of the regular file at `path`, or AudioError."""
    name = Path(path).name[:100]
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise AudioError(
            "missing", f"{name!r} can't be opened ({why}); check its name and rights."
        ) from error
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) & ~os.O_NONBLOCK)
        return descriptor
    os.close(descriptor)
    if stat.S_ISREG(status.st_mode):
        raise AudioError("empty", "This file is empty; choose the song again.")
    raise AudioError("not_audio", f"{name!r} isn't a file; choose a song.")
