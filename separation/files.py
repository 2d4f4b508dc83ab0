"""Whole stems as files on a disk: what the command line does, in memory that doesn't grow with the song."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from separation.audio.decode import Limits
from separation.audio.encode import Encoder, to_pcm
from separation.models.base import Model
from separation.pipeline import separate
from separation.scan import Scan, scan


@dataclass(frozen=True, slots=True)
class Written:
    """What a separation left on the disk: one file per stem, all scaled by `scan.gain`."""

    files: tuple[Path, ...]
    scan: Scan
    clipped: int  # samples louder than full scale


def separate_to_files(
    song: Path,
    folder: Path,
    model: Model,
    *,
    format: str = "flac",  # noqa: A002
    limits: Limits | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Written:
    """Writes `folder/<stem>.<format>` (flac or wav, 16 bits) for every stem of `song`.

    The files appear when all of them are complete; before, and when anything fails, there is nothing and what was
    there stays. `progress` hears (frames done, frames in all). Raises AudioError, ModelError, Stopped and OSError.
    """
    found = scan(song, sample_rate=model.info.sample_rate, limits=limits, should_stop=should_stop)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name[:60]}-", suffix=".part", dir=folder.parent))
    try:
        names = [f"{stem}.{format}" for stem in model.info.sources]
        clipped = done = 0
        with ExitStack() as stack:
            encoders = [
                stack.enter_context(Encoder(part / name, format, sample_rate=found.sample_rate))
                for name in names
            ]
            for block in separate(song, model, found, should_stop=should_stop, limits=limits, notice=notice):
                for encoder, stem in zip(encoders, block, strict=True):
                    encoder.write(to_pcm(stem, found.gain))
                clipped += int(np.count_nonzero(np.abs(block) * found.gain > 1))
                done += block.shape[2]
                if progress:
                    progress(done, found.frames)
        folder.mkdir(exist_ok=True)
        for name in names:
            os.replace(part / name, folder / name)  # noqa: PTH105
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Written(tuple(folder / name for name in names), found, clipped)
