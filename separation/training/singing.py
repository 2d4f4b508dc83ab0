"""Voices on a melody: sung, rapped, shouted, whispered; alone, doubled, in harmony, in a choir."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from separation.training import voices
from separation.training.formants import SIZE
from separation.training.melodies import Phrase
from separation.training.score import Random
from separation.training.sound import RATE, Sound, silence
from separation.training.voices import HOP, WORLD, Utterance

_FRAMES = 1000 / HOP  # a second
Frames = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a line is delivered."""

    manner: str  # sung, rapped, shouted or whispered
    formant: float  # below 1 a longer throat, above a shorter one
    tilt: float  # dB per octave above 1 kHz
    slope: float  # how fast the top octaves fall, dB
    breath: float
    vibrato: float  # semitones
    vibrato_rate: float
    glide: float  # frames that a change of pitch takes
    drift: float  # semitones off pitch
    scoop: float  # how many of the notes are reached from below
    transpose: int


def delivery(rng: Random) -> Delivery:
    """A way to deliver a line."""
    manner = str(rng.choice(["sung", "rapped", "shouted", "whispered"], p=[0.8, 0.11, 0.06, 0.03]))
    tuned = rng.random() < 0.15  # the sound of corrected pitch
    return Delivery(
        manner=manner,
        formant=float(rng.uniform(0.85, 1.35)),
        tilt=float(rng.uniform(-1, 5)) + 2 * (manner == "shouted"),
        slope=float(rng.uniform(1, 10)),
        breath=float(rng.choice([0, 0, 0.05, 0.15, 0.4])),
        vibrato=0.0 if tuned else float(rng.choice([0, 0.15, 0.3, 0.6]) * rng.uniform(0.6, 1.2)),
        vibrato_rate=float(rng.uniform(4.5, 6.8)),
        glide=0.5 if tuned else float(rng.uniform(2, 16)),
        drift=0.0 if tuned else float(rng.uniform(0.05, 0.9)),
        scoop=0.0 if tuned else float(rng.uniform(0, 0.6)),
        transpose=int(rng.choice([4, 7, 12])) if manner == "shouted" else 0,
    )


def sing(rng: Random, voice: Utterance, phrase: Phrase, how: Delivery) -> tuple[int, NDArray[np.float32]]:
    """One phrase as (first sample, mono sound)."""
    begin = max(0.0, phrase[0][0] - 0.12)
    count = int((phrase[-1][0] + phrase[-1][1] + 0.25 - begin) * _FRAMES)
    if how.manner == "rapped":
        source, stretched = _spoken_frames(rng, voice, count)
        height = np.where(voice.pitch > 0, voice.pitch, 1e-3)
        middle = np.median(voice.pitch[voice.pitch > 0])
        pitch = 45 + 12 * (how.formant - 0.85) * 2 + 12 * np.log2(height[source] / middle) * 0.7
        pitch = np.clip(pitch, 30, 75)
    else:
        source, stretched, pitch = _sung_frames(rng, voice, phrase, count, begin, how.scoop)
        pitch = pitch + how.transpose
    sounding = source >= 0
    source = np.clip(source, 0, len(voice.pitch) - 1)
    voiced = sounding & ((voice.pitch[source] > 0) | stretched) & (how.manner != "whispered")
    pitch = (
        gaussian_filter1d(pitch, how.glide) + gaussian_filter1d(rng.standard_normal(count), 12) * how.drift
    )
    held = gaussian_filter1d(np.r_[stretched[20:], np.zeros(min(20, count))][:count].astype(float), 20)
    wander = how.vibrato_rate + gaussian_filter1d(rng.standard_normal(count), 20)
    pitch = pitch + held * how.vibrato * np.sin(2 * np.pi * np.cumsum(wander) / _FRAMES)
    hertz = np.where(voiced, 440 * 2 ** ((pitch - 69) / 12), 0.0)
    envelope, aperiodicity = _widened(voice.envelope[source], voice.aperiodicity[source], how)
    if how.manner == "whispered":
        aperiodicity[:] = 0.999
    level = np.log(envelope[:, 5:300].sum(1) + 1e-9)
    middle = np.median(level[voiced]) if voiced.any() else np.median(level)
    loud = np.where(sounding, 1.0, 1e-4) * np.exp(gaussian_filter1d(rng.standard_normal(count), 25) * 1.2)
    loud = gaussian_filter1d(loud, 2) * np.exp(-0.25 * (level - middle))  # a singer's steady hand
    breathy = how.breath * np.clip(np.linspace(0, 3, aperiodicity.shape[1]), 0, 1)
    aperiodicity = np.ascontiguousarray(np.clip(aperiodicity + breathy, 0.001, 0.999))
    sound = WORLD.synthesize(
        hertz, np.ascontiguousarray(envelope * (loud**2)[:, None]), aperiodicity, RATE, HOP
    )
    return int(begin * RATE), np.asarray(sound, np.float32)


def _spoken_frames(rng: Random, voice: Utterance, count: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Frames of the words at about the speed they were spoken, from some syllable on, beginning again at the end."""
    first = int(rng.choice(voice.cuts[:-1]))
    length = max(1, int(voice.cuts[-1] - voice.cuts[0]))
    moved = first - voice.cuts[0] + np.arange(count) * rng.uniform(0.9, 1.5)
    return (voice.cuts[0] + moved.astype(np.int64) % length), np.zeros(count, bool)


def _sung_frames(
    rng: Random, voice: Utterance, phrase: Phrase, count: int, begin: float, scoop: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Frames]:
    """Which frame of the words sounds when (-1: none), where a vowel is held, and the pitch.

    One syllable a note, now and then one for two. Vowels are stretched to the note; consonants keep their speed."""
    source = np.full(count, -1.0)
    held = np.zeros(count, bool)
    pitch = np.full(count, np.nan)
    syllable, note = int(rng.integers(len(voice.nuclei))), 0
    while note < len(phrase):
        notes = phrase[note : note + (2 if rng.random() < 0.15 else 1)]
        note += len(notes)
        for start, duration, height in notes:
            first = int((start - begin) * _FRAMES)
            pitch[max(0, first) : int((start + duration - begin) * _FRAMES) + 50] = height
            if rng.random() < scoop:
                rise = np.arange(len(pitch) - max(0, first))
                pitch[max(0, first) :] -= rng.uniform(0.5, 3) * np.exp(-rise / rng.uniform(6, 30))
        index = syllable % len(voice.nuclei)
        syllable += 1
        low, high, nucleus = voice.cuts[index], voice.cuts[index + 1], voice.nuclei[index]
        half = int(max(2, min(8, (nucleus - low) // 2, (high - nucleus) // 2)))
        first, end = (
            int((notes[0][0] - begin) * _FRAMES),
            int((notes[-1][0] + notes[-1][1] - begin) * _FRAMES),
        )
        onset = max(1, int(nucleus - half - low))
        place = max(0, first - int(onset * 0.7))
        length = max(4, end - place + (20 if note >= len(phrase) else 0))
        onset, coda = (
            max(1, min(onset, int(length * 0.35))),
            max(1, min(int(high - nucleus - half), int(length * 0.3))),
        )
        vowel = max(2, length - onset - coda)
        path = np.concatenate(
            [
                np.linspace(low, nucleus - half, onset),
                np.linspace(nucleus - half, nucleus + half, vowel),
                np.linspace(nucleus + half, high, coda),
            ]
        )
        stop = min(count, place + len(path))
        source[place:stop] = path[: stop - place]
        held[place + onset : min(count, place + onset + vowel)] = True
    known = ~np.isnan(pitch)
    filled = np.interp(np.arange(count), np.nonzero(known)[0], pitch[known])
    return np.round(source).astype(np.int64), held, filled


def _widened(
    envelope: NDArray[np.float32], aperiodicity: NDArray[np.float32], how: Delivery
) -> tuple[Frames, Frames]:
    """At 44.1 kHz, formants moved; what speech at 16 kHz has no band for goes on falling, and is mostly breath."""
    f = np.arange(SIZE // 2 + 1) * RATE / SIZE
    tilt = np.exp(how.tilt * np.log(10) / 10 * np.clip(np.log2(np.maximum(f, 200) / 1000), -2, 3))
    if envelope.shape[1] == len(f):
        moved = np.minimum(np.round(np.arange(len(f)) / how.formant).astype(np.int64), len(f) - 1)
        return envelope[:, moved] * tilt, aperiodicity[:, moved].astype(np.float64)
    from_bin = np.clip(f / how.formant, 0, 7400) / (voices.RATE / voices.SIZE)
    index = from_bin.astype(np.int64)
    part = (from_bin - index).astype(np.float32)
    above = np.minimum(index + 1, voices.SIZE // 2)
    log = np.log(envelope + 1e-12)
    wide = log[:, index] * (1 - part) + log[:, above] * part
    top = log[:, 380:474].mean(1, keepdims=True)
    octaves = np.maximum(0, np.log2(np.maximum(f, 1) / (6500 * how.formant)))
    mixed = np.clip((f - 6000 * how.formant) / (1400 * how.formant), 0, 1)
    decibel = np.log(10) / 10
    wide = wide * (1 - mixed) + top * mixed - how.slope * decibel * octaves
    rough = aperiodicity[:, index] * (1 - part) + aperiodicity[:, above] * part
    rough = np.maximum(rough, np.clip((f - 4000) / 6000, 0, 0.95))
    return np.exp(wide.astype(np.float64)) * tilt, rough.astype(np.float64)


def ensemble(rng: Random, singers: list[Utterance], phrases: list[Phrase], samples: int) -> Sound:
    """(2, samples): the phrases shared out among the singers, some of them doubled or in harmony.

    Every phrase group gets its own delivery, so that a song holds several voices' worth of timbre."""
    out = silence(samples)
    habits = [delivery(rng) for _ in singers]
    doubled = rng.random() < 0.35
    harmony = rng.random() < 0.25
    for number, phrase in enumerate(phrases):
        who = (number // 2) % len(singers)
        how = replace(habits[who], formant=habits[who].formant * float(rng.uniform(0.97, 1.03)))
        _add(out, *sing(rng, singers[who], phrase, how), 1.0, 0.0)
        if doubled and rng.random() < 0.8:
            late = float(rng.uniform(0.008, 0.04))
            shift = float(rng.choice([0, 0, 3, 4, 7, -12, 12])) if harmony else 0.0
            second = [(start + late, duration, pitch + shift) for start, duration, pitch in phrase]
            other = replace(how, formant=how.formant * float(rng.uniform(0.95, 1.06)), drift=how.drift + 0.15)
            pan = float(rng.uniform(-1, 1))
            _add(out, *sing(rng, singers[who], second, other), float(rng.uniform(0.3, 1.0)), pan)
    return out


def _add(out: Sound, first: int, sound: NDArray[np.float32], gain: float, pan: float) -> None:
    length = min(len(sound), out.shape[1] - first)
    if length > 0:
        out[0, first : first + length] += sound[:length] * gain * min(1.0, 1 - pan)
        out[1, first : first + length] += sound[:length] * gain * min(1.0, 1 + pan)
