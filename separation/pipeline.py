"""A song in, its stems out, while it is being decoded; memory doesn't depend on the song's length."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray

from separation.audio.decode import AudioReader, Limits
from separation.errors import AudioError, Stopped
from separation.models.base import Model
from separation.runner import Runner
from separation.scan import Scan
from separation.windows import Window, windows

Block = NDArray[np.float32]

# Windows are worked on side by side, each in one thread: on two cores that is 1.9 times as fast as one window in two
# threads, as a recurrent network has little to share. More than four would cost memory for nothing.
MOST_WORKERS = 4


def separate(
    path: str | os.PathLike[str],
    model: Model,
    scan: Scan,
    *,
    should_stop: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    notice: Callable[[str], None] | None = None,
) -> Generator[Block, None, None]:
    """Final blocks (stems, channels, samples) of the song in order, not scaled by `scan.gain`; `scan.frames` in all.

    In every block the stems sum to the mixture to float precision: what the model left over goes to its last source.
    `should_stop` is asked before each window; a yes raises Stopped. `notice` hears what a person should know, such as
    a full GPU. Closing the generator ends the child process and the threads. Raises AudioError and ModelError.
    """
    if scan.sample_rate != model.info.sample_rate:
        raise ValueError(f"the scan is at {scan.sample_rate} Hz, the model at {model.info.sample_rate} Hz")
    runner = Runner(model, scan.statistics, notice)
    with ExitStack() as stack:
        reader = stack.enter_context(
            AudioReader(path, sample_rate=scan.sample_rate, limits=limits, tame=scan.wild)
        )
        mixture = Mixture(reader, scan.frames)
        stack.callback(runner.close)
        workers, threads = _parallel(model.device)
        pool = ThreadPoolExecutor(workers, "separate", initializer=torch.set_num_threads, initargs=(threads,))
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        joiner = Joiner()
        pending: deque[tuple[list[Window], list[Block], Future[list[Block]]]] = deque()
        batches = _batches(windows(scan.frames, model), runner)
        batch = next(batches, None)
        while batch or pending:
            if should_stop and should_stop():
                raise Stopped
            # One more than there are workers: it is decoded while they work.
            while batch and len(pending) <= workers:
                pieces = [mixture.read(window.low, window.high) for window in batch]
                pending.append((batch, pieces, pool.submit(runner, pieces, batch[0].kept)))
                batch = next(batches, None)
            done, pieces, result = pending.popleft()
            for window, piece, stems in zip(done, pieces, result.result(), strict=True):
                yield joiner.join(window, piece, stems)
        mixture.finish()


class Mixture:
    """The decoded song, of which only what is still needed is kept."""

    def __init__(self, reader: AudioReader, frames: int) -> None:
        self._blocks = iter(reader)
        self._frames = frames
        self._held: deque[Block] = deque()
        self._low = self._high = 0  # the frames that are held

    def read(self, low: int, high: int) -> Block:
        """Frames [low, high) as (channels, samples); what lies before `low` is forgotten."""
        while self._high < high:
            block = next(self._blocks, None)
            if block is None:
                raise _changed()
            self._held.append(block)
            self._high += block.shape[1]
        while self._low + self._held[0].shape[1] <= low:
            self._low += self._held.popleft().shape[1]
        return np.concatenate(self._held, axis=1)[:, low - self._low : high - self._low]

    def finish(self) -> None:
        """Makes sure that the song ends where the scan said."""
        if self._high != self._frames or next(self._blocks, None) is not None:
            raise _changed()


class Joiner:
    """Puts the stems of overlapping windows together (overlap-add with linear fades)."""

    def __init__(self) -> None:
        self._tail: Block | None = None

    def join(self, window: Window, piece: Block, stems: Block) -> Block:
        """The final stems of [start, stop), from the window's mixture over [low, high) and its stems, which are
        written to."""
        mixture = piece[:, window.kept]
        if self._tail is not None:
            fade = self._tail.shape[-1]
            stems[..., :fade] *= _ramp(fade)
            stems[..., :fade] += self._tail
        kept = window.stop - window.start
        final, tail = stems[..., :kept], stems[..., kept:]
        self._tail = tail * _ramp(tail.shape[-1])[::-1] if tail.size else None
        final[-1] += mixture[:, :kept] - final.sum(axis=0)
        return final


def _ramp(length: int) -> NDArray[np.float32]:
    """Rises linearly within (0, 1), and sums to one with its mirror image."""
    return ((np.arange(length) + 0.5) / max(1, length)).astype(np.float32)


def _batches(all_windows: Iterator[Window], runner: Runner) -> Iterator[list[Window]]:
    """Neighbours of which one length is of use in the same place, as many as the runner takes at once."""
    for _, group in groupby(all_windows, key=lambda window: (window.length, window.kept)):
        batch: list[Window] = []
        for window in group:
            batch.append(window)
            if len(batch) >= runner.batch:
                yield batch
                batch = []
        if batch:
            yield batch


def _parallel(device: torch.device) -> tuple[int, int]:
    """How many windows at once, and threads for each."""
    if device.type != "cpu":
        return 1, torch.get_num_threads()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(cores, MOST_WORKERS)
    return workers, max(1, cores // workers)


def _changed() -> AudioError:
    return AudioError("changed", "The file changed while it was being separated; try again.", retry=True)
