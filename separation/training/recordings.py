"""Real songs as stems: a folder in the layout of MUSDB18 (`<song>/vocals.wav`, `<song>/drums.wav`, ...)."""

import shutil
from pathlib import Path

import numpy as np

from separation.evaluation import multitrack
from separation.evaluation.errors import EvaluationError
from separation.evaluation.multitrack import Multitrack
from separation.evaluation.tape import decoded
from separation.training import library
from separation.training.sound import RATE

# Of how files are read and kept; one more where songs shall be read again that are there already.
_VERSION = 2


def keep(folder: Path, target: Path) -> list[str]:
    """Makes the library `target` hold the songs of `folder/train` (or of `folder`, where that isn't there): new and
    changed ones, and those of another version, are read; those that are gone are deleted.

    Returns a line for each song that can't be learned from. Raises EvaluationError `no_songs`, AudioError, OSError."""
    library.tidy(target)
    songs, left_out = _find(folder)
    kept = {song.folder.name: song.origin for song in library.read(target)}
    for name in kept.keys() - (songs.keys() - left_out.keys()):
        shutil.rmtree(target / name)
    for name in sorted(songs.keys() - left_out.keys()):
        origin = _origin(songs[name])
        if kept.get(name) != origin:
            shutil.rmtree(target / name, ignore_errors=True)
            _write(songs[name], target / name, origin)
    return [
        f"{name} is left out: {file.name} is several stems at once. Such a file is only judged by (--validate)."
        for name, file in sorted(left_out.items())
    ]


def _write(song: Multitrack, folder: Path, origin: str) -> None:
    """Reads all files twice, as neither memory nor the disk should have to hold an hour of floats.

    The library holds no more than full scale, and floats may be louder: then the song as a whole is softer."""
    measured = [_measured(path) for path in song.stems.values()]
    longest = max(samples for samples, _ in measured)
    loudest = np.float32(max(1.0, *(peak for _, peak in measured)))
    with library.writing(folder, origin) as writer:
        for stem, path in song.stems.items():
            writer.add(stem, longest, (block / loudest for block in decoded(path, RATE)))


def _measured(path: Path) -> tuple[int, float]:
    """How long a file is, and how loud its loudest sample; raises AudioError, which names the file."""
    samples, loudest = 0, 0.0
    for block in decoded(path, RATE):
        samples, loudest = samples + block.shape[1], max(loudest, float(np.abs(block).max()))
    return samples, loudest


def names(folder: Path) -> set[str]:
    """What the files of the songs that can be learned from are called; none is opened. Raises EvaluationError."""
    songs, left_out = _find(folder)
    found = {stem for name, song in songs.items() if name not in left_out for stem in song.stems}
    if not found:
        message = (
            f"Each song of {folder} has several stems in one file, which is only judged by (--validate)."
        )
        raise EvaluationError("no_songs", message)
    return found


def _find(folder: Path) -> tuple[dict[str, Multitrack], dict[str, Path]]:
    """The songs by name, and of those that are left out a file that is why."""
    songs = {song.name: song for song in multitrack.find(multitrack.half(folder, "train"))}
    # What is bass and drums at once is neither, and isn't other.
    left_out = {
        name: file for name, song in songs.items() for stem, file in song.stems.items() if "+" in stem
    }
    return songs, left_out


def _origin(song: Multitrack) -> str:
    """Another one where a file is another, as far as its name, size and time say, or is read in another way."""
    about = [(path, path.stat()) for path in song.stems.values()]
    files = (f"{path.name} {status.st_size} {status.st_mtime_ns}" for path, status in about)
    return "\n".join([f"version {_VERSION}", *files])
