"""Scores made up from rules: drum patterns, bass lines and layers of pop, rock, electronic and acoustic music."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from separation.training.score import Chord, Random, Score, Track, empty_score, notes_array

KICK, RIM, SNARE, CLAP, HAT, PEDAL, OPEN, CRASH, RIDE = 36, 37, 38, 39, 42, 44, 46, 49, 51
TAMBOURINE, SHAKER, CONGAS, BONGOS, COWBELL = 54, 70, (62, 63, 64), (60, 61), 56
TOMS = (50, 47, 45, 43, 41)
_PERCUSSION = (TAMBOURINE, SHAKER, COWBELL, 75, 82, 69, *CONGAS, *BONGOS)

# Style: (slowest, fastest) in beats a minute.
STYLES = {
    "rock": (95, 150),
    "half_time": (60, 85),
    "disco": (112, 132),
    "hiphop": (78, 100),
    "trap": (62, 80),
    "funk": (90, 118),
    "ballad": (58, 88),
    "metal": (110, 200),
    "breakbeat": (140, 176),
    "synthpop": (95, 132),
    "indie": (90, 165),
    "reggae": (66, 90),
    "latin": (90, 130),
    "jazz": (100, 190),
    "acoustic": (70, 130),
}
_LAYERS = (
    "pad strings chords dense_piano arpeggio strum picking power riff lead stab organ sixteenths pluck brass_line"
).split()
_SUITED = {
    "rock": ["power", "strum", "riff"],
    "metal": ["power", "power", "riff"],
    "ballad": ["dense_piano", "strings", "pad"],
    "jazz": ["chords", "brass_line", "dense_piano"],
    "acoustic": ["picking", "strum"],
    "synthpop": ["pad", "arpeggio", "pluck"],
    "disco": ["stab", "pad", "sixteenths"],
    "indie": ["strum", "lead", "picking"],
}
_FAMILY = {
    "pad": "pads",
    "strings": "strings",
    "chords": "keys",
    "dense_piano": "piano",
    "arpeggio": "keys",
    "strum": "guitar",
    "picking": "guitar",
    "power": "guitar",
    "riff": "guitar",
    "lead": "lead",
    "stab": "brass",
    "organ": "keys",
    "sixteenths": "guitar",
    "pluck": "keys",
    "brass_line": "brass",
}
Pattern = dict[int, NDArray[np.float64]]  # drum note -> velocity of each of 16 steps


class _Grid:
    """Places notes of one track on steps of a sixteenth, as a player does: a little late, a little early."""

    def __init__(self, rng: Random, score: Score, swing: float, loose: float) -> None:
        self._rng, self._step = rng, score.bar_seconds / 16
        self._swing, self._loose = swing * self._step, loose
        self.notes: list[tuple[float, float, float, float]] = []

    def add(
        self, bar: int, step: float, length: float, pitch: float, velocity: float, late: float = 0.0
    ) -> None:
        """A note `length` steps long."""
        swing = self._swing if int(step) % 2 else 0.0
        start = (bar * 16 + step) * self._step + swing + late + self._rng.normal() * self._loose
        loud = float(np.clip(velocity + self._rng.normal() * 8, 12, 127))
        self.notes.append((max(0.0, start), max(0.03, length * self._step), float(pitch), loud))


def compose(rng: Random, seconds: float) -> Score:
    """A score in a style drawn at random."""
    style = str(rng.choice(list(STYLES)))
    score = empty_score(rng, float(rng.uniform(*STYLES[style])), 4, seconds)
    swing = float(rng.choice([0.0, 0.0, 0.0, 0.15, 0.3]) if style != "jazz" else 0.33)
    loose = float(rng.choice([0.0, rng.uniform(0.002, 0.014)]))
    chosen = set(rng.choice(_LAYERS, size=int(rng.integers(2, 5)), replace=False))
    chosen |= set(rng.choice(_SUITED.get(style, _LAYERS), size=1))
    layers = sorted(chosen)
    grids = {name: _Grid(rng, score, swing, loose) for name in ["drums", "percussion", "bass", *layers]}
    section = 4 * int(rng.integers(1, 3))
    for first in range(0, len(score.chords), section):
        bars = range(first, min(first + section, len(score.chords)))
        pattern = drum_pattern(rng, style)
        if rng.random() < 0.92:
            for bar in bars:
                _drum_bar(rng, grids["drums"], pattern, bar, fill=bar == bars[-1] or rng.random() < 0.08)
        if rng.random() < 0.25:
            _percussion(rng, grids["percussion"], bars)
        if rng.random() < 0.93:
            _bass(rng, grids["bass"], score, bars, pattern)
        for name in layers:
            if rng.random() < 0.8:
                _PLAYERS[name](rng, grids[name], score, bars)
    for name, grid in grids.items():
        if len(grid.notes) >= 4:
            family = {"percussion": "drums"}.get(name) or _FAMILY.get(name, name)
            manner = {"drums": "kit"}.get(name, name)
            score.tracks.append(Track(family, manner, notes_array(grid.notes)))
    return score


def drum_pattern(rng: Random, style: str) -> Pattern:
    """Velocities of 16 steps for each piece of the kit."""
    pattern: Pattern = {}

    def put(note: int, steps: Iterable[int], velocity: float) -> None:
        pattern.setdefault(note, np.zeros(16))[list(steps)] = velocity

    def maybe(steps: str, chance: float) -> list[int]:
        return [int(step) for step in steps.split() if rng.random() < chance]

    back = int(rng.choice([SNARE, SNARE, SNARE, 40, CLAP, RIM]))
    time = int(rng.choice([HAT, HAT, HAT, RIDE, OPEN, SHAKER, TAMBOURINE]))
    match style:
        case "disco" | "synthpop":
            put(KICK, [0, 4, 8, 12], 115)
            put(back, [4, 12], 105)
            put(OPEN, [2, 6, 10, 14], 85)
            put(HAT, maybe("0 1 3 4 5 7 8 9 11 12 13 15", 0.6), 60)
        case "trap":
            put(KICK, [0, *maybe("3 6 7 10 11 14", 0.35)], 116)
            put(int(rng.choice([SNARE, CLAP])), [8], 115)
            put(HAT, range(0, 16, int(rng.choice([1, 2]))), 80)
        case "half_time":
            put(KICK, [0, *maybe("3 6 10 11", 0.4)], 114)
            put(back, [8], 114)
            put(time, range(0, 16, 2), 85)
        case "metal":
            put(KICK, range(0, 16, int(rng.choice([1, 2]))), 112)
            put(SNARE, [4, 12] if rng.random() < 0.6 else range(2, 16, 4), 120)
            put(int(rng.choice([RIDE, CRASH, OPEN, HAT])), [0, 4, 8, 12], 100)
        case "breakbeat":
            put(KICK, [0, 10, *maybe("2 6 11", 0.4)], 115)
            put(SNARE, maybe("7 9 14 15", 0.45), 55)
            put(SNARE, [4, 12], 116)
            put(time, range(0, 16, 2), 85)
        case "reggae":
            put(KICK, [8, *maybe("0 4 12", 0.3)], 110)
            put(RIM if rng.random() < 0.6 else SNARE, [8], 105)
            put(HAT, [0, 2, 4, 6, 8, 10, 12, 14], 75)
        case "latin":
            put(KICK, [0, 6, 8, 14], 95)
            put(RIM, [0, 6, 12] if rng.random() < 0.5 else [0, 3, 6, 10, 12], 85)
            put(SHAKER, range(16), 60)
        case "jazz":
            put(RIDE, [0, 4, 7, 8, 12, 15], 80)
            put(PEDAL, [4, 12], 75)
            put(SNARE, maybe("3 6 9 10 14", 0.3), 60)
            put(KICK, maybe("0 3 8 11", 0.35), 70)
        case "acoustic":
            put(int(rng.choice([SHAKER, TAMBOURINE, BONGOS[0]])), range(0, 16, 2), 70)
            put(KICK, [0, *maybe("6 8 10", 0.5)], 80)
            put(RIM, [4, 12], 75)
        case _:
            put(KICK, [0, *maybe("3 6 7 8 10 11 14", 0.33)], 112)
            put(back, [4, 12], 112)
            if style == "funk":
                put(SNARE, maybe("1 7 9 11 15", 0.5), 45)
                put(back, [4, 12], 114)
            put(time, range(0, 16, int(rng.choice([1, 2, 2, 4]))), 85)
    if rng.random() < 0.2:
        put(int(rng.choice(_PERCUSSION)), [0, *maybe("2 3 5 6 8 10 11 13 14", 0.35)], 70)
    return pattern


def _drum_bar(rng: Random, grid: _Grid, pattern: Pattern, bar: int, *, fill: bool) -> None:
    fill_from = int(rng.choice([8, 10, 12])) if fill and rng.random() < 0.8 else 16
    for note, steps in pattern.items():
        for step in np.nonzero(steps)[0]:
            if step < fill_from or note == KICK:
                grid.add(bar, float(step), 2, note, float(steps[step]) * (1.0 if step % 4 == 0 else 0.86))
    if fill_from < 16:
        drums = rng.choice([SNARE, *TOMS], size=16 - fill_from)
        if rng.random() < 0.6:
            drums = np.sort(drums)[::-1]
        for offset, note in enumerate(drums):
            if rng.random() < 0.8:
                grid.add(bar, float(fill_from + offset), 2, int(note), 85 + 2.0 * offset)
    if HAT in pattern and rng.random() < 0.12:  # a roll
        start = int(rng.integers(8, 14))
        for third in range(8):
            grid.add(bar, start + third / 3, 1, HAT, 75)
    if bar % 4 == 0 and rng.random() < 0.5:
        grid.add(bar, 0, 8, CRASH, 105)


def _percussion(rng: Random, grid: _Grid, bars: range) -> None:
    for note in rng.choice(_PERCUSSION, size=int(rng.integers(1, 4)), replace=False):
        steps = [
            step for step in range(16) if rng.random() < (0.8 if note in {SHAKER, TAMBOURINE, 82} else 0.35)
        ]
        for bar in bars:
            for step in steps:
                grid.add(bar, step, 1, int(note), 90 if step % 4 == 0 else 65)


def _bass(rng: Random, grid: _Grid, score: Score, bars: range, pattern: Pattern) -> None:
    manner = str(rng.choice("root8 kick sustain octave syncopated arpeggio walk sixteenth drone".split()))
    low = int(rng.choice([24, 28, 28, 31, 33]))
    syncopated = [0, *(step for step in range(1, 16) if rng.random() < 0.28)]
    for bar in bars:
        chord = score.chords[bar]
        root = low + (chord.root - low) % 12
        fifth = root + chord.tones[min(2, len(chord.tones) - 1)]
        match manner:
            case "root8":
                steps, pitches = list(range(0, 16, 2)), [root]
            case "kick":
                steps, pitches = list(np.nonzero(pattern.get(KICK, np.eye(1, 16)[0]))[0]), [root]
            case "sustain":
                steps, pitches = [0], [root]
            case "octave":
                steps, pitches = list(range(0, 16, 2)), [root, root + 12]
            case "syncopated":
                steps, pitches = syncopated, [root, root, root, fifth, root + 12]
            case "arpeggio":
                steps, pitches = [0, 4, 8, 12], [root + tone for tone in chord.tones]
            case "walk":
                steps, pitches = (
                    [0, 4, 8, 12],
                    [root, root + chord.tones[1], fifth, root + int(rng.choice([-1, 10, 12]))],
                )
            case "sixteenth":
                steps, pitches = list(range(16)), [root]
            case _:
                steps, pitches = [0, 8], [low + (score.tonic - low) % 12]
        for index, step in enumerate(steps):
            following = steps[index + 1] if index + 1 < len(steps) else 16
            length = (following - step) * float(rng.choice([0.5, 0.85, 0.97]))
            pitch = (
                pitches[index % len(pitches)]
                if manner != "syncopated" or index == 0
                else int(rng.choice(pitches))
            )
            grid.add(bar, float(step), length, pitch, 100)


def _voicing(rng: Random, chord: Chord, low: int, size: int) -> list[int]:
    """`size` tones of the chord upward from about `low`."""
    tones = sorted(low + (chord.root + tone - low) % 12 for tone in chord.tones)
    while len(tones) < size:
        tones.append(tones[len(tones) - len(chord.tones)] + 12)
    return tones[int(rng.integers(2)) :][:size] if len(tones) > size else tones[:size]


def _rhythm(rng: Random, density: float) -> list[int]:
    weights = np.array([0.9, 0.1, 0.4, 0.3, 0.5, 0.1, 0.5, 0.2, 0.5, 0.1, 0.4, 0.3, 0.5, 0.1, 0.4, 0.2])
    steps = [step for step in range(16) if rng.random() < weights[step] * density]
    return steps or [0]


def _sustained(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    low, size = int(rng.integers(45, 66)), int(rng.integers(2, 6))
    for bar in bars:
        for pitch in _voicing(rng, score.chords[bar], low, size):
            grid.add(bar, 0, 16.2, pitch, 80)
        if rng.random() < 0.3:  # a moving voice above
            grid.add(bar, 8, 8, _voicing(rng, score.chords[bar], low + 12, 3)[-1], 84)


def _chords(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    low, size = int(rng.integers(48, 62)), int(rng.integers(3, 5))
    steps, length = _rhythm(rng, float(rng.uniform(0.5, 1.1))), float(rng.choice([0.7, 1.5, 3.0]))
    for bar in bars:
        pitches = _voicing(rng, score.chords[bar], low, size)
        for step in steps:
            for pitch in pitches:
                grid.add(bar, step, length, pitch, 85)


def _dense_piano(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    """Both hands: octaves in the left, broken or repeated chords with tones in between in the right; pedal down."""
    stride, broken = int(rng.choice([1, 2, 2, 4])), rng.random() < 0.5
    for bar in bars:
        chord = score.chords[bar]
        root = 36 + (chord.root - 36) % 12
        for step in (0, 8):
            grid.add(bar, step, 8, root, 80)
            grid.add(bar, step, 8, root + 12, 72)
        high = _voicing(rng, chord, 60, 5)
        for step in range(0, 16, stride):
            chosen = [high[int(rng.integers(5))]] if broken else high[:3]
            for pitch in chosen:
                grid.add(bar, step, 16 - step if broken else stride, pitch, 78)


def _arpeggio(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    low, stride = int(rng.integers(48, 72)), int(rng.choice([1, 2, 2]))
    order, length = rng.permutation(8), float(rng.choice([0.6, 1.0, 3.0]))
    for bar in bars:
        pitches = _voicing(rng, score.chords[bar], low, 8)
        for index, step in enumerate(range(0, 16, stride)):
            grid.add(bar, step, stride * length, pitches[order[index % 8] % len(pitches)], 82)


def _strum(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    steps, between = _rhythm(rng, float(rng.uniform(0.7, 1.2))), float(rng.uniform(0.004, 0.018))
    for bar in bars:
        pitches = _voicing(rng, score.chords[bar], 42, int(rng.integers(4, 7)))
        for index, step in enumerate(steps):
            down = step % 4 == 0 or rng.random() < 0.4
            length = (steps[index + 1] if index + 1 < len(steps) else 16) - step
            for string, pitch in enumerate(pitches if down else pitches[::-1]):
                grid.add(bar, step, length, pitch, 85, late=string * between)


def _power(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    manner = str(rng.choice(["eighths", "sustained", "muted", "rhythm"]))
    steps = {"eighths": list(range(0, 16, 2)), "sustained": [0], "muted": list(range(16))}.get(
        manner
    ) or _rhythm(rng, 0.9)
    low = int(rng.choice([33, 36, 38, 40, 40]))
    for bar in bars:
        root = low + (score.chords[bar].root - low) % 12
        for index, step in enumerate(steps):
            length = (steps[index + 1] if index + 1 < len(steps) else 16) - step
            for pitch in (root, root + 7, root + 12):
                grid.add(
                    bar,
                    step,
                    length * (0.5 if manner == "muted" else 0.95),
                    pitch,
                    100 if step % 4 == 0 else 85,
                )


def _riff(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    """A figure over the pentatonic scale that comes again every bar or two."""
    scale = (0, 2, 4, 7, 9) if score.major else (0, 3, 5, 7, 10)
    low = int(rng.choice([40, 45, 52, 57]))
    tonic = low + (score.tonic - low) % 12
    figure = [(step, int(rng.integers(0, 8))) for step in range(32) if rng.random() < 0.35] or [(0, 0)]
    for bar in bars:
        for index, (step, degree) in enumerate(figure):
            if step // 16 == bar % 2:
                following = figure[index + 1][0] if index + 1 < len(figure) else 32
                pitch = tonic + scale[degree % 5] + 12 * (degree // 5)
                grid.add(bar, step % 16, min(following - step, 6) * 0.9, pitch, 95)


def _lead(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    low = int(rng.integers(55, 74))
    scale = np.array([score.tonic + tone for tone in score.scale])
    pitches = np.sort(np.concatenate([low + (scale - low) % 12, low + 12 + (scale - low) % 12]))
    place = float(rng.integers(3, 10))
    for bar in bars:
        step = 0.0
        while step < 16:
            length = float(rng.choice([1, 2, 2, 3, 4, 4, 6, 8]))
            if rng.random() < 0.82:
                place = float(
                    np.clip(place + rng.choice([-3, -2, -1, -1, 0, 1, 1, 2, 3]), 0, len(pitches) - 1)
                )
                grid.add(bar, step, min(length, 16 - step) * 0.95, float(pitches[int(place)]), 92)
            step += length


def _stab(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    steps, low = _rhythm(rng, 0.5), int(rng.integers(55, 66))
    for bar in bars:
        if rng.random() < 0.75:
            for step in steps:
                for pitch in _voicing(rng, score.chords[bar], low, 4):
                    grid.add(bar, step, 1.2, pitch, 105)


def _sixteenths(rng: Random, grid: _Grid, score: Score, bars: range) -> None:
    """Muted funk guitar: short high chords, many of them hardly sounding."""
    for bar in bars:
        pitches = _voicing(rng, score.chords[bar], 57, 3)
        for step in range(16):
            if rng.random() < 0.75:
                for pitch in pitches:
                    grid.add(bar, step, 0.5, pitch, 95 if step in {0, 3, 6, 10, 14} else 50)


_PLAYERS: dict[str, Callable[[Random, _Grid, Score, range], None]] = {
    "pad": _sustained,
    "strings": _sustained,
    "organ": _sustained,
    "chords": _chords,
    "dense_piano": _dense_piano,
    "arpeggio": _arpeggio,
    "pluck": _arpeggio,
    "picking": _arpeggio,
    "strum": _strum,
    "power": _power,
    "riff": _riff,
    "lead": _lead,
    "brass_line": _lead,
    "stab": _stab,
    "sixteenths": _sixteenths,
}
