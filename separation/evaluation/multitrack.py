"""Songs with their stems: a folder in the layout of MUSDB18 (`<song>/vocals.wav`, `<song>/drums.wav`, ...)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from separation.evaluation.errors import EvaluationError

_ENDINGS = (".wav", ".flac", ".aiff", ".aif", ".mp3", ".m4a", ".ogg", ".opus")
_MIXTURE = "mixture"


@dataclass(frozen=True, slots=True)
class Multitrack:
    """A song by its files. A stem `bass+drums` is the sum of those two; without a mixture the stems' sum is it."""

    name: str
    stems: dict[str, Path]
    mixture: Path | None = None


def half(folder: Path, name: str) -> Path:
    """The `train` or `test` half of a folder in the layout of MUSDB18; the folder itself where it isn't halved."""
    inner = folder / name
    return inner if inner.is_dir() else folder


def find(folder: Path) -> list[Multitrack]:
    """The songs in a folder, by name; raises EvaluationError `no_songs`, or `named_twice`.

    Names of files count in small letters, and what is hidden (a trash, the `._` files of a Mac) is no music."""
    if not folder.is_dir():
        raise EvaluationError("no_songs", f"{folder} is no folder. Give one in the layout of MUSDB18.")
    found = []
    for song in _seen(folder):
        if not song.is_dir():
            continue
        files = _files(song)
        mixture = files.pop(_MIXTURE, None)
        if files:
            found.append(Multitrack(song.name, files, mixture))
    if not found:
        message = f"{folder} holds no song: put each in a folder of its own with one sound file per stem."
        raise EvaluationError("no_songs", message)
    return found


def _files(song: Path) -> dict[str, Path]:
    """The sound files of a song, by what they are called without their endings."""
    files: dict[str, Path] = {}
    for path in _seen(song):
        if path.suffix.lower() not in _ENDINGS:
            continue
        first = files.setdefault(path.stem.casefold(), path)
        if first is not path:
            message = f"{song.name} has both {first.name} and {path.name}, and there is one file per stem. Remove one."
            raise EvaluationError("named_twice", message)
    return files


def _seen(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def taker(names: Collection[str], sources: Sequence[str]) -> str | None:
    """The stem that gets what no stem is named after: `other`, or else the one stem that nothing is named after."""
    free = [source for source in sources if source not in names]
    return "other" if "other" in sources else free[0] if len(free) == 1 else None


def assign(song: Multitrack, sources: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each reference, by what of a model with these `sources` it is compared with.

    Files that are named after no source of the model, such as a guitar's, belong to `other`, or else to the one source
    that no file is named after. Raises EvaluationError `stems_missing`."""
    fitting = [name for name in song.stems if set(name.split("+")) <= set(sources)]
    named = {part for name in fitting for part in name.split("+")}
    rest = taker(named, sources) or ""
    found: dict[str, list[Path]] = {}
    for name, path in song.stems.items():
        found.setdefault(name if name in fitting else rest, []).append(path)
    covered = [part for name in found for part in name.split("+")]
    files = ", ".join(path.name for path in song.stems.values())
    if missing := [source for source in sources if source not in covered]:
        message = (
            f"{song.name} has no file for {' and '.join(missing)}, only {files}. Add {missing[0]}.wav to it."
        )
        raise EvaluationError("stems_missing", message)
    if len(covered) > len(sources):
        stems = ", ".join(sources)
        raise EvaluationError("stems_missing", f"{song.name}: {files} aren't each one of the stems {stems}.")
    return found
