"""A song made by code: four stems that compress like real ones, the same on every machine.

Real stems are not at hand in a checkout, and pure tones would flatter every codec. Each stem is a loop of notes (so
that it sounds and looks like music) with noise that never repeats (breath, cymbals, room) which sets the FLAC bit rate
where stems of real songs lie: 400 to 650 kbit/s each.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 44_100
STEMS: Final = ("vocals", "drums", "bass", "other")

Samples = NDArray[np.float32]
Generator = np.random.Generator

_BEAT: Final = SAMPLE_RATE // 2  # 120 beats a minute
_LOOP_BEATS: Final = 32
_ROOTS: Final = (45, 41, 48, 43)  # A minor, F, C, G: MIDI notes, one for two bars each
_NOISE: Final = {"vocals": 1.3e-4, "drums": 1.2e-4, "bass": 1.2e-4, "other": 1.3e-4}  # 1.0 = full scale


def stem(name: str, seconds: int) -> NDArray[np.int16]:
    """The stem `name` (one of STEMS) as 16 bit samples, (2 channels, seconds * SAMPLE_RATE), loud from the start."""
    rng = np.random.default_rng(STEMS.index(name))
    loop = _LOOPS[name](rng)
    frames = seconds * SAMPLE_RATE
    music = np.tile(loop, (1, -(-frames // loop.shape[1])))[:, :frames]
    noise = rng.standard_normal((2, frames), dtype=np.float32) * np.float32(_NOISE[name])
    return np.round((music + noise).clip(-1, 1) * 32_767).astype(np.int16)


def _note(midi: float, frames: int, weights: list[float], *, decay: float, vibrato: float = 0.0) -> Samples:
    """One note: harmonics with `weights`, falling by 1/e in `decay` seconds, in shape (frames,)."""
    time = np.arange(frames, dtype=np.float32) / SAMPLE_RATE
    phase = 2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * time + vibrato * np.sin(2 * np.pi * 5.5 * time)
    tone = sum(weight * np.sin((k + 1) * phase) for k, weight in enumerate(weights))
    edges = np.minimum(1, np.minimum(time, time[::-1]) * 200)  # 5 ms in and out, so that notes don't click
    return np.asarray(tone * np.exp(-time / decay) * edges, np.float32)


def _place(loop: Samples, beat: float, sound: Samples, left: float = 0.5, right: float = 0.5) -> None:
    """Add `sound` to the loop at `beat`, with a gain for each channel; what passes the end is cut off."""
    start = int(beat * _BEAT)
    sound = sound[: loop.shape[1] - start]
    loop[:, start : start + sound.size] += np.outer([left, right], sound).astype(np.float32)


def _empty() -> Samples:
    return np.zeros((2, _LOOP_BEATS * _BEAT), np.float32)


def _root(beat: float) -> int:
    return _ROOTS[int(beat) // 8]


def _vocals(rng: Generator) -> Samples:
    loop = _empty()
    formants = [0.5, 0.8, 1.0, 0.6, 0.3, 0.4, 0.5, 0.3, 0.1, 0.05, 0.1, 0.15, 0.08]
    for beat in range(_LOOP_BEATS):
        pitch = _root(beat) + 12 + int(rng.choice([0, 3, 7, 10, 12]))
        _place(loop, beat, _note(pitch, _BEAT, formants, decay=0.8, vibrato=0.4), 0.1, 0.1)
    return loop


def _drums(rng: Generator) -> Samples:
    loop = _empty()
    time = np.arange(_BEAT, dtype=np.float32) / SAMPLE_RATE
    kick = np.sin(2 * np.pi * (50 * time + 4 * (1 - np.exp(-time / 0.03)))) * np.exp(-time / 0.12)
    for beat in range(_LOOP_BEATS):
        hiss = rng.standard_normal((3, _BEAT)).astype(np.float32)
        if beat % 2 == 0:
            _place(loop, beat, np.asarray(kick, np.float32), 0.6, 0.6)
        else:
            _place(loop, beat, hiss[0] * np.exp(-time / 0.05), 0.08, 0.08)
        for half, side in ((0.0, 0.02), (0.5, 0.015)):
            _place(
                loop,
                beat + half,
                np.diff(hiss[1 + int(half * 2)]) * np.exp(-time[1:] / 0.03),
                side,
                0.035 - side,
            )
    return loop


def _bass(_: Generator) -> Samples:
    loop = _empty()
    saw = [1 / (k + 1) ** 1.3 for k in range(16)]
    for half in range(2 * _LOOP_BEATS):
        octave = 12 if half % 4 == 3 else 0
        _place(loop, half / 2, _note(_root(half / 2) - 12 + octave, _BEAT // 2, saw, decay=0.3), 0.25, 0.25)
    return loop


def _other(rng: Generator) -> Samples:
    loop = _empty()
    bright = [1 / (k + 1) ** 1.6 for k in range(16)]
    for beat in range(0, _LOOP_BEATS, 4):
        for interval in (0, 3, 7, 12, 15):
            left, right = rng.uniform(0.02, 0.08, 2)
            _place(loop, beat, _note(_root(beat) + 12 + interval, 4 * _BEAT, bright, decay=2.5), left, right)
    return loop


_LOOPS: Final[dict[str, Callable[[Generator], Samples]]] = {
    "vocals": _vocals,
    "drums": _drums,
    "bass": _bass,
    "other": _other,
}
