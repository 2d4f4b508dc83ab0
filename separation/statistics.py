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
    mono_mean: float  # of (left + right) / 2
    mono_std: float


class Meter:
    """Collects Statistics block by block; sums are kept in double precision."""

    def __init__(self) -> None:
        self._frames = 0
        self._peak = 0.0
        self._energy = 0.0
        self._mono_sum = 0.0
        self._mono_energy = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        """Takes the next (channels, samples) of the song."""
        if not block.size:
            return
        mono = block.mean(axis=0, dtype=np.float32)
        self._frames += block.shape[1]
        self._peak = max(self._peak, float(block.max()), -float(block.min()))
        self._energy += sum(_dot(channel, channel) for channel in block) / len(block)
        self._mono_sum += float(mono.sum(dtype=np.float64))
        self._mono_energy += _dot(mono, mono)

    def read(self) -> Statistics:
        """The statistics of all blocks so far."""
        count = max(1, self._frames)
        mean = self._mono_sum / count
        variance = max(0.0, self._mono_energy / count - mean * mean)
        return Statistics(
            frames=self._frames,
            peak=self._peak,
            rms=math.sqrt(self._energy / count),
            mono_mean=mean,
            mono_std=math.sqrt(variance),
        )


def measure(sound: NDArray[np.float32]) -> Statistics:
    """The statistics of a song that is there as a whole, (channels, samples)."""
    meter = Meter()
    meter.add(sound)
    return meter.read()


def _dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    # einsum in double precision over a float32 block would copy it; pieces of 4,096 keep the rounding below 1e-7.
    whole = a.size // 4096 * 4096
    pieces = np.einsum("ij,ij->i", a[:whole].reshape(-1, 4096), b[:whole].reshape(-1, 4096))
    return float(pieces.sum(dtype=np.float64)) + float(np.dot(a[whole:], b[whole:]))
