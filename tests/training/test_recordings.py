"""Recorded songs on their way into the library."""

import itertools
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.errors import AudioError
from separation.evaluation.tape import Sound, decoded
from separation.training import library, recordings
from tests.separation.audio_files import wav, write
from tests.separation.sounds import RATE, noise


def kept(tmp_path: Path) -> library.Song:
    """The one song of `music`, from the library."""
    recordings.keep(tmp_path / "music", tmp_path / "library")
    (song,) = library.read(tmp_path / "library")
    return song


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """For the stems of a song."""
    place = tmp_path / "music" / "One"
    place.mkdir(parents=True)
    return place


def test_mono_is_as_loud_as_where_it_is_separated(place: Path, tmp_path: Path) -> None:
    sound = noise(RATE, channels=1)
    write(place / "vocals.wav", sound)
    song = kept(tmp_path)
    read = song.read(song.tracks["vocals"][0], 0, RATE)
    np.testing.assert_allclose(read, np.repeat(sound, 2, axis=0), atol=1e-4)


def test_a_song_that_is_read_piece_by_piece_is_kept_as_if_it_was_whole(place: Path, tmp_path: Path) -> None:
    (place / "vocals.wav").write_bytes(wav(noise(2 * RATE, level=0.6)))
    (place / "drums.wav").write_bytes(wav(noise(3 * 48_000), 48_000))
    write(place / "bass.mp3", noise(RATE))
    whole = {
        stem: np.concatenate([*decoded(place / file)], axis=1)
        for stem, file in (("vocals", "vocals.wav"), ("drums", "drums.wav"), ("bass", "bass.mp3"))
    }
    longest = max(sound.shape[1] for sound in whole.values())
    loudest = max(np.abs(sound).max() for sound in whole.values())
    assert loudest > 1
    song = kept(tmp_path)
    assert song.samples == longest
    for stem, sound in whole.items():
        filled = np.pad(sound, ((0, 0), (0, longest - sound.shape[1])))
        np.save(tmp_path / "whole.npy", np.round(filled / loudest * 32767).astype(np.int16))
        assert song.tracks[stem][0].read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_a_song_is_never_in_memory_as_a_whole(place: Path, tmp_path: Path) -> None:
    for stem in ("vocals", "drums"):
        write(place / f"{stem}.flac", np.zeros((2, 100 * RATE), np.float32))
    tracemalloc.start()
    try:
        song = kept(tmp_path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert song.samples == 100 * RATE
    assert most < 8_000_000  # one file as floats would be 35 million


def test_of_a_song_that_breaks_off_nothing_is_kept(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its disk is pulled out after it was measured."""
    write(place / "vocals.wav", noise(RATE))
    times = itertools.count()

    def broken(path: Path, rate: int) -> Iterator[Sound]:
        yield from decoded(path, rate)
        if next(times):
            raise AudioError("decoder_stopped", "Reading the file broke off.")

    monkeypatch.setattr(recordings, "decoded", broken)
    with pytest.raises(AudioError, match="broke off"):
        kept(tmp_path)
    assert list((tmp_path / "library").iterdir()) == []


def test_a_damaged_file_is_named(place: Path, tmp_path: Path) -> None:
    (place / "vocals.wav").write_text("no sound")
    with pytest.raises(AudioError, match=r"vocals\.wav: This file isn't audio"):
        kept(tmp_path)


def songs(folder: Path) -> dict[str, tuple[list[str], float]]:
    """What a library holds: the stems of each song, and its loudest sample to two digits."""
    found = {}
    for song in library.read(folder):
        files = [file for files in song.tracks.values() for file in files]
        loudest = max(float(abs(song.read(file, 0, song.samples)).max()) for file in files)
        found[song.folder.name] = (list(song.tracks), round(loudest, 2))
    return found


def test_the_library_follows_the_folder(tmp_path: Path) -> None:
    folder, target = tmp_path / "music", tmp_path / "library"
    for name in ("One", "Two"):
        (folder / "train" / name).mkdir(parents=True)
        write(folder / "train" / name / "vocals.wav", np.full((2, RATE), 0.2, np.float32))
    assert recordings.keep(folder, target) == []
    before = (target / "One" / "song.json").stat().st_mtime_ns
    assert songs(target) == {name: (["vocals"], 0.2) for name in ("One", "Two")}

    write(folder / "train" / "Two" / "vocals.wav", np.full((2, RATE), 0.5, np.float32))
    recordings.keep(folder, target)
    assert songs(target)["Two"] == (["vocals"], 0.5)
    write(folder / "train" / "Two" / "drums.wav", np.full((2, RATE), 0.5, np.float32))
    recordings.keep(folder, target)
    assert songs(target)["Two"][0] == ["drums", "vocals"]
    shutil.rmtree(folder / "train" / "Two")
    recordings.keep(folder, target)
    assert list(songs(target)) == ["One"]
    assert (
        target / "One" / "song.json"
    ).stat().st_mtime_ns == before  # what stayed as it was isn't read again


@pytest.mark.parametrize("version", ["", "version 1\n"])
def test_songs_that_an_older_version_read_are_read_again(version: str, tmp_path: Path) -> None:
    """They had silence in place of what is damaged, and were clipped."""
    (tmp_path / "music" / "One").mkdir(parents=True)
    path = write(tmp_path / "music" / "One" / "vocals.wav", np.full((2, RATE), 0.5, np.float32))
    origin = f"{version}vocals.wav {path.stat().st_size} {path.stat().st_mtime_ns}"
    with library.writing(tmp_path / "library" / "One", origin) as writer:
        writer.add("vocals", RATE, [np.full((2, RATE), 0.1, np.float32)])
    recordings.keep(tmp_path / "music", tmp_path / "library")
    assert songs(tmp_path / "library") == {"One": (["vocals"], 0.5)}


def test_songs_with_several_stems_in_a_file_are_left_out_and_named(tmp_path: Path) -> None:
    for name, stem in (("One", "bass"), ("Two", "bass+drums")):
        (tmp_path / "music" / name).mkdir(parents=True)
        write(tmp_path / "music" / name / f"{stem}.wav", noise(RATE))
    (line,) = recordings.keep(tmp_path / "music", tmp_path / "library")
    assert "Two is left out: bass+drums.wav" in line
    assert list(songs(tmp_path / "library")) == ["One"]


@pytest.mark.parametrize("damage", ["no number", "wild", "cut off"])
def test_a_file_that_is_not_whole_is_named(damage: str, place: Path, tmp_path: Path) -> None:
    """There was silence in its place, and so it was learned."""
    sound = noise(RATE)
    if damage != "cut off":
        sound[0, 1000] = 1000 if damage == "wild" else np.nan
    content = wav(sound)
    (place / "vocals.wav").write_bytes(content[:-RATE] if damage == "cut off" else content)
    with pytest.raises(
        AudioError, match=r"vocals\.wav: This file is cut off, or some of it is damaged; replace it"
    ):
        kept(tmp_path)


def test_floats_over_full_scale_are_not_clipped(place: Path, tmp_path: Path) -> None:
    """All of the song is turned down alike."""
    sounds = {"vocals": 2 * noise(RATE) / np.abs(noise(RATE)).max(), "drums": noise(RATE, seed=2)}
    for stem, sound in sounds.items():
        (place / f"{stem}.wav").write_bytes(wav(sound))
    song = kept(tmp_path)
    for stem, sound in sounds.items():
        (track,) = song.tracks[stem]
        np.testing.assert_allclose(song.read(track, 0, RATE), sound / 2, atol=1e-4)
