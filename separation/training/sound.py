"""Shared words for sound while songs are made: float32 arrays (2, samples) at 44,100 Hz."""

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
Sound = NDArray[np.float32]


def silence(samples: int) -> Sound:
    """(2, samples) of nothing."""
    return np.zeros((2, samples), np.float32)


def fit(sound: Sound, samples: int) -> Sound:
    """Cut or filled up with zeros to (2, samples)."""
    out = silence(samples)
    length = min(samples, sound.shape[1])
    out[:, :length] = sound[:, :length]
    return out


def levelled(sound: Sound) -> Sound | None:
    """Scaled so that the 100 ms blocks where something sounds have a root mean square of 0.1; None where nothing does.

    Peaks above full scale are rounded off."""
    count = sound.shape[1] // 4410
    blocks = np.sqrt((sound[:, : count * 4410].reshape(2, count, 4410) ** 2).mean((0, 2)))
    if not np.isfinite(sound).all() or blocks.max() < 1e-5:
        return None
    active = blocks[blocks > 0.05 * blocks.max()]
    sound = sound * np.float32(0.1 / np.sqrt((active**2).mean()))
    peak = float(np.abs(sound).max())
    if peak > 0.95:
        sound = np.tanh(sound * min(1.0, 1.6 / peak))
    return sound.astype(np.float32)
