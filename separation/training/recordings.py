"""Real songs as stems: a folder in the layout of MUSDB18 (`<song>/vocals.wav`, `<song>/drums.wav`, ...)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from separation.audio.decode import AudioReader
from separation.errors import AudioError
from separation.evaluation import multitrack
from separation.training import library
from separation.training.sound import RATE, fit, silence


def read(path: Path) -> NDArray[np.float32]:
    """A file as (2, samples) at 44,100 Hz, decoded as a user's song is; raises AudioError, which names the file."""
    try:
        with AudioReader(path, sample_rate=RATE) as reader:
            return np.concatenate([silence(0), *reader], axis=1)
    except AudioError as error:
        raise AudioError(error.code, f"{path}: {error.message}", retry=error.retry) from error


def keep(folder: Path, target: Path) -> None:
    """Brings the songs of `folder/train` (or of `folder`, where that isn't there) into the library `target`."""
    for song in multitrack.find(multitrack.half(folder, "train")):
        if not (target / song.name).exists():
            sounds = {stem: read(path) for stem, path in song.stems.items()}
            longest = max(sound.shape[1] for sound in sounds.values())
            library.write(target / song.name, {stem: [fit(sound, longest)] for stem, sound in sounds.items()})
