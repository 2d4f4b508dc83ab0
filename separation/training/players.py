"""Tracks as sound: who plays what, on which instrument, through which effects."""

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from separation.training import effects, formants, programs, singing, soundfonts, synthesisers, voices
from separation.training.melodies import Phrase, sung_lines
from separation.training.score import Notes, Random, Score, Track
from separation.training.sound import RATE, Sound, fit, silence
from separation.training.voices import Utterance

# General MIDI programs, from 0.
_PROGRAMS = {
    "bass": [32, 33, 33, 34, 34, 35, 36, 37, 38, 39],
    "guitar": [24, 25, 25, 26, 27, 27, 28],
    "distorted": [26, 27, 28, 29, 29, 30, 30],
    "piano": [0, 0, 0, 1, 1, 2, 3],
    "keys": [2, 4, 4, 5, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18, 19, 21, 45, 46, 62, 80, 81, 88, 98, 104, 107, 108],
    "pads": [16, 18, 19, 21, 48, 49, 50, 51, 62, 63, 88, 89, 90, 92, 93, 94, 95, 99, 100],
    "strings": [40, 41, 42, 44, 45, 48, 48, 49, 49, 50, 51],
    "brass": [56, 57, 58, 59, 60, 61, 61, 62, 63, 64, 65, 66, 67],
    "lead": [0, 4, 11, 16, 22, 26, 27, 29, 30, *range(40, 43), 56, 57, 59, 60, *range(64, 69), *range(70, 77),
             *range(79, 83), 84, 87, *range(104, 107), *range(109, 112)],
}  # fmt: skip
_KITS = (0, 0, 8, 8, 16, 16, 24, 25, 32, 40)
_BRUSHES = 40
# On so many records that a training must not go without them, whatever is kept for validation: concert grands, 808s.
_COMMON, _COMMON_KITS = {0}, {25}
_CHOIRS = (52, 52, 53)
_SYNTHESISED = {"keys": 0.4, "pads": 0.5, "lead": 0.4, "brass": 0.25, "strings": 0.1, "bass": 0.4}
_PLUCKED = {"guitar": 0.4, "bass": 0.2, "keys": 0.05}
_DISTORTED = {"power", "riff"}
_FORMANTS = 0.5  # of the singers are made from formants, the others from speech


def _preset(rng: Random, every: Sequence[int], held_out: bool, *, drums: bool = False) -> tuple[Path, int]:
    """One of these instruments or kits, from any soundfont; a sixth of all are kept for validation."""
    presets = [(font, program) for font in programs.soundfonts() for program in every]
    chosen = [preset for preset in presets if _fits(*preset, held_out, drums=drums)] or presets
    return chosen[int(rng.integers(len(chosen)))]


def _fits(font: Path, program: int, held_out: bool, *, drums: bool) -> bool:
    kept = crc32(f"{font.name}/{program + 1000 * drums}".encode()) % 6 == 0
    return kept == held_out or (not held_out and program in (_COMMON_KITS if drums else _COMMON))


def play(rng: Random, track: Track, samples: int, tempo: float, *, held_out: bool = False) -> Sound | None:
    """The track as (2, samples), with effects; None where it has no notes in that time."""
    notes = track.notes[track.notes[:, 0] < samples / RATE - 0.2]
    if len(notes) < 2:
        return None
    if track.family == "drums":
        return _drums(rng, notes, samples, tempo, held_out=held_out)
    x = _instrument(rng, track, notes, samples, held_out=held_out)
    distorted = track.manner in _DISTORTED and rng.random() < 0.85
    if distorted or rng.random() < {"guitar": 0.2, "lead": 0.25, "keys": 0.06, "bass": 0.2}.get(
        track.family, 0.0
    ):
        clean = x * 0.2 if track.family == "bass" else 0
        x = effects.amplifier(rng, x)
        x = x / (np.abs(x).max() + 1e-9) + clean / (np.abs(clean).max() + 1e-9)
        if rng.random() < 0.4:  # played twice, one on either side
            x[1] = effects.delayed(x[1], int(rng.uniform(0.006, 0.03) * RATE))
    x = effects.random_equaliser(rng, x)
    if rng.random() < (0.5 if track.family == "bass" else 0.3):
        x = effects.compress(rng, x)
    if rng.random() < 0.2:
        x = effects.drive(x, rng.uniform(1, 6))
    if rng.random() < 0.25:
        x = effects.chorus(rng, x)
    if rng.random() < 0.08:
        x = effects.tremolo(rng, x)
    if rng.random() < 0.15 and track.family != "bass":
        x = effects.echo(rng, x, tempo)
    if rng.random() < (0.1 if track.family == "bass" else 0.5):
        x = effects.reverb(rng, x)
    return effects.place(rng, x) if rng.random() < 0.7 else x


def _instrument(rng: Random, track: Track, notes: Notes, samples: int, *, held_out: bool) -> Sound:
    family = track.family
    if family == "bass" and rng.random() < 0.15:
        return synthesisers.synthesise(rng, notes, samples, bass=True, sub_bass=True)
    if rng.random() < _SYNTHESISED.get(family, 0.0):
        return synthesisers.synthesise(rng, notes, samples, bass=family == "bass")
    if rng.random() < _PLUCKED.get(family, 0.0):
        return synthesisers.pluck(rng, notes, samples)
    kind = "distorted" if track.manner in _DISTORTED else family
    font, program = _preset(rng, _PROGRAMS[kind], held_out)
    x = soundfonts.play(notes, font, program, samples)
    if family in {"strings", "pads", "brass", "piano"} and rng.random() < 0.25:  # layered with another
        other = str(rng.choice(["strings", "pads", "keys", "piano"]))
        font, program = _preset(rng, _PROGRAMS[other], held_out)
        x = x + soundfonts.play(notes, font, program, samples) * np.float32(rng.uniform(0.2, 0.8))
    return x


def _drums(rng: Random, notes: Notes, samples: int, tempo: float, *, held_out: bool) -> Sound:
    manner = rng.random()
    if manner < 0.27:
        x = synthesisers.drum_machine(rng, notes, samples)
    elif manner < 0.33:
        x = _kit(rng, notes, samples, held_out=held_out, kits=(_BRUSHES,))
        x = x / (np.abs(x).max() + 1e-9) + synthesisers.stir(rng, samples, tempo)
    elif manner < 0.7:
        x = _kit(rng, notes, samples, held_out=held_out)
        if rng.random() < 0.12:
            x = x / (np.abs(x).max() + 1e-9) + 0.7 * synthesisers.drum_machine(rng, notes, samples)
    else:  # kick, snare and the rest from different kits, each through its own channel
        x = silence(samples)
        pitch = notes[:, 2]
        groups = [(pitch >= 35) & (pitch <= 36), (pitch >= 37) & (pitch <= 40)]
        groups.append(~(groups[0] | groups[1]))
        for group in groups:
            if group.any():
                machine = rng.random() < 0.3
                part = synthesisers.drum_machine(rng, notes[group], samples) if machine else None
                part = _kit(rng, notes[group], samples, held_out=held_out) if part is None else part
                part = effects.random_equaliser(rng, part)
                if rng.random() < 0.4:
                    part = effects.compress(rng, part)
                peak = np.abs(part).max() + 1e-9
                x += part / peak * np.float32(rng.uniform(0.4, 1.0))
    x = effects.random_equaliser(rng, x)
    if rng.random() < 0.5:
        x = effects.compress(rng, x)
    if rng.random() < 0.25:
        x = effects.drive(x, rng.uniform(1, 6))
    if rng.random() < 0.6:
        x = effects.reverb(rng, x, longest=1.5)
    if rng.random() < 0.2:  # microphones at the far end of a room, squeezed
        x = x + np.float32(rng.uniform(0.2, 0.8)) * effects.compress(
            rng, effects.reverb(rng, x, wettest=2.5, longest=1.2)
        )
    return effects.place(rng, x) if rng.random() < 0.4 else x


def _kit(rng: Random, notes: Notes, samples: int, *, held_out: bool, kits: Sequence[int] = _KITS) -> Sound:
    """Drums of a soundfont, tuned up or down."""
    font, kit = _preset(rng, kits, held_out, drums=True)
    tuning = float(2 ** rng.uniform(-0.25, 0.25))
    stretched = notes * np.array([tuning, 1, 1, 1])
    x = soundfonts.play(stretched, font, kit, int(samples * tuning) + 2, drums=True)
    where = np.arange(samples) * tuning
    return np.stack([np.interp(where, np.arange(x.shape[1]), channel) for channel in x]).astype(np.float32)


def vocals(rng: Random, score: Score, samples: int, *, held_out: bool = False) -> list[Sound]:
    """The voices of a song: the lead, perhaps backing vocals or a choir; each (2, samples) with effects."""
    low = int(rng.integers(41, 63))
    lines = sung_lines(rng, score, low, low + int(rng.integers(9, 17)), samples / RATE)
    lines = [phrase for phrase in lines if phrase[0][0] < samples / RATE - 0.5]
    if not lines:
        return []
    singers = [_singer(rng, held_out) for _ in range(int(rng.choice([1, 2, 2, 3])))]
    parts = [_vocal_chain(rng, singing.ensemble(rng, singers, lines, samples), score.tempo)]
    if rng.random() < 0.3:
        parts.append(_vocal_chain(rng, _backing(rng, score, lines, samples, held_out), score.tempo))
    return parts


def _singer(rng: Random, held_out: bool) -> Utterance:
    """Who sings. Songs to validate with keep to spoken voices, of which some are held out."""
    if not held_out and rng.random() < _FORMANTS:
        return formants.utterance(rng)
    return voices.utterance(rng, held_out=held_out)


def _backing(rng: Random, score: Score, lines: list[Phrase], samples: int, held_out: bool) -> Sound:
    """A choir: one line in several voices and many slightly different copies, or the choir of a soundfont."""
    chosen = [phrase for phrase in lines if rng.random() < 0.6] or lines[:1]
    if rng.random() < 0.4:
        notes = [
            (bar * score.bar_seconds, score.bar_seconds, 60.0 + (chord.root + tone) % 12, 90.0)
            for bar, chord in enumerate(score.chords)
            for tone in chord.tones
            if bar * score.bar_seconds < samples / RATE
        ]
        return soundfonts.play(np.array(notes), programs.FLUID, int(rng.choice(_CHOIRS)), samples)
    x = silence(samples)
    for shift in rng.choice([0, 3, 4, 7, -5, 12, -12], size=int(rng.integers(1, 4)), replace=False):
        moved = [
            [(start, length, pitch + float(shift)) for start, length, pitch in phrase] for phrase in chosen
        ]
        voice = _singer(rng, held_out)
        one = singing.ensemble(rng, [voice], moved, samples)
        for _ in range(int(rng.integers(1, 4))):
            x += effects.wobble(rng, one, rng.uniform(0.001, 0.005), rng.uniform(0.2, 2))
    return x


def _vocal_chain(rng: Random, x: Sound, tempo: float) -> Sound:
    x = effects.equalise(x, ("high-pass", rng.uniform(60, 160), 0, 0.7))
    x = effects.random_equaliser(rng, x)
    if rng.random() < 0.7:
        x = effects.compress(rng, x)
    if rng.random() < 0.2:
        x = effects.drive(x, rng.uniform(1, 6))
    if rng.random() < 0.06:  # telephone, megaphone
        x = effects.equalise(
            x, ("high-pass", rng.uniform(300, 600), 0, 0.9), ("low-pass", rng.uniform(2500, 4500), 0, 0.9)
        )
        x = effects.drive(x, rng.uniform(1, 10))
    if rng.random() < 0.15:
        x = effects.chorus(rng, x)
    if rng.random() < 0.25:
        x = effects.echo(rng, x, tempo)
    if rng.random() < 0.75:
        x = effects.reverb(rng, x)
    return effects.place(rng, x) if rng.random() < 0.5 else fit(x, x.shape[1])
