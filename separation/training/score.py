"""What is played: notes, tracks, and the chords that hold them together."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# (notes, 4): start in seconds, duration in seconds, MIDI pitch, velocity 1..127.
Notes = NDArray[np.float64]
Random = np.random.Generator

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
CHORDS = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "M7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "7": (0, 4, 7, 10),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "m7b5": (0, 3, 6, 10),
    "add9": (0, 4, 7, 14),
}
_SEVENTHS = {"": "7", "m": "m7", "dim": "m7b5"}
# Degrees of the scale, one per bar; the loops that much of pop is made of.
_LOOPS_MAJOR = "1564 1645 1465 6415 1545 1425 1346 4156 1454 2511 1625 1415 6543 1111 1144 4536".split()
_LOOPS_MINOR = "1673 1637 1764 1467 1341 1615 1414 1756 1457 1171 1166 4163 1111 1717 6711".split()


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord by its root (pitch class) and its quality (a key of CHORDS)."""

    root: int
    quality: str

    @property
    def tones(self) -> tuple[int, ...]:
        """Semitones above the root."""
        return CHORDS[self.quality]


@dataclass(frozen=True, slots=True)
class Track:
    """Notes for one player. `family` is what it is in a mix (drums, bass, guitar, ...), `manner` how it is played."""

    family: str
    manner: str
    notes: Notes


@dataclass(slots=True)
class Score:
    """A piece of music before anybody plays it; one chord per bar."""

    tempo: float  # beats a minute
    beats: int  # per bar
    tonic: int
    major: bool
    chords: list[Chord]
    tracks: list[Track] = field(default_factory=list)

    @property
    def scale(self) -> tuple[int, ...]:
        """Semitones above the tonic."""
        return MAJOR if self.major else MINOR

    @property
    def bar_seconds(self) -> float:
        """How long a bar is."""
        return 60 / self.tempo * self.beats


def empty_score(rng: Random, tempo: float, beats: int, seconds: float) -> Score:
    """A score without tracks: key and chords for at least `seconds`."""
    major = bool(rng.random() < 0.5)
    score = Score(tempo=tempo, beats=beats, tonic=int(rng.integers(12)), major=major, chords=[])
    bars = max(4, int(np.ceil(seconds / score.bar_seconds)))
    while len(score.chords) < bars:
        loop = str(rng.choice(_LOOPS_MAJOR if major else _LOOPS_MINOR))
        if rng.random() < 0.25:
            loop = "".join(str(rng.integers(1, 7)) for _ in range(4))
        section = [_chord(rng, score, int(degree) - 1) for degree in loop]
        score.chords += section * 2
    del score.chords[bars:]
    return score


def _chord(rng: Random, score: Score, degree: int) -> Chord:
    scale = score.scale
    root = scale[degree]
    third, fifth = ((scale[(degree + step) % 7] - root) % 12 for step in (2, 4))
    quality = "dim" if fifth == 6 else "" if third == 4 else "m"
    draw = rng.random()
    if draw < 0.2:
        quality = "M7" if quality == "" and degree in {0, 3} else _SEVENTHS[quality]
    elif draw < 0.28 and quality != "dim":
        quality = str(rng.choice(["sus4", "sus2"] + ["add9"] * (quality == "")))
    return Chord((score.tonic + root) % 12, quality)


def notes_array(notes: list[tuple[float, float, float, float]]) -> Notes:
    """A list of (start, duration, pitch, velocity) as Notes, by start."""
    return np.array(sorted(notes), dtype=np.float64).reshape(-1, 4)
