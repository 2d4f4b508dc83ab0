"""Songs on disk: rendered by a pool of workers, one folder each, a NumPy file per track."""

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from separation.evaluation import multitrack
from separation.runner import room
from separation.training import files, songs
from separation.training.errors import TrainingError
from separation.training.processes import pooled

_ABOUT = "song.json"
_ABANDONED = 3600  # seconds; nobody writes a song for that long
_MOST_NAMES = 12  # that a message lists


@dataclass(frozen=True, slots=True)
class Song:
    """A song of the library. Tracks are int16 (2, samples), mapped into memory, by family, or by the
    name of the file that they were; sorted out, by stem (`by_stem`).

    `origin` tells recorded songs from what has been put in their place since."""

    folder: Path
    samples: int
    tracks: dict[str, tuple[Path, ...]]
    origin: str = ""

    def read(self, track: Path, first: int, length: int) -> NDArray[np.float32]:
        """(2, length) of a track from sample `first` on; zeros after its end."""
        piece = np.load(track, mmap_mode="r")[:, first : first + length]
        out = np.zeros((2, length), np.float32)
        np.multiply(piece, np.float32(1 / 32768), out=out[:, : piece.shape[1]])
        return out


class Writer:
    """The tracks of a song on their way to the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.samples = 0
        self.names: dict[str, list[str]] = {}

    def add(self, family: str, samples: int, pieces: Iterable[NDArray[np.float32]]) -> None:
        """A track of so many samples; what `pieces` (2, any) lack of them at the end is silence.

        Piece by piece, as a song may be longer than memory, in the file that `numpy.save` would write of the whole."""
        names = self.names.setdefault(family, [])
        names.append(f"{family}.{len(names)}.npy")
        path = self._folder / names[-1]
        with path.open("wb") as file:
            about = {"descr": "<i2", "fortran_order": False, "shape": (2, samples)}
            np.lib.format.write_array_header_1_0(file, about)
            start, done = file.tell(), 0
            file.truncate(start + 4 * samples)
            for piece in pieces:
                whole = np.round(np.clip(piece[:, : samples - done], -1, 1) * 32767).astype("<i2")
                for channel, values in enumerate(whole):
                    file.seek(start + 2 * (channel * samples + done))
                    file.write(values.tobytes())
                done += whole.shape[1]
        files.settle(path)
        self.samples = max(self.samples, samples)


@contextlib.contextmanager
def writing(folder: Path, origin: str = "") -> Iterator[Writer]:
    """Writes a song as a whole or not at all: under another name first. One that can be read isn't replaced.

    `origin` says what it was made of."""
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a process that had this number before
    try:
        unfinished.mkdir(parents=True)
        writer = Writer(unfinished)
        yield writer
        about = {"samples": writer.samples, "tracks": writer.names, "origin": origin}
        files.write(unfinished / _ABOUT, json.dumps(about).encode())
        try:
            unfinished.rename(folder)
        except OSError:
            if song(folder) is None:  # else made by another process in the meantime
                shutil.rmtree(folder)
                unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def write(folder: Path, tracks: dict[str, list[NDArray[np.float32]]], origin: str = "") -> None:
    """Writes a song that is in memory, (2, samples) each."""
    with writing(folder, origin) as song:
        for family, sounds in tracks.items():
            for sound in sounds:
                song.add(family, sound.shape[1], [sound])


def read(folder: Path, most: int | None = None) -> list[Song]:
    """The finished songs in a folder, by name; no more than the first `most`."""
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    return [found for place in places if not place.name.startswith(".") and (found := song(place))][:most]


def song(folder: Path) -> Song | None:
    """One song; None where there is none, or where the disk lost what it says about itself."""
    try:
        about = json.loads((folder / _ABOUT).read_bytes())
        tracks = {name: tuple(folder / file for file in names) for name, names in about["tracks"].items()}
        return Song(folder, int(about["samples"]), tracks, str(about.get("origin", "")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def tidy(folder: Path) -> None:
    """Deletes what was left of songs by processes that were killed."""
    for place in folder.glob(".*"):
        with contextlib.suppress(FileNotFoundError):  # finished, or deleted by another process
            if time.time() - place.stat().st_mtime > _ABANDONED:
                shutil.rmtree(place, ignore_errors=True)


def synthesised(folder: Path, seed: int, *, held_out: bool = False) -> Path:
    """Where the songs of a seed are kept."""
    name, version = ("held-out", songs.HELD_OUT_VERSION) if held_out else ("songs", songs.VERSION)
    return folder / f"synthesised-{version}" / f"{name}-{seed}"


def outdated(folder: Path) -> list[Path]:
    """Where songs are that another version of what makes them has made: nothing reads them."""
    current = synthesised(folder, 0).parent, synthesised(folder, 0, held_out=True).parent
    return sorted(
        place
        for name, version in zip(("songs", "held-out"), current, strict=True)
        for place in folder.glob(f"synthesised-*/{name}-*")
        if place.parent != version
    )


def render(folder: Path, seed: int, count: int, workers: int, *, held_out: bool = False) -> Iterator[int]:
    """Makes the songs 0..count-1 that aren't there yet, in a pool of `workers` processes of one thread each.

    Yields the number of songs that are there, after each. What it needs of disk is about 25 MB a song. Raises
    TrainingError `worker_died` or `program_failed`, ModelError `out_of_memory`, and OSError."""
    target = synthesised(folder, seed, held_out=held_out)
    target.mkdir(parents=True, exist_ok=True)
    tidy(target)
    missing = [number for number in range(count) if song(target / f"{number:06d}") is None]
    ready = count - len(missing)
    yield ready
    jobs = [(target, seed, number, held_out) for number in missing]
    for _ in pooled(_render_one, jobs, workers):
        ready += 1
        yield ready


def _render_one(job: tuple[Path, int, int, bool]) -> None:
    target, seed, number, held_out = job
    try:
        with room(
            "cpu", "The songs so far are kept: run the same command again, perhaps with fewer --workers."
        ):
            tracks = songs.make(seed, number, held_out=held_out)
    except subprocess.SubprocessError as error:
        raise TrainingError("program_failed", f"Song {number} can't be made: {error}") from error
    write(target / f"{number:06d}", tracks)


def by_stem(found: Sequence[Song], sources: Sequence[str]) -> list[Song]:
    """Songs of one folder of the library, with their tracks by stem."""
    made = any(not song.origin for song in found)
    taken = shared_out(songs.FAMILIES if made else {name for song in found for name in song.tracks}, sources)
    sorted_out = []
    for song in found:
        tracks: dict[str, tuple[Path, ...]] = dict.fromkeys(sources, ())
        for name, paths in song.tracks.items():
            if stem := taken.get(name):
                tracks[stem] += paths
        sorted_out.append(replace(song, tracks=tracks))
    return sorted_out


def shared_out(names: Iterable[str], sources: Sequence[str]) -> dict[str, str | None]:
    """Which stem takes each of the names (families, or files of a folder) that there are; None: there is none for it.

    What no stem is named after belongs to `other`, or else to the one stem that nothing is named after."""
    names = set(names)
    rest = multitrack.taker(names, sources)
    return {name: name if name in sources else rest for name in sorted(names)}


def check(data: Mapping[str, Collection[str]], sources: Sequence[str]) -> None:
    """Raises TrainingError `bad_sources` where something has no stem, or a stem nothing.

    `data` are the names that there are, by what to call where they come from."""
    every = {name for names in data.values() for name in names}
    shares = {place: shared_out(names, sources) for place, names in data.items()}
    unknown = [source for source in sources if source not in every]
    got = {stem for taken in shares.values() for stem in taken.values()}
    lacking = [source for source in sources if source not in got]
    message = ""
    if lacking and every <= set(sources):
        names = " and ".join(lacking)
        message = f"Nothing is left for {names}: all that there is has a stem of its name. Leave {names} out."
    elif lacking and ("other" in sources or len(unknown) > 1):
        message = (
            f"Nothing is called {' or '.join(lacking)}, only {_listed(every)}. Name --sources after these, but for "
            "one, such as other, which takes the rest."
        )
    for place, taken in shares.items():
        homeless = [name for name, stem in taken.items() if stem is None]
        if homeless and not message:
            advice = f"call {unknown[0]} other" if unknown else "add other to --sources"
            message = (
                f"No stem takes {_listed(homeless)} of {place}. One must take everything that the others don't: "
                f"{advice}."
            )
    if message:
        raise TrainingError("bad_sources", message)


def _listed(names: Collection[str]) -> str:
    first = sorted(names)[:_MOST_NAMES]
    return ", ".join(first) + (f" and {len(names) - len(first)} more" if len(names) > len(first) else "")


def require(found: Sequence[Song], sources: Sequence[str]) -> None:
    """Raises TrainingError `no_songs` where a stem has no track in any song."""
    if lacking := missing(found, sources):
        raise TrainingError("no_songs", f"No song has anything for the stem {lacking[0]!r}. Give more songs.")


def missing(found: Sequence[Song], sources: Sequence[str]) -> list[str]:
    """The stems that have no track in any song."""
    return [source for source in sources if not any(song.tracks.get(source) for song in found)]
