"""Songs in a folder: what belongs to them and what doesn't."""

from pathlib import Path

import pytest

from separation.evaluation import multitrack
from separation.evaluation.errors import EvaluationError


def files(song: Path, *names: str) -> None:
    song.mkdir(parents=True)
    for name in names:
        (song / name).write_text("sound")


def test_hidden_files_and_folders_are_no_music(tmp_path: Path) -> None:
    files(tmp_path / "Song", "vocals.wav", "._vocals.wav", ".drums.wav")
    files(tmp_path / ".trash", "vocals.wav")
    files(tmp_path / "__MACOSX", "._vocals.wav")
    (song,) = multitrack.find(tmp_path)
    assert (song.name, list(song.stems)) == ("Song", ["vocals"])


def test_names_are_the_same_in_capitals(tmp_path: Path) -> None:
    files(tmp_path / "Song", "Mixture.wav", "Vocals.WAV", "Bass+Drums.flac")
    (song,) = multitrack.find(tmp_path)
    assert song.mixture == tmp_path / "Song" / "Mixture.wav"
    assert set(song.stems) == {"vocals", "bass+drums"}
    assert song.stems["vocals"] == tmp_path / "Song" / "Vocals.WAV"


@pytest.mark.parametrize(
    ("first", "second"),
    [("bass.flac", "bass.wav"), ("Bass.wav", "bass.wav"), ("mixture.mp3", "Mixture.wav")],
)
def test_two_files_for_one_stem_are_told_and_neither_is_taken(
    tmp_path: Path, first: str, second: str
) -> None:
    files(tmp_path / "Song", "vocals.wav", first, second)
    with pytest.raises(EvaluationError) as caught:
        multitrack.find(tmp_path)
    assert caught.value.code == "named_twice"
    for word in ("Song", first, second, "Remove"):
        assert word in caught.value.message


def test_a_folder_in_halves_is_read_by_the_half(tmp_path: Path) -> None:
    files(tmp_path / "test" / "Song", "vocals.wav")
    assert multitrack.half(tmp_path, "test") == tmp_path / "test"
    assert multitrack.half(tmp_path, "train") == tmp_path
