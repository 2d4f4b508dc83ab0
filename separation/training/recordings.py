"""Real songs as stems: a folder in the layout of MUSDB18 (`<song>/vocals.wav`, `<song>/drums.wav`, ...)."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from separation.evaluation import multitrack
from separation.training import library
from separation.training.sound import RATE, fit


def read(path: Path) -> NDArray[np.float32]:
    """A file as (2, samples) at 44,100 Hz."""
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def keep(folder: Path, target: Path) -> None:
    """Brings the songs of `folder/train` (or of `folder`, where that isn't there) into the library `target`."""
    for song in multitrack.find(multitrack.half(folder, "train")):
        if not (target / song.name).exists():
            sounds = {stem: read(path) for stem, path in song.stems.items()}
            longest = max(sound.shape[1] for sound in sounds.values())
            library.write(target / song.name, {stem: [fit(sound, longest)] for stem, sound in sounds.items()})
