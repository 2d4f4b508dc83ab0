"""A stem that exists already as a file: brought to the rate of all others, in segments, with a gain of its own."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from separation.audio.decode import AudioReader, Limits
from separation.catalogue import SAMPLE_RATE
from separation.errors import AudioError, Stopped
from separation.scan import gain_for, scan
from separation.segments import Put, SegmentWriter

# Full scale. 16 bits hold -1, and 1 but for their last step, which isn't worth another gain: with that, all of a stem
# that has one sample at -1, as clipped masters do, would be rounded anew.
LOUDEST = 1.0


@dataclass(frozen=True, slots=True)
class Imported:
    """How long a stem is, by which factor (at most 1) it was multiplied, and whether some of it is missing."""

    frames: int
    gain: float
    truncated: bool


def import_stem(
    path: str | os.PathLike[str],
    stem: str,
    put: Put,
    *,
    sample_rate: int = SAMPLE_RATE,
    limits: Limits | None = None,
    begin: Callable[[Imported, SegmentWriter], None] | None = None,
    on_stored: Callable[[int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Imported:
    """Makes segments and peaks of a sound file; `put` and `on_stored` are those of SegmentWriter.

    `begin` hears length and gain before the first segment, and gets the writer. A child process decodes, twice: first
    to know both. Raises AudioError and Stopped.
    """
    found = scan(path, sample_rate=sample_rate, limits=limits, should_stop=should_stop)
    stem_is = Imported(found.frames, gain_for(found.peak, LOUDEST), found.truncated)
    writer = SegmentWriter(put, (stem,), stem_is.frames, sample_rate, stem_is.gain, on_stored=on_stored)
    with writer:
        if begin:
            begin(stem_is, writer)
        missing = stem_is.frames
        with AudioReader(path, sample_rate=sample_rate, limits=limits, tame=found.wild) as reader:
            for block in reader:
                if should_stop and should_stop():
                    raise Stopped
                missing -= block.shape[1]
                if missing < 0:
                    break
                writer.write(block[None])
        if missing:
            raise AudioError("changed", "The file changed while it was being read; try again.", retry=True)
    return stem_is
