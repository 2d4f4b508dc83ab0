"""Songs on disk, which processes write that may be killed at any moment."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.training import library
from separation.training.errors import TrainingError
from separation.training.songs import FAMILIES

TRACKS = {"vocals": [np.full((2, 100), 0.5, np.float32)]}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_process_left_is_no_song_and_no_hindrance(tmp_path: Path) -> None:
    left = tmp_path / f".song.{os.getpid()}"
    library.write(left, TRACKS)
    assert library.read(tmp_path) == []
    library.write(tmp_path / "song", TRACKS)
    assert [song.folder.name for song in library.read(tmp_path)] == ["song"]
    assert names(tmp_path) == ["song"]


def test_what_nobody_writes_any_more_is_deleted(tmp_path: Path) -> None:
    target = library.synthesised(tmp_path, 1)
    for name in ("..000001.5", ".000002.6"):
        (target / name).mkdir(parents=True)
    os.utime(target / "..000001.5", (0, time.time() - 7200))
    library.write(target / "000000", TRACKS)
    assert list(library.render(tmp_path, 1, 1, 1)) == [1]
    assert names(target) == [".000002.6", "000000"]  # another process may be at the second


@pytest.mark.parametrize("left", [b"", b"{", b"[]", b'{"samples": 1}', b"\xff"])
def test_a_song_whose_description_is_lost_is_made_anew(left: bytes, tmp_path: Path) -> None:
    library.write(tmp_path / "song", TRACKS)
    (tmp_path / "song" / "song.json").write_bytes(left)
    assert library.read(tmp_path) == []
    library.write(tmp_path / "song", TRACKS)
    (song,) = library.read(tmp_path)
    np.testing.assert_allclose(song.read(song.tracks["vocals"][0], 0, 100), 0.5, atol=1e-4)


def test_a_song_that_is_there_stays(tmp_path: Path) -> None:
    library.write(tmp_path / "song", TRACKS)
    library.write(tmp_path / "song", {"drums": TRACKS["vocals"]})
    (song,) = library.read(tmp_path)
    assert list(song.tracks) == ["vocals"]


FILM = {"a folder": ("speech", "music", "effects")}
MADE = {"made songs": FAMILIES}
BAND = {"a folder": ("vocals", "guitar", "band")}


@pytest.mark.parametrize(
    ("data", "sources"),
    [
        (FILM, "speech,music,effects"),
        (FILM, "speech,other"),
        (FILM, "speech,band"),  # nothing is called so: it takes the rest
        (MADE, "vocals,guitar,band"),
        (MADE, "vocals,other"),
        (BAND | MADE, "vocals,guitar,band"),  # a file there, the rest here
        (BAND | {"another": ("vocals", "guitar", "piano")}, "vocals,guitar,band"),
    ],
)
def test_stems_of_which_each_has_something_and_that_leave_nothing_are_accepted(
    data: dict[str, tuple[str, ...]], sources: str
) -> None:
    library.check(data, tuple(sources.split(",")))


@pytest.mark.parametrize(
    ("data", "sources", "words"),
    [
        (MADE, "vocals,drums", "brass, guitar, keys.* of made songs.*: add other to --sources"),
        (FILM, "speech,music", "No stem takes effects of a folder.*: add other"),
        (BAND | MADE, "vocals,band,singer", "call singer other"),
        (FILM | MADE, "speech,music,effects", "of made songs.*add other"),
        (MADE, "speech,music,effects", "Nothing is called speech or music or effects, only bass, brass"),
        (MADE, "singer,other", "Nothing is called singer, only .*Name --sources after these"),
        (FILM, "speech,music,effects,other", "Nothing is left for other.*Leave other out"),
        ({"a folder": map(str, range(1000, 1100))}, "a,b", "only 1000, .*, 1011 and 88 more"),
    ],
)
def test_stems_that_leave_something_or_get_nothing_are_refused_with_advice(
    data: dict[str, Iterable[str]], sources: str, words: str
) -> None:
    with pytest.raises(TrainingError, match=words):
        library.check({place: tuple(names) for place, names in data.items()}, tuple(sources.split(",")))


def test_what_is_left_goes_to_the_stem_that_has_nothing_of_its_name_in_these_songs(tmp_path: Path) -> None:
    one = TRACKS["vocals"]
    library.write(tmp_path / "files/song", {"vocals": one, "guitar": one, "band": one}, origin="files")
    library.write(tmp_path / "files/solo", {"guitar": one}, origin="files")
    library.write(tmp_path / "made/song", {"vocals": one, "drums": one, "keys": one})
    found = {
        song.folder.name: {stem: [path.name for path in paths] for stem, paths in song.tracks.items()}
        for folder in ("made", "files")
        for song in library.by_stem(library.read(tmp_path / folder), ("vocals", "guitar", "band"))
    }
    assert found["solo"] == {"vocals": [], "guitar": ["guitar.0.npy"], "band": []}
    assert found["song"] == {stem: [f"{stem}.0.npy"] for stem in ("vocals", "guitar", "band")}
    (made,) = library.by_stem(library.read(tmp_path / "made"), ("vocals", "guitar", "band"))
    assert [path.name for path in made.tracks["band"]] == ["drums.0.npy", "keys.0.npy"]
