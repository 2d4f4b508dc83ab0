"""What engineers do to a track: equalisers, compression, amplifiers, rooms, doubles, a place in the image."""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.signal import fftconvolve, sosfilt

from separation.training.score import Random
from separation.training.sound import RATE, Sound

Band = tuple[str, float, float, float]  # kind (peak, low shelf, high shelf, high-pass, low-pass), Hz, dB, Q


def _biquad(kind: str, frequency: float, gain: float, q: float) -> NDArray[np.float64]:
    """Second-order section from Bristow-Johnson's cookbook."""
    a, w = 10 ** (gain / 40), 2 * np.pi * frequency / RATE
    c, alpha = np.cos(w), np.sin(w) / 2 / q
    if kind == "peak":
        num, den = (1 + alpha * a, -2 * c, 1 - alpha * a), (1 + alpha / a, -2 * c, 1 - alpha / a)
    elif kind == "high-pass":
        num, den = ((1 + c) / 2, -1 - c, (1 + c) / 2), (1 + alpha, -2 * c, 1 - alpha)
    elif kind == "low-pass":
        num, den = ((1 - c) / 2, 1 - c, (1 - c) / 2), (1 + alpha, -2 * c, 1 - alpha)
    else:
        k, sign = 2 * np.sqrt(a) * alpha, 1 if kind == "low shelf" else -1
        num = (
            a * (a + 1 - sign * (a - 1) * c + k),
            sign * 2 * a * (a - 1 - sign * (a + 1) * c),
            a * (a + 1 - sign * (a - 1) * c - k),
        )
        den = (
            a + 1 + sign * (a - 1) * c + k,
            sign * -2 * (a - 1 + sign * (a + 1) * c),
            a + 1 + sign * (a - 1) * c - k,
        )
    return np.asarray(np.array([*num, *den]) / den[0])


def equalise(x: Sound, *bands: Band) -> Sound:
    """Through all bands, one after the other."""
    return np.asarray(sosfilt(np.array([_biquad(*band) for band in bands]), x, axis=-1), np.float32)


def random_equaliser(rng: Random, x: Sound) -> Sound:
    """Two shelves and two bells."""
    bands: list[Band] = [
        ("low shelf", rng.uniform(80, 300), rng.normal() * 2.5, 0.7),
        ("high shelf", rng.uniform(3000, 9000), rng.normal() * 3, 0.7),
    ]
    for _ in range(2):
        frequency = float(np.exp(rng.uniform(*np.log((150, 8000)))))
        bands.append(("peak", frequency, rng.normal() * 3, rng.uniform(0.5, 2)))
    return equalise(x, *bands)


@njit(cache=True)
def _follow(
    x: NDArray[np.float32], threshold: float, power: float, attack: float, release: float
) -> NDArray[np.float32]:
    envelope = 0.0
    gain = np.ones(x.shape[1], np.float32)
    for i in range(x.shape[1]):
        peak = max(abs(x[0, i]), abs(x[1, i]))
        envelope += (attack if peak > envelope else release) * (peak - envelope)
        if envelope > threshold:
            gain[i] = (envelope / threshold) ** power
    return gain


def compression(
    x: Sound, threshold: float, ratio: float, attack: float, release: float
) -> NDArray[np.float32]:
    """(samples,) gain of a feed-forward compressor with linked channels; times in seconds."""
    rates = [float(1 - np.exp(-1 / (RATE * seconds))) for seconds in (attack, release)]
    return np.asarray(_follow(x, threshold, 1 / ratio - 1, *rates), np.float32)


def compress(rng: Random, x: Sound) -> Sound:
    """A compressor with settings drawn at random."""
    rms = float(np.sqrt((x**2).mean())) + 1e-9
    ratio, attack, release = rng.uniform(1.5, 8), rng.uniform(0.001, 0.03), rng.uniform(0.04, 0.3)
    return x * compression(x, rms * rng.uniform(0.7, 2), ratio, attack, release)


def drive(x: Sound, gain: float) -> Sound:
    """Saturation that keeps the peak."""
    peak = float(np.abs(x).max()) + 1e-9
    return np.asarray(np.tanh(x / peak * gain) / np.tanh(gain) * peak, np.float32)


def amplifier(rng: Random, x: Sound) -> Sound:
    """A guitar amplifier and its cabinet: mono, from just crunchy to a wall."""
    mono = equalise(x.mean(0, keepdims=True).repeat(2, 0), ("high-pass", rng.uniform(70, 180), 0, 0.7))
    gain = float(np.exp(rng.uniform(*np.log((3, 100)))))
    y = np.tanh(mono / (np.abs(mono).max() + 1e-9) * gain + rng.uniform(0, 0.3))
    return equalise(
        np.asarray(y - y.mean(), np.float32),
        ("high-pass", 70, 0, 0.7),
        ("peak", rng.uniform(80, 140), 3, 1),
        ("peak", rng.uniform(400, 900), rng.uniform(-9, 2), 0.8),
        ("peak", rng.uniform(1800, 3500), rng.uniform(0, 8), 0.9),
        ("low-pass", rng.uniform(3800, 7500), 0, 0.7),
        ("low-pass", rng.uniform(4500, 9000), 0, 0.7),
    )


def delayed(x: Sound, samples: int) -> Sound:
    """Later by `samples`, the same length."""
    out = np.zeros_like(x)
    out[..., samples:] = x[..., : x.shape[-1] - samples]
    return out


def wobble(rng: Random, x: Sound, depth: float, rate: float) -> Sound:
    """Each channel through a delay line that swings by `depth` seconds, `rate` times a second."""
    t = np.arange(x.shape[1], dtype=np.float64)
    out = np.empty_like(x)
    for channel in (0, 1):
        swing = np.sin(2 * np.pi * rate * rng.uniform(0.8, 1.2) * t / RATE + rng.uniform(0, 6.3))
        place = np.clip(t - RATE * (rng.uniform(0.004, 0.02) + depth * (1 + swing)), 0, len(t) - 2)
        index = place.astype(np.int64)
        part = (place - index).astype(np.float32)
        out[channel] = x[channel, index] * (1 - part) + x[channel, index + 1] * part
    return out


def chorus(rng: Random, x: Sound) -> Sound:
    """A detuned copy on either side."""
    return x + np.float32(rng.uniform(0.3, 0.9)) * wobble(
        rng, x, rng.uniform(0.0005, 0.004), rng.uniform(0.2, 1.5)
    )


def tremolo(rng: Random, x: Sound) -> Sound:
    """Loud and soft in turn."""
    swing = np.sin(2 * np.pi * rng.uniform(3, 8) * np.arange(x.shape[1]) / RATE)
    return (x * (1 - rng.uniform(0.2, 0.5) * (1 + swing))).astype(np.float32)


def echo(rng: Random, x: Sound, tempo: float) -> Sound:
    """Repeats in time with the music, from side to side."""
    delay = int(60 / tempo * float(rng.choice([0.25, 0.5, 0.75, 1])) * RATE)
    out, current, gain = x.copy(), x, np.float32(rng.uniform(0.15, 0.5))
    for _ in range(3):
        current = delayed(current, delay)[::-1] * gain
        out += current
    return out


def room(rng: Random, wettest: float, longest: float) -> Sound:
    """(2, samples) the response of a room: decaying noise, darker or brighter, after a short pause."""
    seconds = float(np.exp(rng.uniform(*np.log((0.2, longest)))))
    t = np.arange(int(RATE * min(seconds, 1.8))) / RATE
    tail = (rng.standard_normal((2, len(t))) * 10 ** (-3 * t / seconds)).astype(np.float32)
    tail = equalise(
        tail, ("low-pass", rng.uniform(2500, 11000), 0, 0.6), ("high-pass", rng.uniform(80, 400), 0, 0.7)
    )
    tail = np.pad(tail, ((0, 0), (int(rng.uniform(0, 0.05) * RATE), 0)))
    loud = rng.uniform(0.05, wettest) / np.sqrt((tail**2).sum(1, keepdims=True))
    return np.asarray(tail * loud, np.float32)


def reverb(rng: Random, x: Sound, wettest: float = 0.5, longest: float = 3.0) -> Sound:
    """With a room around it; x is (..., 2, samples), and what is stacked stands in the same room."""
    tail = room(rng, wettest, longest)
    tail = tail.reshape((1,) * (x.ndim - 2) + tail.shape)
    return x + np.asarray(fftconvolve(x, tail, axes=-1)[..., : x.shape[-1]], np.float32)


def place(rng: Random, x: Sound) -> Sound:
    """Somewhere between the speakers, without telling what it is: centred, narrow, panned, wide, doubled, or as it was.

    A generator that always had voices and basses in the middle taught that the middle is voices and basses."""
    mid, side = (x[0] + x[1]) / 2, (x[0] - x[1]) / 2
    manner = rng.random()
    if manner < 0.25:  # mono
        side = side * 0
    elif manner < 0.4:  # a second playing, late, as the side (Haas)
        side = side + rng.uniform(0.3, 1.0) * delayed(mid, int(rng.uniform(0.003, 0.03) * RATE))
    elif manner < 0.5:  # two different playings, hard left and hard right
        other = wobble(rng, np.stack([mid, mid]), rng.uniform(0.0005, 0.003), rng.uniform(0.1, 0.6))[0]
        mid, side = (mid + other) / 2, (mid - other) / 2
    else:
        side = side * rng.uniform(0.2, 1.8)
    angle = np.pi / 4 * (1 + (rng.uniform(-0.9, 0.9) if rng.random() < 0.35 else rng.uniform(-0.12, 0.12)))
    return np.stack([(mid + side) * np.cos(angle), (mid - side) * np.sin(angle)]).astype(
        np.float32
    ) * np.float32(2**0.5)
