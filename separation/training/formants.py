"""Voices that nobody speaks: a source and the resonances of a throat (Fant 1960), as frames for the vocoder.

Speech synthesisers here know few throats and nothing above 8 kHz. These reach as high as a studio's microphone, where
most of what tells a sung record from its band lies: breath, sibilants, and formants up to 19 kHz."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from separation.training.score import Random
from separation.training.sound import RATE
from separation.training.voices import HOP, Utterance

SIZE = 2048  # of the spectra, at 44.1 kHz
_FRAME = HOP / 1000  # seconds
# First three formants in Hz of a long throat (after Peterson & Barney 1952, and their like for other languages).
_VOWELS = np.array(
    [(270, 2290, 3010), (390, 1990, 2550), (400, 2100, 2650), (530, 1840, 2480), (660, 1720, 2410), (730, 1090, 2440),
     (570, 840, 2410), (450, 830, 2380), (440, 1020, 2240), (300, 870, 2240), (640, 1190, 2390), (490, 1350, 1690),
     (380, 1500, 2200), (270, 1850, 2150), (500, 1400, 2400)]
)  # fmt: skip
_GLIDES = np.array([(350, 1000, 2600), (420, 1200, 1600), (300, 700, 2200), (270, 2200, 3000)])  # l r w j
_NASALS = np.array([(250, 1100, 2200), (250, 1600, 2600), (280, 2000, 2800)])  # m n ng
_OFF = -70.0  # dB


@dataclass(frozen=True, slots=True)
class Throat:
    """What stays the same in all that one voice says."""

    scale: float  # of all formants; below 1 a longer throat
    own: NDArray[np.float64]  # each formant's deviation from that, a factor
    bandwidths: NDArray[np.float64]  # Hz
    tilt: float  # dB per octave that the source falls
    air: float  # dB above some 7 kHz
    breath: float  # dB of noise beside the voice
    voiced_to: float  # Hz above which more and more is breath
    sibilant: float  # Hz
    sharp: float  # dB of sibilants beside vowels


@dataclass(frozen=True, slots=True)
class _Sound:
    """A stretch of speech: what the throat heads for. Levels in dB; the noise has its own colour, or the throat's."""

    frames: int
    formants: NDArray[np.float64]
    voice: float
    noise: float = _OFF
    colour: float = 0.0  # Hz; 0: the throat's
    width: float = 0.6  # octaves
    nucleus: bool = False


def throat(rng: Random) -> Throat:
    """The next voice."""
    count = 19
    wide = np.array([60, 80, 110, 150, 200, *np.linspace(250, 700, count - 5)])
    return Throat(
        scale=float(np.exp(rng.uniform(*np.log((0.92, 1.3))))),
        own=np.exp(rng.normal(0, 0.05, count)),
        bandwidths=wide * np.exp(rng.normal(0.1, 0.35, count)),
        tilt=float(rng.uniform(1, 7)),
        air=float(rng.uniform(0, 14)),
        breath=float(rng.uniform(-36, -10)),
        voiced_to=float(np.exp(rng.uniform(*np.log((2500, 12_000))))),
        sibilant=float(rng.uniform(5000, 9500)),
        sharp=float(rng.uniform(-16, 0)),
    )


def _consonant(rng: Random, who: Throat, vowel: NDArray[np.float64]) -> Iterator[_Sound]:
    def frames(low: float, high: float) -> int:
        return max(1, int(rng.uniform(low, high) / _FRAME))

    voiced = rng.random() < 0.4
    match rng.choice(
        ["s", "sh", "f", "h", "nasal", "glide", "stop"], p=[0.14, 0.06, 0.08, 0.1, 0.2, 0.2, 0.22]
    ):
        case "s":
            yield _Sound(
                frames(0.06, 0.16), vowel, -12 if voiced else _OFF, who.sharp - 4 * voiced, who.sibilant
            )
        case "sh":
            yield _Sound(
                frames(0.06, 0.15), vowel, -12 if voiced else _OFF, who.sharp - 2, who.sibilant * 0.5
            )
        case "f":
            yield _Sound(frames(0.05, 0.12), vowel, -9 if voiced else _OFF, who.sharp - 12, 5000, 2.0)
        case "h":
            yield _Sound(frames(0.04, 0.12), vowel, _OFF, rng.uniform(-22, -10))
        case "nasal":
            yield _Sound(frames(0.05, 0.12), rng.choice(_NASALS), rng.uniform(-10, -3))
        case "glide":
            yield _Sound(frames(0.04, 0.1), rng.choice(_GLIDES), rng.uniform(-6, -1))
        case _:
            colour = float(rng.choice([900, 2500, 5500]) * rng.uniform(0.8, 1.25))
            yield _Sound(frames(0.03, 0.08), vowel, -22 if voiced else _OFF)
            yield _Sound(frames(0.006, 0.018), vowel, _OFF, rng.uniform(-14, -2), colour, 1.0)
            if not voiced:
                yield _Sound(frames(0.02, 0.06), vowel, -12, rng.uniform(-24, -12))


def _said(rng: Random, who: Throat) -> list[_Sound]:
    """Syllables: mostly a consonant and a vowel, which may move (diphthong), now and then a consonant after it."""
    sounds: list[_Sound] = []
    for _ in range(int(rng.integers(7, 14))):
        vowel = rng.choice(_VOWELS) * np.exp(rng.normal(0, 0.05, 3))
        if rng.random() < 0.85:
            sounds += _consonant(rng, who, vowel)
        loud = float(rng.uniform(-4, 0))
        length = int(rng.uniform(0.12, 0.25) / _FRAME)
        sounds.append(_Sound(length, vowel, loud, nucleus=True))
        if rng.random() < 0.25:
            sounds.append(_Sound(length // 2, rng.choice(_VOWELS), loud - 2))
        if rng.random() < 0.35:
            sounds += _consonant(rng, who, vowel)
    return sounds


def utterance(rng: Random) -> Utterance:
    """A few syllables in the next voice, their spectra up to 22 kHz."""
    who = throat(rng)
    said = _said(rng, who)
    lengths = np.array([sound.frames for sound in said])

    def course(values: list[float], smooth: float) -> NDArray[np.float64]:
        return np.asarray(gaussian_filter1d(np.repeat(np.array(values, float), lengths), smooth))

    heights = np.stack([course([sound.formants[n] for sound in said], 5.0) for n in range(3)], axis=1)
    above = 3500 + 1000 * np.arange(len(who.own) - 3) * np.ones((len(heights), 1))
    formants = np.concatenate([heights, above], axis=1) * who.scale * who.own
    f = np.arange(SIZE // 2 + 1) * RATE / SIZE
    shape = _resonance(f, formants, who.bandwidths)
    source = -who.tilt * np.log2(np.maximum(f, 100) / 100) + who.air / (1 + (7000 / np.maximum(f, 1)) ** 4)
    loud = course([sound.voice for sound in said], 1.5)
    voice = _scaled(shape * 10 ** (source / 10), loud)
    through = shape * 10 ** ((source + 4 * np.log2(np.maximum(f, 100) / 100)) / 10)  # noise falls less
    noise = _scaled(through, np.maximum(loud + who.breath, _OFF))
    colours = np.repeat([sound.colour for sound in said], lengths)
    widths = np.repeat([sound.width for sound in said], lengths)
    level = course([sound.noise for sound in said], 1.0)
    octaves = np.log2(np.maximum(f, 20) / np.maximum(colours, 20)[:, None]) / widths[:, None]
    hiss = np.where(colours[:, None] > 0, 10 ** (-0.3 * np.minimum(octaves**2, 12)), through)
    noise += _scaled(hiss, level)
    whole = voice + noise
    rough = np.clip((f - who.voiced_to) / who.voiced_to, 0, 0.9)
    aperiodicity = np.clip(np.maximum(np.sqrt(noise / whole), rough), 0.001, 0.999)
    ends = np.cumsum(lengths)
    middles = ends - lengths // 2
    nuclei = middles[[sound.nucleus for sound in said]]
    starts = (ends - lengths)[[sound.nucleus for sound in said]]
    cuts = np.array([0, *((nuclei[:-1] + starts[1:]) // 2), ends[-1] - 1])
    intonation = 120 * 2 ** (gaussian_filter1d(rng.standard_normal(ends[-1]), 15) * 1.5)
    return Utterance(
        np.where(loud > -30, intonation, 0).astype(np.float32),
        whole.astype(np.float32),
        aperiodicity.astype(np.float32),
        nuclei,
        cuts,
    )


def _resonance(
    f: NDArray[np.float64], formants: NDArray[np.float64], bandwidths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(frames, bins) power response of resonators one after the other (Klatt 1980, eq. 1 without sampling)."""
    log = np.zeros((len(formants), len(f)))
    for n, bandwidth in enumerate(bandwidths):
        ratio = f / formants[:, n : n + 1]
        log -= np.log((ratio**2 - 1) ** 2 + (ratio * bandwidth / formants[:, n : n + 1]) ** 2 + 1e-9)
    return np.asarray(np.exp(log - log.max(1, keepdims=True)) + 1e-8)


def _scaled(shape: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every frame to its level in dB."""
    return np.asarray(shape / shape.sum(1, keepdims=True) * 10 ** (level / 10)[:, None])
