"""The songs that a command was given: files, folders of files, and the standard input."""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sharing.filenames import folder_name

STDIN = "-"
# What is taken for a song inside a folder; a file that is named itself may be called anything.
ENDINGS = {".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".w64", ".wav", ".wave"}


@dataclass(frozen=True, slots=True)
class Song:
    """A song, and the name of the folder that its stems get."""

    path: Path
    folder: str


@dataclass(slots=True)
class Found:
    """What was found where a command was told to look, each file once; `problems` says what wasn't."""

    paths: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def find(arguments: Iterable[str], out: Path) -> Found:
    """Files as they are named, and all songs below folders by name, without hidden ones and what lies in `out`."""
    found = Found()
    for argument in arguments:
        path = Path(argument)
        if argument != STDIN and os.path.isdir(path):  # noqa: PTH112 - what can't be looked at is told when it is opened
            songs = list(_below(path, out, found.problems))
            if not songs:
                found.problems.append(f"{argument}: there is no song in this folder.")
            found.paths += songs
        else:
            found.paths.append(path)
    found.paths = list({os.path.realpath(path): path for path in reversed(found.paths)}.values())[::-1]
    return found


def named(paths: Sequence[Path]) -> list[Song]:
    """A folder for each song, called like it; where two would be the same, they tell more about themselves."""
    ways = [
        [folder_name(text) for text in (path.stem, path.name, f"{path.absolute().parent.name} - {path.name}")]
        for path in paths
    ]
    counts = [Counter(name.casefold() for name in way) for way in zip(*ways, strict=True)]
    taken: set[str] = set()
    songs = []
    for path, names in zip(paths, ways, strict=True):
        alone = [name for name, count in zip(names, counts, strict=True) if count[name.casefold()] == 1]
        name = first = alone[0] if alone else names[-1]
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{first} ({number})"
        taken.add(name.casefold())
        songs.append(Song(path, name))
    return songs


@contextmanager
def spooled(arguments: Sequence[str]) -> Iterator[list[str]]:
    """The arguments, with the standard input as a file instead of `-` as long as the context lasts.

    A song is decoded twice, which a pipe can't be.
    """
    if STDIN not in arguments:
        yield list(arguments)
        return
    with tempfile.TemporaryDirectory(prefix="stemlink-") as folder:
        song = Path(folder) / "stdin"
        with song.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [str(song) if argument == STDIN else argument for argument in arguments]


def _below(folder: Path, out: Path, problems: list[str]) -> Iterator[Path]:
    def complain(error: OSError) -> None:
        problems.append(f"{error.filename}: this folder can't be read ({error.strerror}).")

    kept_out = os.path.realpath(out)
    for place, folders, files in os.walk(folder, onerror=complain):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(os.path.join(place, name)) != kept_out  # noqa: PTH118
        )
        yield from (
            Path(place, name)
            for name in sorted(files)
            if not name.startswith(".") and Path(name).suffix.lower() in ENDINGS
        )
