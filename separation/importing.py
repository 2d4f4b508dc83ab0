"""Stems that exist already as files, brought to one rate and one length."""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from separation.audio.decode import AudioReader, Limits
from separation.catalogue import SAMPLE_RATE
from separation.errors import AudioError, Stopped
from separation.scan import Scan, gain_for, scan
from separation.segments import Put, SegmentWriter
from separation.small import Get, SmallRendition

BLOCK = 1 << 16
LOUDEST = 32767 / 32768  # what 16 bits hold


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the files: every stem has `frames`, and was multiplied by `gain` (at most 1)."""

    frames: int
    sample_rate: int
    gain: float
    scans: Mapping[str, Scan]


def import_stems(
    files: Mapping[str, str | os.PathLike[str]],
    put: Put,
    *,
    get: Get | None = None,
    sample_rate: int = SAMPLE_RATE,
    limits: Limits | None = None,
    on_scan: Callable[[Imported], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Imported:
    """Makes segments and peaks of sound files, one per stem id; shorter ones end in silence.

    `put` is that of SegmentWriter. With `get`, which reads what was put, the small rendition is made as well. `on_scan`
    hears length and gain before the first segment, `on_progress` the frames that are available. One child process per
    stem decodes. Raises AudioError with the stem's id in front, and Stopped.
    """
    scans = {}
    for stem, path in files.items():
        try:
            scans[stem] = scan(path, sample_rate=sample_rate, limits=limits, should_stop=should_stop)
        except AudioError as error:
            raise AudioError(error.code, f"{stem}: {error.message}", retry=error.retry) from error
    result = Imported(
        frames=max(found.frames for found in scans.values()),
        sample_rate=sample_rate,
        gain=gain_for(max(found.peak for found in scans.values()), LOUDEST),
        scans=scans,
    )
    if on_scan:
        on_scan(result)
    tracks = [_evenly(path, result.frames, sample_rate, limits) for path in files.values()]
    try:
        with SmallRendition(get, put, tuple(files)) if get else nullcontext() as small:
            grow = small.grow if small else None
            with SegmentWriter(
                put, tuple(files), result.frames, sample_rate, result.gain, on_available=grow
            ) as writer:
                for blocks in zip(*tracks, strict=True):
                    if should_stop and should_stop():
                        raise Stopped
                    writer.write(np.stack(blocks))
                    if on_progress:
                        on_progress(writer.available_frames)
            if small:
                small.finish(should_stop)
    finally:
        for track in tracks:
            track.close()
    return result


def _evenly(
    path: str | os.PathLike[str], frames: int, sample_rate: int, limits: Limits | None
) -> Generator[NDArray[np.float32], None, None]:
    """A file as blocks (2, BLOCK), the last one shorter, filled up to `frames` with silence."""
    given = 0
    held = np.zeros((2, 0), np.float32)
    with AudioReader(path, sample_rate=sample_rate, limits=limits) as reader:
        for block in chain(reader, _silence()):
            held = np.concatenate([held, block], axis=1)
            while held.shape[1] >= (wanted := min(BLOCK, frames - given)):
                yield held[:, :wanted]
                given += wanted
                if given == frames:
                    return
                held = held[:, wanted:]


def _silence() -> Iterator[NDArray[np.float32]]:
    while True:
        yield np.zeros((2, BLOCK), np.float32)
