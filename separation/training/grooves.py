"""Scores from the grooves of MMA (Musical MIDI Accompaniment): some 2,000 accompaniments written by people."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

import mido
import numpy as np

from separation.training import programs
from separation.training.score import Random, Score, Track, empty_score, notes_array

_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_DRUM_CHANNEL = 9


@dataclass(frozen=True, slots=True)
class GrooveFile:
    """A file of the library: its grooves, and how many beats their bars have."""

    grooves: tuple[str, ...]
    fills: tuple[str, ...]
    beats: int


@cache
def library(held_out: bool) -> tuple[GrooveFile, ...]:
    """All groove files; every tenth by its name's hash is held out for validation."""
    files = []
    for path in sorted(programs.GROOVES.rglob("*.mma")):
        if "metronome" in path.name or (crc32(path.name.encode()) % 10 == 0) != held_out:
            continue
        text = path.read_text(errors="ignore")
        names = re.findall(r"^\s*DefGroove\s+(\S+)", text, re.MULTILINE | re.IGNORECASE)
        time = re.search(r"^\s*Time\s+(\d+)", text, re.MULTILINE | re.IGNORECASE)
        plain = tuple(name for name in names if not re.search("intro|end|fill", name, re.IGNORECASE))
        fills = tuple(name for name in names if re.search("fill", name, re.IGNORECASE))
        if plain:
            files.append(GrooveFile(plain, fills, int(time[1]) if time else 4))
    return tuple(files)


def compose(rng: Random, seconds: float, *, held_out: bool = False) -> Score | None:
    """A score in a groove drawn from the library; None when MMA has no notes for bass and drums in it.

    Raises TimeoutExpired and OSError where MMA hangs or can't be run: None would be another song from the same seed."""
    files = library(held_out)
    file = files[int(rng.integers(len(files)))]
    score = empty_score(rng, float(rng.uniform(75, 165)), file.beats, seconds)
    lines = [f"RndSeed {int(rng.integers(1 << 30))}", f"Tempo {score.tempo:.1f}", "SeqRnd On"]
    for bar, chord in enumerate(score.chords):
        if bar % 4 == 0:
            lines.append(f"Groove {rng.choice(file.grooves)}")
        elif bar % 4 == 3 and file.fills:
            lines.append(f"Groove {rng.choice(file.fills)}")
        lines.append(f"{bar + 1} {_NAMES[chord.root]}{chord.quality}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "song.mma").write_text("\n".join(lines) + "\n")
        try:
            programs.run("mma", "-f", "song.mid", "song.mma", folder=folder)
        except subprocess.CalledProcessError:
            return None  # some grooves of the library don't go with some chords
        try:
            score.tracks = _read(folder / "song.mid", score.tempo)
        except (OSError, EOFError, ValueError):
            return None
    families = {track.family for track in score.tracks}
    return score if {"drums", "bass"} <= families else None


def _read(path: Path, tempo: float) -> list[Track]:
    file = mido.MidiFile(path)
    second = 60 / tempo / file.ticks_per_beat
    tracks = []
    for midi in file.tracks:
        now = 0
        sounding: dict[int, list[tuple[int, int]]] = {}
        notes = []
        channel, program = 0, 0
        for message in midi:
            now += message.time
            if message.type == "program_change":
                program = message.program
            elif message.type == "note_on" and message.velocity > 0:
                channel = message.channel
                sounding.setdefault(message.note, []).append((now, message.velocity))
            elif message.type in {"note_off", "note_on"} and sounding.get(message.note):
                start, velocity = sounding[message.note].pop(0)
                length = max(0.03, (now - start) * second)
                notes.append((start * second, length, float(message.note), float(velocity)))
        if len(notes) >= 4:
            family, manner = _part(
                midi.name.lower(), channel, program, float(np.median([n[1] for n in notes]))
            )
            tracks.append(Track(family, manner, notes_array(notes)))
    return tracks


def _part(name: str, channel: int, program: int, length: float) -> tuple[str, str]:
    if channel == _DRUM_CHANNEL or "drum" in name:
        return "drums", "kit"
    if "bass" in name or "walk" in name or 32 <= program < 40:
        return "bass", "bass"
    if "guitar" in name or "plectrum" in name or 24 <= program < 32:
        return "guitar", "strum"
    if program < 8:
        return "piano", "chords"
    return ("pads", "sustained") if length > 0.8 else ("keys", "chords")
