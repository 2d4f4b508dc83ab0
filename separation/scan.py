"""The first pass over a song: how long it is, how loud, and by how much its stems must be turned down."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from separation.audio.decode import AudioReader, Limits, Source
from separation.catalogue import SAMPLE_RATE
from separation.errors import Stopped
from separation.statistics import Meter, Statistics

# Stems are stored in 16 bits under one common gain that must be known before the first of them is. A stem can peak
# higher than the mixture that it comes from, as what cancelled it there is gone: not in a lively mix, but by 2 dB where
# a master was limited to -11 dB RMS, by 4 dB at -7 and by 5 dB at -3.5 (tests/separation/test_levels.py). So there are
# 6 dB of room, which cost one bit of sixteen; a sample that peaks higher still is clipped, alone.
HEADROOM = 0.5


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a song found out. `frames` is final: every stem will have exactly as many."""

    frames: int
    sample_rate: int
    gain: float  # multiplies every stem before it is stored; at most 1
    truncated: bool  # some of the song is missing or couldn't be decoded
    statistics: Statistics
    source: Source
    wild: bool = False  # a few samples can't be music; for all that is known here, they are silent

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.sample_rate

    @property
    def channels(self) -> int:
        """Channels of the source; stems always have two."""
        return self.source.channels

    @property
    def peak(self) -> float:
        """Largest magnitude of any sample, full scale = 1; may be above."""
        return self.statistics.peak

    @property
    def rms(self) -> float:
        """Root mean square over both channels."""
        return self.statistics.rms


def scan(
    path: str | os.PathLike[str],
    *,
    sample_rate: int = SAMPLE_RATE,
    limits: Limits | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Scan:
    """Decodes the whole song once, in bounded memory; again, where samples have to be tamed.

    Raises AudioError for what can't be separated, and Stopped when `should_stop` says so.
    """
    found = _scan(path, sample_rate, limits, should_stop, tame=False)
    # For one sample of them all of the song would be turned down until 16 bits hold nothing of it.
    return (
        replace(_scan(path, sample_rate, limits, should_stop, tame=True), wild=True) if found.wild else found
    )


def _scan(
    path: str | os.PathLike[str],
    sample_rate: int,
    limits: Limits | None,
    should_stop: Callable[[], bool] | None,
    *,
    tame: bool,
) -> Scan:
    meter = Meter()
    with AudioReader(path, sample_rate=sample_rate, limits=limits, tame=tame) as reader:
        for block in reader:
            if should_stop and should_stop():
                raise Stopped
            meter.add(block)
        statistics = meter.read()
        return Scan(
            frames=statistics.frames,
            sample_rate=sample_rate,
            gain=gain_for(statistics.peak, HEADROOM),
            truncated=reader.truncated,
            statistics=statistics,
            source=reader.source,
            wild=reader.wild,
        )


def gain_for(peak: float, highest: float) -> float:
    """The factor, at most 1, that brings `peak` down to `highest`."""
    return min(1.0, highest / peak) if peak > 0 else 1.0
