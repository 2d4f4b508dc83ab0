"""The real songs that a training is judged by."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.catalogue import ModelInfo
from separation.errors import AudioError
from separation.evaluation.errors import EvaluationError
from separation.evaluation.tape import decoded
from separation.training import library, validation
from separation.training.songs import FAMILIES
from tests.separation.audio_files import write
from tests.separation.sounds import RATE, noise

FOUR = ("vocals", "drums", "bass", "other")


def read(path: Path) -> NDArray[np.float32]:
    """The sound of a file, (2, samples)."""
    return np.concatenate([*decoded(path, RATE)], axis=1)


def song(folder: Path, *stems: str, seconds: int = 1) -> None:
    folder.mkdir(parents=True)
    for number, stem in enumerate(stems):
        write(folder / f"{stem}.wav", noise(seconds * RATE, seed=number))


def test_songs_of_other_stems_are_judged_by_what_belongs_together(tmp_path: Path) -> None:
    song(tmp_path / "test" / "Song", "mixture", *FOUR, "guitar")
    song(tmp_path / "train" / "Another", "vocals")
    (case,) = validation.recorded(tmp_path, ("vocals", "band"))
    assert set(case.references) == {"vocals", "band"}
    stems = {stem: read(tmp_path / "test" / "Song" / f"{stem}.wav") for stem in (*FOUR, "guitar")}
    np.testing.assert_allclose(case.references["vocals"], stems["vocals"])
    np.testing.assert_allclose(case.mixture, sum(stems.values()), atol=1e-6)
    (case,) = validation.recorded(tmp_path, FOUR)
    np.testing.assert_allclose(case.references["other"], stems["other"] + stems["guitar"], atol=1e-6)


def test_a_file_of_two_stems_is_compared_with_their_sum(tmp_path: Path) -> None:
    song(tmp_path / "Song", "vocals", "bass+drums", "other")
    (case,) = validation.recorded(tmp_path, FOUR)
    assert set(case.references) == {"vocals", "bass+drums", "other"}


def test_of_a_long_song_the_loudest_half_minute_is_taken(tmp_path: Path) -> None:
    loud = noise(45 * RATE, level=0.01)
    loud[:, 10 * RATE : 40 * RATE] *= 10
    (tmp_path / "Song").mkdir()
    write(tmp_path / "Song" / "vocals.flac", loud)
    write(tmp_path / "Song" / "band.flac", 0 * loud[:, : 20 * RATE])
    (case,) = validation.recorded(tmp_path, ("vocals", "band"))
    assert case.mixture.shape == case.references["band"].shape == (2, 30 * RATE)
    np.testing.assert_allclose(case.mixture, loud[:, 10 * RATE : 40 * RATE], atol=1e-4)


def test_songs_that_cannot_be_judged_by_are_named(tmp_path: Path) -> None:
    song(tmp_path / "fewer" / "Song", "vocals", "drums")
    with pytest.raises(EvaluationError, match="Song has no file for bass and other"):
        validation.real_songs(tmp_path / "fewer", FOUR)
    song(tmp_path / "broken" / "Song", *FOUR)
    (tmp_path / "broken" / "Song" / "bass.wav").write_text("no sound")
    with pytest.raises(AudioError, match=r"bass\.wav: This file isn't audio"):
        validation.recorded(tmp_path / "broken", FOUR)


def test_songs_without_any_sound_judge_nothing(tmp_path: Path) -> None:
    """No score is higher than that of nothing: the result was never written."""
    for name in ("One", "Two"):
        (tmp_path / name).mkdir()
        for stem in FOUR:
            write(tmp_path / name / f"{stem}.wav", 0 * noise(RATE))
    with pytest.raises(EvaluationError, match="nothing to hear in the songs to validate with"):
        validation.cases(None, tmp_path, FOUR)
    write(tmp_path / "Two" / "bass.wav", noise(RATE))
    assert [case.group for case in validation.cases(None, tmp_path, FOUR)] == ["One", "Two"]


def test_a_made_song_is_the_same_music_for_models_of_any_stems(tmp_path: Path) -> None:
    def loud(seed: int) -> list[NDArray[np.float32]]:
        return [noise(RATE, seed=seed)]

    library.write(
        tmp_path / "0", {name: loud(n) for n, name in enumerate(("vocals", "bass", "guitar", "keys"))}
    )
    (found,) = library.read(tmp_path)

    def unpacked(number: int, *wanted: str) -> dict[str, NDArray[np.float32]]:
        with tempfile.TemporaryDirectory(dir=tmp_path) as place:
            stems = validation.unpack(found, number, Path(place), wanted).stems
            return {name: read(path) for name, path in stems.items()}

    four, five = unpacked(0, *FOUR, "band"), unpacked(0, *FOUR, "band", "guitar")
    assert tuple(four) == FOUR
    assert tuple(five) == (*FOUR, "guitar")
    assert five["guitar"].any()
    np.testing.assert_allclose(five["other"] + five["guitar"], four["other"], atol=1e-6)
    for stem in ("vocals", "drums", "bass"):
        np.testing.assert_array_equal(five[stem], four[stem])
    silent = unpacked(15, "guitar")  # where it is other's turn to be silent
    assert not np.stack([silent["other"], silent["guitar"]]).any()
    assert silent["vocals"].any()
    assert "other" not in unpacked(0, *FAMILIES)


def test_made_songs_judge_models_whose_stems_they_have() -> None:
    def model(*sources: str) -> ModelInfo:
        return ModelInfo("mine", "Mine", sources, "MIT", "A test.")

    for sources in (FOUR, ("vocals", "guitar", "band"), FAMILIES, ("piano", "karaoke")):
        validation.require_makeable(model(*sources))
    for sources in (("speech", "music"), ("vocals", "drums"), ("singer", "other")):
        with pytest.raises(EvaluationError, match=r"mine has the stems .* with a FOLDER of songs"):
            validation.require_makeable(model(*sources))
