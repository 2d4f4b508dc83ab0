"""What is known of a whole song after one pass over it, in memory that doesn't grow with the song."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Statistics:
    """Levels of a whole stereo song, full scale = 1. A model that normalises by the song (and not by the piece it is
    looking at) takes what it needs from here, so that streaming gives what looking at the whole song would have given.
    """

    frames: int
    peak: float
    rms: float  # over both channels


class Meter:
    """Collects Statistics block by block; sums are kept in double precision."""

    def __init__(self) -> None:
        self._frames = 0
        self._peak = 0.0
        self._energy = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        """Takes the next (channels, samples) of the song."""
        if not block.size:
            return
        self._frames += block.shape[1]
        self._peak = max(self._peak, float(block.max()), -float(block.min()))
        self._energy += sum(_energy(channel) for channel in block) / len(block)

    def read(self) -> Statistics:
        """The statistics of all blocks so far."""
        rms = math.sqrt(self._energy / max(1, self._frames))
        return Statistics(frames=self._frames, peak=self._peak, rms=rms)


def measure(sound: NDArray[np.float32]) -> Statistics:
    """The statistics of a song that is there as a whole, (channels, samples)."""
    meter = Meter()
    meter.add(sound)
    return meter.read()


def _energy(channel: NDArray[np.float32]) -> float:
    # einsum in double precision over a float32 block would copy it; pieces of 4,096 keep the rounding below 1e-7.
    whole = channel.size // 4096 * 4096
    pieces, rest = channel[:whole].reshape(-1, 4096), channel[whole:]
    return float(np.einsum("ij,ij->i", pieces, pieces).sum(dtype=np.float64)) + float(np.dot(rest, rest))
