"""Songs on disk, which processes write that may be killed at any moment."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.training import library

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
