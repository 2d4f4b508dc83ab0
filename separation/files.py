"""Whole stems as files on a disk: what the command line does, in memory that doesn't grow with the song."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from separation.audio.encode import Encoder, Samples, quantised, restored
from separation.errors import ModelError
from separation.models.base import Model
from separation.pipeline import Block, separate
from separation.scan import Scan, scan

Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Output:
    """How stems are written.

    `format` is flac, wav or mp3; `bits` is 16, 24 (flac, wav) or 32 (floats, wav); `bitrate` is an MP3's in bits per
    second. `two` names one stem: then there are that one and `no_<stem>`, the mixture without it. With `gain` all stems
    are turned down by the scan's one factor, so that none clips; without, they sum to the mixture as it is.
    """

    format: str = "flac"
    bits: int = 16
    bitrate: int | None = None
    two: str | None = None
    gain: bool = True

    def names(self, sources: Sequence[str]) -> list[str]:
        """The files that a model with these sources will make. Raises ModelError `unknown_stem`."""
        if self.two is not None and self.two not in sources:
            message = f"This model has no stem {self.two[:60]!r}. Choose one of: {', '.join(sources)}."
            raise ModelError("unknown_stem", message)
        stems = sources if self.two is None else (self.two, f"no_{self.two}")
        return [f"{stem}.{self.format}" for stem in stems]

    def sound(self, block: Block, sources: Sequence[str], gain: float) -> Sound:
        """A block (stems, channels, samples) as the files share it: (files, channels, samples), times `gain`."""
        scaled = block.astype(np.float64) * gain
        if self.two is None:
            return scaled
        stem = scaled[sources.index(self.two)]
        return np.stack([stem, scaled.sum(axis=0) - stem])

    def samples(self, sound: Sound) -> list[Samples]:
        """What goes into each file."""
        if self.two is None:
            return [quantised(stem, self.bits) for stem in sound]
        stem = quantised(sound[0], self.bits)
        # The rest is what the stem's file lacks, its rounding included: together they are the mixture.
        return [stem, quantised(sound.sum(axis=0) - restored(stem), self.bits)]


@dataclass(frozen=True, slots=True)
class Written:
    """What a separation left on the disk. All files are scaled by `gain`."""

    files: tuple[Path, ...]
    scan: Scan
    gain: float
    clipped: int  # samples louder than full scale: cut off, unless they are floats


def separate_to_files(
    song: Path,
    folder: Path,
    model: Model,
    output: Output,
    *,
    progress: Callable[[int, int], None],
    notice: Callable[[str], None],
) -> Written:
    """Writes the stems of `song` into `folder`, as `output` says.

    The files appear when all of them are complete; before, and when anything fails, there is nothing and what was
    there stays. `progress` hears (frames done, frames in all), `notice` what a person should know. Raises
    AudioError, ModelError and OSError.
    """
    names = output.names(model.info.sources)
    found = scan(song, sample_rate=model.info.sample_rate)
    gain = found.gain if output.gain else 1.0
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name[:60]}-", suffix=".part", dir=folder.parent))
    part = aside / "stems"
    try:
        part.mkdir()
        clipped = done = 0
        with ExitStack() as stack:
            encoders = [
                stack.enter_context(
                    Encoder(
                        part / name,
                        output.format,
                        sample_rate=found.sample_rate,
                        bits=output.bits,
                        bitrate=output.bitrate,
                    )
                )
                for name in names
            ]
            for block in separate(song, model, found, notice=notice):
                sound = output.sound(block, model.info.sources, gain)
                for encoder, samples in zip(encoders, output.samples(sound), strict=True):
                    encoder.write(samples)
                clipped += int(np.count_nonzero(np.abs(sound) > 1))
                done += block.shape[2]
                progress(done, found.frames)
        _publish(part, folder, names)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Written(tuple(folder / name for name in names), found, gain, clipped)


def _publish(part: Path, folder: Path, names: Sequence[str]) -> None:
    """Puts complete files in their place: in one step where there is no such folder, else one after the other."""
    if not folder.exists():
        part.rename(folder)
        return
    for name in names:
        os.replace(part / name, folder / name)  # noqa: PTH105
