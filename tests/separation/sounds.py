"""Music made in code: small enough for a test, rich enough to be separated."""

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
Sound = NDArray[np.float32]


def noise(frames: int, *, channels: int = 2, level: float = 0.1, seed: int = 0) -> Sound:
    """White noise (channels, frames)."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((channels, frames)) * level).astype(np.float32)


def song(seconds: float, *, seed: int = 0) -> dict[str, Sound]:
    """Four stems (2, frames) of a made-up song at 120 beats a minute: a gliding voice, drums, bass and chords."""
    frames = round(seconds * RATE)
    rng = np.random.default_rng(seed)
    return {
        "vocals": _pan(_voice(frames, rng), 0.5),
        "drums": _pan(_drums(frames, rng), 0.45),
        "bass": _pan(_bass(frames, rng), 0.5),
        "other": _chords(frames),
    }


def mix(stems: dict[str, Sound]) -> Sound:
    """The sum of the stems (2, frames)."""
    return np.asarray(np.sum(list(stems.values()), axis=0), np.float32)


def _pan(mono: NDArray[np.float64], place: float) -> Sound:
    return np.stack([mono * np.cos(place * np.pi / 2), mono * np.sin(place * np.pi / 2)]).astype(np.float32)


def _voice(frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Phrases of two seconds in three: harmonics with vibrato and glides under two moving formants."""
    time = np.arange(frames) / RATE
    notes = 220 * 2 ** (rng.integers(0, 12, frames // (RATE // 3) + 2) / 12)
    steps = np.interp(time, np.arange(len(notes)) / 3, notes)
    pitch = steps * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * time))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    vowel = np.sin(2 * np.pi * 0.7 * time)
    sound = np.zeros(frames)
    for harmonic in range(1, 25):
        hertz = pitch * harmonic
        formants = ((600 + 200 * vowel, 180), (1500 - 500 * vowel, 300))
        gain = sum(np.exp(-(((hertz - centre) / width) ** 2)) for centre, width in formants)
        sound += (gain + 0.05 / harmonic) * np.sin(harmonic * phase) * (hertz < 9000)
    sings = np.clip(np.minimum(time % 3, 2 - time % 3) * 12, 0, 1)
    return np.asarray(0.12 * sound * sings)


def _drums(frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Kick on the beat, snare off the beat, hats between."""
    sound = np.zeros(frames + RATE)
    length = RATE // 4
    decay = np.arange(length) / RATE
    kick = np.sin(2 * np.pi * (50 * decay + 3 * (1 - np.exp(-decay * 40)))) * np.exp(-decay * 14)
    for number, start in enumerate(range(0, frames, RATE // 4)):
        hit = 0.12 * np.diff(rng.standard_normal(length + 1)) * np.exp(-decay * 60)
        if number % 4 == 0:
            hit += 0.6 * kick
        if number % 4 == 2:
            hit += 0.35 * rng.standard_normal(length) * np.exp(-decay * 25)
        sound[start : start + length] += hit
    return sound[:frames]


def _bass(frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Eighth notes, a few harmonics each."""
    time = np.arange(frames) / RATE
    notes = 55 * 2 ** (rng.choice([0, 3, 5, 7], frames // (RATE // 2) + 1) / 12)
    pitch = np.repeat(notes, RATE // 2)[:frames]
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    pluck = np.exp(-(time % 0.25) * 6)
    return np.asarray(0.3 * pluck * sum(np.sin(number * phase) / number**1.5 for number in range(1, 6)))


def _chords(frames: int) -> Sound:
    """Held chords, a little wide."""
    time = np.arange(frames) / RATE
    roots = np.array([0, -4, -2, -5])[(time // 2).astype(int) % 4]
    sides = []
    for detune in (0.999, 1.001):
        sound = np.zeros(frames)
        for step in (0, 4, 7):
            phase = 2 * np.pi * np.cumsum(330 * detune * 2 ** ((roots + step) / 12)) / RATE
            sound += sum(np.sin(number * phase) / number for number in range(1, 7))
        sides.append(0.05 * sound)
    return np.stack(sides).astype(np.float32)


def sdr(reference: NDArray[np.floating], estimate: NDArray[np.floating]) -> float:
    """Signal to distortion ratio of a whole sound in dB."""
    error = float(np.sum((reference.astype(np.float64) - estimate) ** 2))
    return 10 * float(np.log10(np.sum(reference.astype(np.float64) ** 2) / max(error, 1e-20)))
