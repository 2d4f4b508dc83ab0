"""The outline of a stem that players draw: smallest and largest sample of every short block."""

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_PEAK = 441


def peaks_of(pcm: NDArray[np.int16]) -> bytes:
    """int8 pairs (min, max) over all channels for every 441 frames of (channels, samples); 127 is full scale.

    Rounded outward, so that no sample is outside of its outline. The last block may be shorter.
    """
    starts = np.arange(0, pcm.shape[1], FRAMES_PER_PEAK)
    lowest = np.minimum.reduceat(pcm.min(axis=0), starts).astype(np.float32)
    highest = np.maximum.reduceat(pcm.max(axis=0), starts).astype(np.float32)
    pairs = np.stack([np.floor(lowest * (127 / 32768)), np.ceil(highest * (127 / 32768))], axis=1)
    return pairs.astype(np.int8).tobytes()
