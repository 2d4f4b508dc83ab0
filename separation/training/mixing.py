"""Training examples: tracks of the library mixed anew each time, coherent or thrown together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from separation.training import effects, mastering
from separation.training.errors import TrainingError
from separation.training.library import Song
from separation.training.score import Random
from separation.training.sound import RATE

# Where a stem sits in a mix before chance moves it, in dB.
LEVELS = {"vocals": 1.5, "drums": 1.0, "bass": -1.0}
REST = -0.5
_SPREAD = 4.0  # dB
# In most of the examples these are in the middle, as they are on most records; in the others anything is anywhere.
_CENTRED, _USUAL = ("vocals", "bass"), 0.65
_SPEED = 0.25  # octaves up or down that a stem is played faster or slower
_BRIGHT = 0.35  # of the voices
_COHERENT = 0.6  # of the examples are of one song
# Of the stems, to another place in the image. Stems that lie apart are easier to tell apart than those of a song are:
# with half of them moved and more bright voices, what was right for the examples was too cautious for songs (the best
# logits of vocals were 0 higher there, and 1.2 to 1.5 higher without).
_MOVED = 0.2
_SPARSE = 0.12  # of the examples: one or two stems alone, as in quiet passages and music without a band
_TRIES = 200  # at an example that isn't silent
Stems = NDArray[np.float32]  # (sources, 2, samples)


@njit(cache=True, fastmath=True)
def _resample(x: NDArray[np.float32], speed: float, out: NDArray[np.float32]) -> None:
    """Adds x, played `speed` times as fast, to out: cubic interpolation (Catmull-Rom).

    Piece by piece, in which places are exact enough in single precision: twice as many fit into a register."""
    pace, half = np.float32(speed), np.float32(0.5)
    two, three, four, five = np.float32(2), np.float32(3), np.float32(4), np.float32(5)
    last = min(out.shape[1], int((x.shape[1] - 4) / speed))
    for first in range(0, last, 256):
        whole = int(first * speed)
        rest = np.float32(first * speed - whole)
        for c in range(2):
            source, target = x[c, whole:], out[c, first : min(first + 256, last)]
            for i in range(len(target)):
                place = np.float32(i) * pace + rest
                k = np.int32(place)
                t = place - np.float32(k)
                a, b, d, e = source[k], source[k + 1], source[k + 2], source[k + 3]
                bend = two * a - five * b + four * d - e + t * (three * (b - d) + e - a)
                target[i] += b + half * t * (d - a + t * bend)


@dataclass(frozen=True, slots=True)
class Mixer:
    """Makes the examples of a step from a seed: the same step gives the same examples, whoever asks and when."""

    songs: Sequence[Song]  # by stem
    sources: tuple[str, ...]
    samples: int
    seed: int
    _having: dict[str, list[Song]] = field(init=False, repr=False)  # the songs in which there is a stem

    def __post_init__(self) -> None:
        having: dict[str, list[Song]] = {source: [] for source in self.sources}
        for song in self.songs:
            for source in self.sources:
                if song.tracks.get(source):
                    having[source].append(song)
        object.__setattr__(self, "_having", having)

    def batch(self, step: int, size: int, first: int = 0) -> Stems:
        """(size, sources, 2, samples), the examples of a step from `first` on: stems, which sum to the mixture."""
        # Asked for at once: what there is no memory for is said before minutes were spent, and none is needed twice.
        examples = np.empty((size, len(self.sources), 2, self.samples), np.float32)
        for index in range(size):
            examples[index] = self._example(np.random.default_rng((self.seed, step, first + index)))
        return examples

    def _example(self, rng: Random) -> Stems:
        for _ in range(_TRIES):
            stems = self._stems(rng)
            if stems.any():
                return mastering.bus(rng, stems)
        message = "There is nothing to hear in the songs to learn from, or hardly anything. Give other songs."
        raise TrainingError("no_songs", message)

    def _stems(self, rng: Random) -> Stems:
        coherent, usual = rng.random() < _COHERENT, rng.random() < _USUAL
        song = _one(rng, self.songs)
        speed, first = self._where(rng, song)
        stems = np.zeros((len(self.sources), 2, self.samples), np.float32)
        sounding = _sounding(rng, self.sources)
        for index, source in enumerate(self.sources):
            if source not in sounding or not self._having[source]:
                continue
            # Now and then two of a kind: duets, two bands' worth of guitars.
            for copy in range(2 if rng.random() < 0.1 else 1):
                if not coherent or copy or not song.tracks.get(source):
                    other = _one(rng, self._having[source])
                    place = self._where(rng, other)
                    self._stem(rng, other, source, *place, stems[index])
                else:
                    self._stem(rng, song, source, speed, first, stems[index])
            if usual and source in _CENTRED:
                mid = stems[index].mean(0)
                stems[index] = mid + (stems[index] - mid) * np.float32(rng.uniform(0, 0.3))
        return stems

    def _where(self, rng: Random, song: Song) -> tuple[float, int]:
        speed = float(2 ** rng.uniform(-_SPEED, _SPEED)) if rng.random() < 0.8 else 1.0
        return speed, int(rng.integers(0, max(1, song.samples - int(self.samples * speed) - 4)))

    def _stem(self, rng: Random, song: Song, source: str, speed: float, first: int, out: Stems) -> None:
        tracks = song.tracks[source]
        if len(tracks) > 1:
            chosen = rng.permutation(len(tracks))[: int(rng.integers(1, len(tracks) + 1))]
            tracks = tuple(tracks[int(i)] for i in chosen)
        played = np.zeros((2, int(self.samples * speed) + 4), np.float32)
        for track in tracks:
            played += song.read(track, first, played.shape[1]) * np.float32(10 ** (rng.normal() * 3 / 20))
        x = np.zeros((2, self.samples), np.float32)
        _resample(played, speed, x)
        if rng.random() < _MOVED:
            x = _elsewhere(rng, x)
        if rng.random() < 0.5:
            x = x[::-1]
        if source == "vocals" and rng.random() < _BRIGHT:
            x = _brightened(rng, x)
        # Four guitars are not four times as loud as one voice: the first mixes drowned the voices, and the network
        # learned to give a real singer's energy away (0.59 of it in her stem became 0.39 in 300 steps).
        level = LEVELS.get(source, REST) - 10 * np.log10(max(1, len(tracks))) + rng.normal() * _SPREAD
        out += x * np.float32(10 ** (level / 20) * rng.choice([-1, 1]))


def _one(rng: Random, songs: Sequence[Song]) -> Song:
    return songs[int(rng.integers(len(songs)))]


def _brightened(rng: Random, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """A voice with the presence and air that engineers give it, and that speech at 16 kHz doesn't have.

    Above 6 kHz the voice of a record was 5 dB louder than all the rest, ours were 10 dB softer: the network
    learned that what is bright is no voice, and the longer it learned, the more of a real singer it gave to other."""
    return effects.equalise(
        x,
        ("high shelf", rng.uniform(1800, 4000), rng.uniform(-1, 6), 0.7),
        ("high shelf", rng.uniform(5000, 9000), rng.uniform(0, 14), 0.7),
    )


def _sounding(rng: Random, sources: tuple[str, ...]) -> set[str]:
    """The stems that aren't silent."""
    if rng.random() < _SPARSE:
        return {str(source) for source in rng.choice(sources, size=int(rng.integers(1, 3)), replace=False)}
    return {source for source in sources if rng.random() >= (0.1 if source == "vocals" else 0.05)}


def _elsewhere(rng: Random, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Another place and width in the stereo image, for any stem alike."""
    mid, side = (x[0] + x[1]) / 2, (x[0] - x[1]) / 2
    width = float(rng.choice([0.0, 0.0, 0.3, 1.0, 1.5, 2.0]))
    if rng.random() < 0.25:
        late = int(rng.uniform(0.002, 0.03) * RATE)
        side[late:] += rng.uniform(0.3, 1.0) * mid[:-late]
        width = 1.0
    angle = np.pi / 4 * (1 + (rng.uniform(-0.9, 0.9) if rng.random() < 0.2 else rng.uniform(-0.3, 0.3)))
    mid, side = mid * np.float32(2**0.5), side * np.float32(width * 2**0.5)
    return np.stack([(mid + side) * np.float32(np.cos(angle)), (mid - side) * np.float32(np.sin(angle))])
