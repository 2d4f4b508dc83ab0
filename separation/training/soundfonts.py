"""Notes played by FluidSynth through a General MIDI soundfont."""

import tempfile
import wave
from pathlib import Path

import mido
import numpy as np

from separation.training import programs
from separation.training.score import Notes
from separation.training.sound import RATE, Sound, fit, silence

_TICKS = 960  # a second, at MIDI's 120 beats a minute and 480 ticks a beat


def play(notes: Notes, font: Path, program: int, samples: int, *, drums: bool = False) -> Sound:
    """(2, samples); `program` counts from 0, for drums it is the number of the kit."""
    if len(notes) == 0:
        return silence(samples)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "notes.mid", notes, program, 9 if drums else 0)
        programs.run(
            *(
                "fluidsynth",
                "-ni",
                "-q",
                "-R",
                "0",
                "-C",
                "0",
                "-g",
                "0.5",
                "-r",
                RATE,
                "-T",
                "wav",
                "-O",
                "s16",
            ),
            *("-o", "synth.dynamic-sample-loading=1", "-F", "sound.wav", font, "notes.mid"),
            folder=folder,
        )
        with wave.open(str(folder / "sound.wav")) as file:
            raw = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return fit(raw.reshape(-1, 2).T.astype(np.float32) / np.float32(32768), samples)


def _write(path: Path, notes: Notes, program: int, channel: int) -> None:
    events = []
    for start, duration, pitch, velocity in notes:
        key, first = int(np.clip(pitch, 0, 127)), int(start * _TICKS)
        loud = int(np.clip(velocity, 1, 127))
        events.append((first, 1, mido.Message("note_on", channel=channel, note=key, velocity=loud)))
        last = max(first + 10, int((start + duration) * _TICKS))
        events.append((last, 0, mido.Message("note_off", channel=channel, note=key)))
    track = mido.MidiTrack([mido.Message("program_change", channel=channel, program=program)])
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(track)
    file.save(path)
