"""The small rendition follows the exact one, and holds nothing up."""

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from separation.errors import SeparationError, Stopped
from separation.segments import SEGMENT_FRAMES, Put

Get = Callable[[str], bytes]

STALL_SECONDS = 300.0  # it yields to everybody, so on a busy machine it may long get no turn
LOOK_SECONDS = 0.5
_ROOT = Path(__file__).parents[1]


class SmallRendition:
    """Makes AAC pieces from the FLAC segments that a SegmentWriter has stored, in a process of its own.

    `get(name)` reads what `put` stored. Pieces `<stem>/aac/<n>.m4a` are put from a thread of ours, one segment behind
    what `grow` tells. As all sound is read back, memory doesn't depend on how far behind it falls, and a process that
    dies harms nothing but what it makes: the error comes out of `finish`. A context manager: nothing is left running.
    """

    def __init__(self, get: Get, put: Put, stems: Sequence[str]) -> None:
        self._get = get
        self._put = put
        self._stems = tuple(stems)
        self._thread = threading.Thread(target=self._run, name="small rendition", daemon=True)
        self._child: subprocess.Popen[bytes] | None = None
        self._error: Exception | None = None
        # What the threads tell each other, under the condition.
        self._changed = threading.Condition()
        self._stored = 0
        self._complete = False
        self._aborted = False
        self._made = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._aborted = True
            self._changed.notify_all()
            if self._child:
                self._child.kill()
        self._thread.join()

    @property
    def available_frames(self) -> int:
        """Every piece of every stem below this has been put: a multiple of SEGMENT_FRAMES, or all frames.

        May be read from any thread.
        """
        return min(self._stored, self._made * SEGMENT_FRAMES)

    def grow(self, available_frames: int) -> None:
        """The exact segments are stored as far as this. Returns at once; may be called from any thread."""
        with self._changed:
            self._stored = max(self._stored, available_frames)
            self._changed.notify_all()

    def finish(self, should_stop: Callable[[], bool] | None = None) -> None:
        """No more will be stored: waits until all is made. Raises what went wrong, and Stopped."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()
        while self._thread.is_alive():
            self._thread.join(LOOK_SECONDS)
            if should_stop and should_stop():
                raise Stopped
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            if self._has(0):
                self._follow(self._start())
        except Exception as error:
            if not self._aborted:
                self._error = error
        finally:
            if self._child:
                self._child.kill()
                for pipe in (self._child.stdin, self._child.stdout):
                    if pipe:
                        pipe.close()
                self._child.wait()

    def _follow(self, child: "subprocess.Popen[bytes]") -> None:
        number = 0
        while self._has(number):
            for stem in self._stems:
                self._send(child, self._get(f"{stem}/flac/{number}.flac"))
            if number:
                self._store(child, number - 1)
            number += 1
        if self._aborted:
            return
        assert child.stdin  # noqa: S101  # it was asked for
        child.stdin.close()
        self._store(child, number - 1)

    def _has(self, number: int) -> bool:
        """Wait for a segment; no when there will be none."""

        def stored() -> bool:
            whole = self._stored >= (number + 1) * SEGMENT_FRAMES
            return whole or (self._complete and self._stored > number * SEGMENT_FRAMES)

        with self._changed:
            self._changed.wait_for(lambda: stored() or self._complete or self._aborted)
            return stored() and not self._aborted

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._changed:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "separation.small_child", str(len(self._stems))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd=_ROOT,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
            if self._aborted:
                self._child.kill()
        return self._child

    def _store(self, child: "subprocess.Popen[bytes]", number: int) -> None:
        for stem in self._stems:
            length = int.from_bytes(_receive(child, 4), "little")
            self._put(f"{stem}/aac/{number}.m4a", _receive(child, length))
        self._made = number + 1

    @staticmethod
    def _send(child: "subprocess.Popen[bytes]", content: bytes) -> None:
        assert child.stdin  # noqa: S101  # it was asked for
        try:
            view = memoryview(len(content).to_bytes(4, "little") + content)
            while view:
                view = view[child.stdin.write(view) :]
        except OSError as error:
            raise _died() from error


def _receive(child: "subprocess.Popen[bytes]", length: int) -> bytes:
    """Exactly so many bytes of the child's answer."""
    assert child.stdout  # noqa: S101  # it was asked for
    ready = select.poll()
    ready.register(child.stdout, select.POLLIN)
    content = bytearray()
    deadline = time.monotonic() + STALL_SECONDS
    while len(content) < length:
        if not ready.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise _died()
        part = child.stdout.read(length - len(content))
        if not part:
            raise _died()
        content += part
        deadline = time.monotonic() + STALL_SECONDS
    return bytes(content)


def _died() -> SeparationError:
    return SeparationError("encoder_stopped", "The small rendition could not be made.", retry=True)
