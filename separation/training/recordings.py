"""Real songs as stems: a folder in the layout of MUSDB18 (`<song>/vocals.wav`, `<song>/drums.wav`, ...)."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from separation.training import library
from separation.training.errors import TrainingError
from separation.training.sound import RATE, fit

_ENDINGS = (".wav", ".flac")
_MIXTURE = "mixture"


def read(path: Path) -> NDArray[np.float32]:
    """A file as (2, samples) at 44,100 Hz."""
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def stems(folder: Path) -> list[tuple[str, dict[str, Path]]]:
    """Songs of a folder and their stems, by name; the mixture is left out, being their sum."""
    if not folder.is_dir():
        raise TrainingError("no_songs", f"{folder} is no folder. Give one in the layout of MUSDB18.")
    found = []
    for song in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = {path.stem: path for path in sorted(song.iterdir()) if path.suffix.lower() in _ENDINGS}
        files.pop(_MIXTURE, None)
        if files:
            found.append((song.name, files))
    if not found:
        raise TrainingError(
            "no_songs",
            f"{folder} holds no song: put each in a folder of its own with one WAV or FLAC file per stem.",
        )
    return found


def keep(folder: Path, target: Path) -> None:
    """Brings the songs of `folder/train` (or of `folder`, where that isn't there) into the library `target`."""
    inner = folder / "train"
    for name, files in stems(inner if inner.is_dir() else folder):
        if not (target / name).exists():
            sounds = {stem: read(path) for stem, path in files.items()}
            longest = max(sound.shape[1] for sound in sounds.values())
            library.write(target / name, {stem: [fit(sound, longest)] for stem, sound in sounds.items()})
