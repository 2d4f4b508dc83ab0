"""`manage.py evaluate`: figures of any model on a folder of songs, or one line that says what is wrong with it."""

import contextlib
import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command

from separation.evaluation import evaluate
from separation.evaluation.multitrack import Multitrack
from separation.models.classical import Classical
from tests.separation.audio_files import wav, write
from tests.separation.sounds import RATE, Sound, noise, song

pytestmark = pytest.mark.usefixtures("own_signals")

SECONDS = 3
ROOT = Path(__file__).parents[2]


def run(*arguments: object) -> tuple[str, str]:
    out, error = io.StringIO(), io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("evaluate", *map(str, arguments), stdout=out, stderr=error)
    return out.getvalue(), error.getvalue()


def save(folder: Path, stems: dict[str, Sound]) -> Path:
    folder.mkdir(parents=True)
    for name, sound in stems.items():
        write(folder / f"{name}.wav", sound)
    return folder.parent


def test_a_song_without_vocals_and_one_with_other_stems_are_measured(tmp_path: Path) -> None:
    stems = song(SECONDS)
    silent = {**stems, "vocals": np.zeros_like(stems["vocals"])}
    save(tmp_path / "music" / "test" / "Instrumental", silent)
    pair = {"bass+drums": stems["bass"] + stems["drums"], "vocals": stems["vocals"]}
    save(tmp_path / "music" / "test" / "Song", {**pair, "guitar": stems["other"]})
    out, error = run(
        *(tmp_path / "music", "--model", "classical", "--device", "cpu"),
        *("--json", tmp_path / "figures.json", "--plot", tmp_path / "figures.svg"),
    )
    assert not error
    assert "classical" in out
    figures = json.loads((tmp_path / "figures.json").read_text())
    instrumental, other = (one["stems"] for one in figures["songs"])
    assert instrumental["vocals"]["leakage"] < 0
    assert instrumental["vocals"]["sdr"] is None
    assert instrumental["drums"]["leakage"] is None
    assert set(other) == {"bass+drums", "vocals", "other"}
    for stem in ("drums", "bass", "other"):
        assert instrumental[stem]["sdr"] == pytest.approx(instrumental[stem]["whole"], abs=6)
    summary = {one["stem"]: one for one in figures["summary"]}
    assert (summary["vocals"]["songs"], summary["vocals"]["silent"]) == (1, 1)
    assert summary["vocals"]["sdr"] == other["vocals"]["sdr"]
    assert (tmp_path / "figures.svg").read_text().count("<circle") == 6


def test_a_mixture_of_its_own_is_what_is_separated(tmp_path: Path) -> None:
    """A folder may hold a mixture that isn't quite the sum; here it is silence, in which no stem is found."""
    stems = song(1)
    pair = {"vocals": stems["vocals"], "bass+drums+other": stems["drums"] + stems["other"]}
    save(tmp_path / "music" / "Song", {**pair, "mixture": noise(RATE, level=1e-4)})
    run(tmp_path / "music", "--model", "classical", "--device", "cpu", "--json", tmp_path / "figures.json")
    for figures in json.loads((tmp_path / "figures.json").read_text())["songs"][0]["stems"].values():
        assert figures["whole"] == pytest.approx(0, abs=0.05)


def test_songs_that_cannot_be_measured_are_said_in_a_line(tmp_path: Path) -> None:
    stems = {name: sound[:, :RATE] for name, sound in song(1).items()}
    rest = {name: sound for name, sound in stems.items() if name != "bass"}
    missing = save(tmp_path / "missing" / "Song", rest)
    differ = save(tmp_path / "differ" / "Song", {**stems, "bass": noise(3 * RATE)})
    twice = save(tmp_path / "twice" / "Song", {**stems, "bass+drums": stems["bass"]})
    broken = save(tmp_path / "broken" / "Song", stems)
    (broken / "Song" / "bass.wav").write_text("no sound")
    (tmp_path / "empty").mkdir()
    for folder, words in (
        (missing, "Song has no file for bass"),
        (differ, "drums.wav is 1.0 s long, but bass.wav 3.0 s"),
        (twice, "aren't each one of the stems"),
        (broken, "bass.wav: This file isn't audio"),
        (tmp_path / "empty", "holds no song"),
        (tmp_path / "nowhere", "is no folder"),
    ):
        out, error = run(folder, "--model", "classical", "--device", "cpu")
        assert not out
        assert words in error
        assert error.strip().count("\n") == 0


def test_a_song_that_cannot_be_read_takes_no_other_with_it(tmp_path: Path) -> None:
    stems = {name: sound[:, : 2 * RATE] for name, sound in song(2).items()}
    save(tmp_path / "music" / "1 Broken", stems)
    (tmp_path / "music" / "1 Broken" / "drums.wav").write_text("no sound")
    save(tmp_path / "music" / "2 Silent", {name: np.zeros_like(sound) for name, sound in stems.items()})
    save(tmp_path / "music" / "3 Song", stems)
    save(tmp_path / "music" / "4 Damaged", stems)
    stems["bass"][0, 1000] = np.nan  # silence would be in its place
    (tmp_path / "music" / "4 Damaged" / "bass.wav").write_bytes(wav(stems["bass"]))
    arguments = (tmp_path / "music", "--model", "classical", "--device", "cpu")
    error = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "evaluate",
            *map(str, arguments),
            *("--json", str(tmp_path / "figures.json")),
            stdout=io.StringIO(),
            stderr=error,
        )
    assert ended.value.code == 1
    assert "drums.wav: This file isn't audio" in error.getvalue()
    assert "4 Damaged/bass.wav: This file is cut off, or some of it is damaged" in error.getvalue()
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [one["song"] for one in figures["songs"]] == ["2 Silent", "3 Song"]
    assert list(figures["left_out"]) == ["1 Broken", "4 Damaged"]
    assert {one["silent"] for one in figures["summary"]} == {1}


FULL = "The memory of this machine is full. Try again when the machine has less to do."


@pytest.mark.parametrize(
    ("full", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device."),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), FULL),
        (MemoryError("Unable to allocate 3.00 GiB for an array"), FULL),
    ],
    ids=["disk", "system", "NumPy"],
)
def test_a_song_for_which_the_disk_or_memory_is_full_takes_no_other_with_it(
    full: Exception, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stems = {name: sound[:, :RATE] for name, sound in song(1).items()}
    for name in ("1 Large", "2 Small"):
        save(tmp_path / "music" / name, stems)
    really = evaluate._on_all

    def filling(song: Multitrack, *more: Any) -> Iterator[evaluate.Result]:
        if song.name == "1 Large":
            raise full
        return really(song, *more)

    monkeypatch.setattr(evaluate, "_on_all", filling)
    out, error = run(tmp_path / "music", "--model", "classical", "--device", "cpu")
    assert "classical" in out
    assert error.strip() == f"1 Large: {words}"


def test_a_result_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    _, error = run(tmp_path, "--json", tmp_path / "nowhere" / "figures.json")
    assert "figures.json can't be written" in error
    out, error = run(save(tmp_path / "music" / "Song", song(1)), "--model", "classical", "--plot", tmp_path)
    assert not out
    assert f"{tmp_path} can't be written: it is a folder" in error


def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = save(tmp_path / "music" / "Song", {name: noise(60 * RATE) for name in song(0.1)})
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    command = [sys.executable, str(ROOT / "manage.py"), "evaluate", str(folder), "--model", "classical"]
    environment = os.environ | {"TMPDIR": str(unpacked)}
    said = tmp_path / "said"
    with (
        said.open("w") as errors,
        subprocess.Popen(command, stderr=errors, cwd=ROOT, env=environment) as process,
    ):
        deadline = time.monotonic() + 60
        while not list(unpacked.glob("stemlink-evaluate-*/mixture-*.wav")):
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM, said.read_text()
    assert list(unpacked.iterdir()) == []


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    _, error = run(tmp_path, "--model", "perfect")
    assert "There is no model called 'perfect'" in error


def test_it_wants_a_folder_or_a_number() -> None:
    with pytest.raises(CommandError, match="required"):
        run()
    with pytest.raises(CommandError, match="0 or more"):
        run("--synthesised", 1, "--seed", -1)


def test_songs_that_are_made_here_are_measured(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason="the dependency group `train` isn't installed")
    from separation.training import programs
    from separation.training.errors import TrainingError

    try:
        programs.check()
    except TrainingError as missing:
        pytest.skip(missing.message)
    options = ["--cache", tmp_path / "cache", "--json", tmp_path / "figures.json", "--workers", 1]
    out, error = run("--synthesised", 1, "--model", "classical", "--device", "cpu", *options)
    assert not error
    assert "classical" in out
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["data"] == "1 synthesised songs of seed 1000"
    assert set(figures["songs"][0]["stems"]) == {"vocals", "drums", "bass", "other"}


def test_a_model_for_which_there_is_no_room_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_model: Classical, _device: torch.device) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Classical, "to", full)
    _out, error = run(save(tmp_path / "Song", song(1)), "--model", "classical", "--device", "cpu")
    assert error == "There is not enough memory for classical; try again when the machine has less to do.\n"
