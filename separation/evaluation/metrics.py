"""How near an estimate is to what was wanted, over a whole song."""

import math

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # (channels, samples)
_SILENT = 1e-5  # of the mixture's energy: a reference below it counts as silent


def energy(sound: Sound) -> float:
    """Sum of squares, in double precision."""
    return float(np.einsum("ij,ij->", sound, sound, dtype=np.float64, casting="same_kind"))


def decibel(energy: float, against: float) -> float:
    """The ratio of two energies in dB, finite for silence too."""
    return 10 * math.log10((energy + 1e-9) / (against + 1e-9))


def sdr(reference: Sound, estimate: Sound) -> float:
    """Signal-to-distortion ratio in dB over the whole song: energy of the reference against that of the error."""
    return decibel(energy(reference), energy(reference - estimate))


def leakage(mixture: Sound, estimate: Sound) -> float:
    """Level in dB of what was found where nothing was, against the mixture; the lower the better."""
    return decibel(energy(estimate), energy(mixture))


def silent(reference: float, mixture: float) -> bool:
    """Whether a reference of this energy holds (next to) nothing, so that its SDR means nothing."""
    return reference <= _SILENT * mixture
