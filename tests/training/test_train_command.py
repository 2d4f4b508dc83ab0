"""`manage.py train`: from a folder of stems to a model in the catalogue."""

import contextlib
import io
import re
import shutil
import wave
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from django.core.management import call_command
from safetensors.torch import load_file

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation import catalogue
from separation.training import apprentice, calibration, library, programs, trainer
from separation.training.plan import Plan

pytestmark = pytest.mark.usefixtures("own_signals")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One song of two seconds in the layout of MUSDB18."""
    song = tmp_path / "stems" / "train" / "A song"
    song.mkdir(parents=True)
    for seed, name in enumerate(("mixture", "vocals", "drums")):
        noise(song / f"{name}.wav", seed)
    return tmp_path / "stems"


def noise(path: Path, seed: int, most: int = 3000) -> None:
    """Two seconds."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(
            np.random.default_rng(seed).integers(-most, most, 2 * 88_200).astype("<i2").tobytes()
        )


def run(*arguments: object) -> tuple[str, str]:
    out, error = io.StringIO(), io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("train", *map(str, arguments), stdout=out, stderr=error)
    return out.getvalue(), error.getvalue()


def test_a_folder_of_stems_becomes_a_model(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--data", folder, "--sources", "vocals,band", "--steps", 20, "--batch", 1, "--workers", 1]
    options += ["--width", 8, "--depth", 1, "--stride", 4]
    options += ["--cache", tmp_path / "cache", "--out", tmp_path / "models"]
    out, error = run("mine", *options)
    assert not error
    assert "mine.safetensors" in out
    assert (tmp_path / "cache/runs/mine.curve.svg").read_text().startswith("<svg")

    monkeypatch.setattr(catalogue, "_folder", tmp_path / "models")
    assert [model.name for model in catalogue.models()][-1] == "mine"
    assert catalogue.get("mine").sources == ("vocals", "band")
    assert catalogue.get("mine").description == "Trained with `manage.py train` on stems."

    _, error = run("mine", *options)
    assert "--resume" in error


def test_a_name_that_is_not_utf_8_is_as_good_as_any(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a folder, a song and a file."""
    odd = tmp_path / "caf\udce9"
    shutil.copytree(folder / "train/A song", odd / "Song\udcff")
    (odd / "Song\udcff/drums.wav").rename(odd / "Song\udcff/gui\udce9.wav")
    options = ["--data", odd, "--sources", "vocals,band", "--steps", 20, "--batch", 1, "--workers", 1]
    options += ["--width", 8, "--depth", 1, "--stride", 4, "--cache", tmp_path / "cache"]
    _, error = run("mine", *options, "--out", tmp_path / "models")
    assert not error
    monkeypatch.setattr(catalogue, "_folder", tmp_path / "models")
    assert "caf\ufffd" in catalogue.get("mine").description


def test_stems_are_called_as_their_files_are(folder: Path, tmp_path: Path) -> None:
    """Every stem has files of its name, and none has to take a rest that isn't there."""
    song = folder / "train/A song"
    for number, name in enumerate(("guitar", "band")):
        noise(song / f"{name}.wav", number)
    (song / "vocals.wav").rename(song / "singer.wav")
    (song / "drums.wav").unlink()
    options = ["--data", folder, "--steps", 20, "--batch", 1, "--workers", 1, "--width", 8, "--depth", 1]
    options += ["--cache", tmp_path / "cache", "--out", tmp_path / "models"]
    _, error = run("mine", *options, "--sources", "singer,guitar,drums,bass")
    assert error == (
        "Nothing is called drums or bass, only band, guitar, singer. Name --sources after these, but for one, such "
        "as other, which takes the rest.\n"
    )
    assert not (tmp_path / "cache").exists()
    out, error = run("mine", *options, "--sources", "singer,guitar,band")
    assert not error
    assert "mine.safetensors" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([catalogue.default().name], "comes with Stemlink"),
        (["../mine"], "small letters"),
        (["mine", "--sources", "vocals"], "at least two"),
        (["mine", "--sources", "vocals,drums"], "everything that the others don't"),
        (["mine", "--data", "/no/such/folder"], "is no folder"),
        (["mine", "--validate", "/no/such/folder"], "is no folder"),
        (
            ["mine", "--data", "FOLDER", "--validate", "FOLDER", "--sources", "vocals,rest"],
            "needs another folder than --data",
        ),
        (["mine", "--validate", "FOLDER"], "A song has no file for bass and other"),
        (["mine", "--stride", "3"], "1, 2 or 4 frames a step"),
        (["mine", "--rate", "-1"], "between 0 and 1"),
        (["mine", "--rate", "nan"], "between 0 and 1"),
        (["mine", "--workers", "0"], "--workers needs a number from 1"),
        (["mine", "--steps", "0"], "--steps needs a number from 1"),
        (["mine", "--steps", "-5"], "--steps needs a number from 1"),
        (["mine", "--minutes", "-1"], "--minutes needs a number above 0"),
        (["mine", "--minutes", "nan"], "--minutes needs a number above 0"),
        (["mine", "--minutes", "inf"], "--minutes needs a number above 0"),
        (["mine", "--batch", "0"], "--batch needs a number from 1"),
        (["mine", "--batch", "10001"], "--batch needs a number from 1 to 10,000"),
        (["mine", "--frames", "1000000000"], "--frames needs a number from 16 to 100,000"),
        (["mine", "--workers", "1000000000"], "--workers needs a number from 1 to 1,000"),
        (["mine", "--songs", "1000000000"], "--songs needs a number from 1 to 1,000,000"),
        (["mine", "--songs", "-1"], "--songs needs a number from 1"),
        (["mine", "--seed", "-1"], "--seed needs a number from 0"),
        (["mine", "--seed", "99999999999999"], "--seed needs a number from 0"),
        (["mine", "--out", "caf\udce9"], "isn't UTF-8. Give another folder"),
        (["mine", "--cache", "caf\udce9"], "isn't UTF-8. Give another folder"),
        (["mine", "--start", "classical"], "classical has no weights to begin with"),
        (["mine", "--out", "FOLDER/A song/drums.wav"], "drums.wav can't be written (File exists)"),
        (["mine", "--start", "bandsplit-1", "--depth", "2"], "may only be deeper"),
        (["mine", "--start", "bandsplit-1", "--width", "64"], "bandsplit-1 is 48 wide, 3 deep"),
    ],
)
def test_what_cannot_be_trained_is_said_in_a_line_before_anything_is_made(
    arguments: list[str], words: str, folder: Path, tmp_path: Path
) -> None:
    given = [argument.replace("FOLDER", str(folder / "train")) for argument in arguments]
    out, error = run("--out", tmp_path / "models", "--cache", tmp_path / "cache", *given)
    assert not out
    assert words in error
    assert error.strip().count("\n") == 0
    assert not (tmp_path / "cache").exists()


def test_a_song_to_validate_with_that_cannot_be_read_is_named(folder: Path, tmp_path: Path) -> None:
    """It is read by a process that learns, and what that says comes through."""
    shutil.copytree(folder / "train", tmp_path / "judges")
    (tmp_path / "judges/A song/drums.wav").write_text("no sound")
    options = ["--data", folder, "--sources", "vocals,drums,rest", "--validate", tmp_path / "judges"]
    shutil.copy(folder / "train/A song/drums.wav", folder / "train/A song/rest.wav")
    shutil.copy(folder / "train/A song/drums.wav", tmp_path / "judges/A song/rest.wav")
    options += ["--steps", 20, "--batch", 1, "--workers", 1, "--width", 8, "--depth", 1, "--stride", 4]
    _, error = run("mine", *options, "--cache", tmp_path / "cache", "--out", tmp_path / "models")
    assert "A song/drums.wav: This file isn't audio" in error


def test_no_more_songs_are_learned_from_than_were_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that were made here before, for a training that wanted more; of a folder all are."""
    sound = [np.full((2, 100), 0.5, np.float32)]
    for held_out, count in ((False, 3), (True, 12)):
        target = library.synthesised(tmp_path, 1, held_out=held_out)
        for number in range(count):
            library.write(target / f"{number:06d}", {"vocals": sound, "keys": sound})
    found: list[str] = []

    def train(plan: Plan) -> NoReturn:
        found.extend(song.folder.name for song in apprentice._songs(plan, 0))
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", train)
    monkeypatch.setattr(programs, "check", lambda: None)
    shutil.copytree(folder / "train/A song", folder / "train/Another")
    shutil.copytree(folder / "train/A song", folder / "train/One more")
    options = ["--data", "synthesised", folder, "--sources", "vocals,band", "--songs", 2]
    run("mine", *options, "--cache", tmp_path, "--out", tmp_path / "models")
    assert found == ["000000", "000001", "A song", "Another", "One more"]


def test_songs_of_another_version_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gigabytes that nothing reads any more, beside others that are made anew without a word."""
    sound = [np.full((2, 100), 0.5, np.float32)]
    here = [library.synthesised(tmp_path, 1, held_out=held_out) for held_out in (False, True)]
    for target, count in zip(here, (1, 12), strict=True):
        for number in range(count):
            library.write(target / f"{number:06d}", {"vocals": sound, "keys": sound})
    old = [tmp_path / "synthesised-0" / target.name for target in here]
    for target in old:
        target.mkdir(parents=True)

    def train(_plan: Plan) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", train)
    monkeypatch.setattr(programs, "check", lambda: None)
    options = ["--resume", "--songs", 1, "--sources", "vocals,band", "--cache", tmp_path, "--out", tmp_path]
    run("mine", *options)
    told = "".join(capsys.readouterr().err.split())
    assert all(f"{target}" in told for target in old)
    assert not any(f"{target}" in told for target in here)
    for target in old:
        target.rmdir()
    run("mine", *options)
    assert "this version" not in capsys.readouterr().err


def test_a_model_that_is_there_is_not_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").write_text("hours of work")
    options = ["--data", folder, "--sources", "vocals,band", "--cache", tmp_path / "cache", "--out", tmp_path]
    _, error = run("mine", *options)
    assert "mine.safetensors is there already" in error
    assert not (tmp_path / "cache").exists()


def test_a_disk_that_fails_is_said_in_a_line(folder: Path, tmp_path: Path) -> None:
    """Where a process that learns finds it out."""
    (tmp_path / "cache/runs/mine.curve.jsonl").mkdir(parents=True)
    error = io.StringIO()
    options = ["--data", folder, "--sources", "vocals,band", "--workers", 1, "--width", 8, "--depth", 1]
    options += ["--cache", tmp_path / "cache", "--out", tmp_path / "models"]
    with pytest.raises(SystemExit) as ended:
        call_command("train", "mine", *map(str, options), stdout=io.StringIO(), stderr=error)
    assert ended.value.code == 1
    assert "mine.curve.jsonl can't be read or written (Is a directory)" in error.getvalue()


@pytest.mark.parametrize("trouble", [MemoryError(), OSError(12, "Cannot allocate memory")])
def test_a_machine_without_memory_is_said_in_a_line(
    trouble: Exception, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it shows; the second is what starting a process says."""

    def train(_plan: Plan) -> NoReturn:
        raise trouble

    monkeypatch.setattr(trainer, "train", train)
    options = ["--data", folder, "--sources", "vocals,band", "--cache", tmp_path, "--out", tmp_path]
    _, error = run("mine", *options)
    assert error.startswith("The memory of this machine is full. Give fewer --workers")
    assert error.count("\n") == 1


def test_the_result_is_balanced_by_the_songs_to_validate_with(folder: Path, tmp_path: Path) -> None:
    options = ["--data", folder, "--sources", "vocals,drums,rest"]
    shutil.copy(folder / "train/A song/drums.wav", folder / "train/A song/rest.wav")
    options += ["--steps", 20, "--batch", 1, "--workers", 1, "--width", 8, "--depth", 1, "--stride", 4]
    biases = {}
    shutil.copytree(folder / "train", tmp_path / "judges")
    noise(tmp_path / "judges/A song/vocals.wav", 9, 12_000)  # louder than all that was learned from
    for name, more in (("plain", []), ("balanced", ["--validate", tmp_path / "judges"])):
        _, error = run(name, *options, *more, "--cache", tmp_path / "cache", "--out", tmp_path / "models")
        assert not error
        found = load_file(tmp_path / f"models/{name}.safetensors")
        biases[name] = found["merge.0.2.bias"].view(4, 3, -1).float()
    moved = biases["balanced"] - biases["plain"]
    assert moved[:, 0].min() > 0.1
    assert moved[:, 2].abs().max() < 0.01  # the last stem takes what the others leave


def test_it_is_shown_how_far_finishing_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes minutes."""

    def finish(_plan: Plan, progress: Callable[[float], None]) -> NoReturn:
        progress(0.37)
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", lambda _plan: [])
    monkeypatch.setattr(calibration, "finish", finish)
    options = [
        "--data",
        folder,
        "--sources",
        "vocals,band",
        "--cache",
        tmp_path,
        "--out",
        tmp_path / "models",
    ]
    _, error = run("mine", *options)
    assert "Ended" in error
    assert re.search(r"Finishing.* 37%", capsys.readouterr().err)
