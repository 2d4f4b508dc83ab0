"""How near an estimate is to what was wanted."""

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # (channels, samples)
_SILENT = 1e-5  # of the mixture's energy: a reference below it counts as silent


def energy(sound: Sound) -> float:
    """Sum of squares, in double precision."""
    return float(np.einsum("ij,ij->", sound, sound, dtype=np.float64, casting="same_kind"))


def sdr(reference: Sound, estimate: Sound) -> float:
    """Signal-to-distortion ratio in dB over the whole song: energy of the reference against that of the error."""
    return float(10 * np.log10((energy(reference) + 1e-9) / (energy(reference - estimate) + 1e-9)))


def leakage(mixture: Sound, estimate: Sound) -> float:
    """Level in dB of what was found where nothing was, against the mixture; the lower the better."""
    return float(10 * np.log10((energy(estimate) + 1e-9) / (energy(mixture) + 1e-9)))


def silent(reference: Sound, mixture: Sound) -> bool:
    """Whether a reference holds (next to) nothing, so that its SDR means nothing."""
    return energy(reference) < _SILENT * energy(mixture)
