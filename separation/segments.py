"""Stems as they are kept: FLAC segments that meet their neighbours to the sample, and peaks to draw."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from separation.audio.encode import encode, to_pcm
from separation.peaks import FRAMES_PER_PEAK, peaks_of

SEGMENT_FRAMES = 400 * FRAMES_PER_PEAK  # 176,400: 4 s at 44.1 kHz

Put = Callable[[str, bytes], None]


class SegmentWriter:
    """Cuts the blocks of all stems into segments, encodes them in the background and hands the files to `put`.

    `put(name, content)` is called from other threads, a few at a time, with `<stem>/flac/<n>.flac` once for every n
    and `<stem>/peaks.bin` whenever it has grown, at most once in `PEAKS_SECONDS`. At most `QUEUE` segments wait, so
    `write` blocks when `put` is slow. An error in the background is raised by the next `write` or by `close`. As a
    context manager it closes, or on an exception only stops.
    """

    THREADS = 2
    QUEUE = 4
    PEAKS_SECONDS = 1.0

    def __init__(
        self,
        put: Put,
        stems: Sequence[str],
        frames: int,
        sample_rate: int,
        gain: float,
        *,
        on_stored: Callable[[int], None] | None = None,
    ) -> None:
        """`frames` is the length of every stem.

        `on_stored` hears from other threads how far all segments are put; it should return at once.
        """
        self._put = put
        self._stems = tuple(stems)
        self._frames = frames
        self._sample_rate = sample_rate
        self._gain = gain
        self._on_stored = on_stored
        self._waiting: list[NDArray[np.float32]] = []
        self._waiting_frames = 0
        self._taken = 0
        self._segments = 0
        self._pool = ThreadPoolExecutor(self.THREADS, "encode")
        self._pending: deque[Future[None]] = deque()
        # What the background threads report, under the condition.
        self._changed = threading.Condition()
        self._ahead: dict[int, list[bytes]] = {}  # peaks of finished segments with one missing before them
        self._peaks = [bytearray() for _ in self._stems]
        self._finished = 0
        self._drawn = 0  # segments whose peaks have been put
        self._clipped = 0
        self._undrawable: Exception | None = None
        self._over = threading.Event()
        self._drawer = threading.Thread(target=self._draw, name="peaks", daemon=True)
        self._drawer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    @property
    def available_frames(self) -> int:
        """Every segment of every stem below this has been put, and its peaks: a multiple of SEGMENT_FRAMES, or all
        frames.

        May be read from any thread.
        """
        return min(self._frames, self._drawn * SEGMENT_FRAMES)

    @property
    def clipped(self) -> int:
        """Samples so far that were louder than full scale after the gain."""
        return self._clipped

    def write(self, block: NDArray[np.float32]) -> None:
        """Takes the next (stems, channels, samples), unscaled."""
        if block.shape[0] != len(self._stems):
            raise ValueError(f"{block.shape[0]} stems were given for {len(self._stems)}")
        if self._taken + block.shape[2] > self._frames:
            raise ValueError(f"more than the promised {self._frames} frames were given")
        self._taken += block.shape[2]
        while block.shape[2]:
            missing = SEGMENT_FRAMES - self._waiting_frames
            self._waiting.append(block[:, :, :missing])
            self._waiting_frames += self._waiting[-1].shape[2]
            block = block[:, :, missing:]
            if self._waiting_frames == SEGMENT_FRAMES:
                self._submit()
        while self._pending and self._pending[0].done():
            self._pending.popleft().result()
        if self._undrawable:
            raise self._undrawable

    def close(self) -> None:
        """Finishes the last segment and waits until everything has been put."""
        try:
            if self._taken != self._frames:
                raise ValueError(f"{self._taken} frames were given, {self._frames} promised")
            if self._waiting_frames:
                self._submit()
            while self._pending:
                self._pending.popleft().result()
            self._end_drawing()
            if self._undrawable:
                raise self._undrawable
            self._put_peaks()
        finally:
            self.abort()

    def abort(self) -> None:
        """Ends the background work; what was put stays."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._end_drawing()

    def _submit(self) -> None:
        while len(self._pending) >= self.QUEUE:
            self._pending.popleft().result()
        sound = np.concatenate(self._waiting, axis=2)
        self._waiting.clear()
        self._waiting_frames = 0
        self._pending.append(self._pool.submit(self._encode, self._segments, sound))
        self._segments += 1

    def _encode(self, number: int, sound: NDArray[np.float32]) -> None:
        peaks = []
        clipped = 0
        for stem, samples in zip(self._stems, sound, strict=True):
            pcm = to_pcm(samples, self._gain)
            clipped += int(np.count_nonzero(np.abs(samples) * self._gain > 1))
            peaks.append(peaks_of(pcm))
            self._put(f"{stem}/flac/{number}.flac", encode(pcm, "flac", sample_rate=self._sample_rate))
        with self._changed:
            self._clipped += clipped
            self._ahead[number] = peaks
            if self._finished not in self._ahead:
                return
            while self._finished in self._ahead:
                for known, new in zip(self._peaks, self._ahead.pop(self._finished), strict=True):
                    known.extend(new)
                self._finished += 1
            if self._on_stored:
                self._on_stored(min(self._frames, self._finished * SEGMENT_FRAMES))
            self._changed.notify_all()

    def _draw(self) -> None:
        """Put peaks as they grow: in a thread of its own, since media that is away must hold up no heartbeat."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._finished > self._drawn or self._over.is_set())
            if self._over.is_set():
                return
            try:
                self._put_peaks()
            except Exception as error:
                self._undrawable = error
                return
            self._over.wait(self.PEAKS_SECONDS)

    def _put_peaks(self) -> None:
        with self._changed:
            finished, contents = self._finished, [bytes(peaks) for peaks in self._peaks]
        if finished > self._drawn:
            for stem, content in zip(self._stems, contents, strict=True):
                self._put(f"{stem}/peaks.bin", content)
            self._drawn = finished

    def _end_drawing(self) -> None:
        with self._changed:
            self._over.set()
            self._changed.notify_all()
        self._drawer.join()
