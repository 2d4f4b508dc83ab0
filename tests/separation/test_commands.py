"""`manage.py separate` and `models` from a terminal: files or one clear line, nothing half-written."""

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from numpy.typing import NDArray

from separation import catalogue
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise

ROOT = Path(__file__).parents[2]
STEMS = {"vocals", "drums", "bass", "other"}
DEFAULT = catalogue.default().name


def manage(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read(path: Path) -> NDArray[np.float64]:
    with av.open(str(path), "r") as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1).reshape(-1, 2).T.astype(np.float64) / 32768


@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_it_writes_stems_that_sum_to_the_song(kind: str, tmp_path: Path) -> None:
    sound = noise(RATE * 3)
    song = tmp_path / "my song.v2.wav"
    song.write_bytes(wav(sound))
    out = tmp_path / "out"
    done = manage("separate", song, "-o", out, "--format", kind, "--model", "classical", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    files = sorted((out / "my song.v2").iterdir())
    assert {path.name for path in files} == {f"{stem}.{kind}" for stem in STEMS}
    assert set(done.stdout.split("\n")) >= {str(path) for path in files}
    np.testing.assert_allclose(sum(read(path) for path in files), sound, atol=1e-4)
    assert names(out) == ["my song.v2"]


def test_it_goes_on_behind_a_bad_song_and_says_which(tmp_path: Path) -> None:
    (tmp_path / "good.wav").write_bytes(wav(noise(1000)))
    (tmp_path / "good.flac").write_bytes(wav(noise(2000)))
    (tmp_path / "bad.mp3").write_text("not a song")
    songs = [tmp_path / name for name in ("bad.mp3", "good.wav", "good.flac", "missing.mp3")]
    done = manage("separate", *songs, "-o", tmp_path / "out", "--model", "classical")
    assert done.returncode == 1
    assert f"{songs[0]}: This file isn't audio" in done.stderr
    assert f"{songs[3]}: 'missing.mp3' can't be opened" in done.stderr
    assert "Traceback" not in done.stderr
    # Songs that differ only in their endings don't overwrite each other.
    assert names(tmp_path / "out") == ["good.flac", "good.wav"]
    assert read(tmp_path / "out" / "good.flac" / "drums.flac").shape == (2, 2000)


def test_wrong_models_devices_and_folders_are_one_line(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(wav(noise(1000)))
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    for arguments, words in (
        (("-o", tmp_path, "--model", "nope"), "There is no model called 'nope'"),
        (("-o", tmp_path, "--device", "cuda:99"), "This machine has no 'cuda:99'"),
        (("-o", blocked, "--model", "classical"), "can't be written"),
    ):
        done = manage("separate", song, *arguments)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert names(tmp_path) == ["blocked", "song.wav"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopping_leaves_nothing_behind(number: int, code: int, tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(wav(noise(RATE * 120), bits=16))
    out = tmp_path / "out"
    command = [sys.executable, str(ROOT / "manage.py"), "separate", str(song), "-o", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        deadline = time.monotonic() + 60
        while not list(out.glob(".*.part")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(60) == code
    assert names(out) == []


def models(*arguments: str) -> str:
    output = io.StringIO()
    call_command("models", *arguments, stdout=output)
    return output.getvalue()


def test_it_lists_models() -> None:
    listed = models("list")
    assert f"{DEFAULT} *" in listed
    assert "3.8 MB" in listed
    assert "classical" in listed
    assert "no weights" in listed


def test_it_shows_a_model_with_its_card() -> None:
    shown = models("show", DEFAULT)
    assert "Stems: vocals, drums, bass, other" in shown
    assert f"Speed: {catalogue.get(DEFAULT).speed}" in " ".join(shown.split())  # lines are broken
    assert "Licence: MIT" in shown
    assert "(default)" in shown
    assert "FluidR3 GM" in shown  # from the card
    assert "Speed: not measured" in models("show", "classical")


def test_a_model_that_is_not_there_is_one_line() -> None:
    with pytest.raises(CommandError, match=f"no model called 'nope'. Choose one of: {DEFAULT}"):
        models("show", "nope")


def test_models_for_programs() -> None:
    everything = json.loads(models("list", "--json"))
    assert everything[0]["name"] == DEFAULT
    one = json.loads(models("show", DEFAULT, "--json"))
    assert one["sources"] == ["vocals", "drums", "bass", "other"]
    assert one["bytes"] == (ROOT / f"separation/models/weights/{DEFAULT}.safetensors").stat().st_size
    assert one["card"].startswith(f"# {DEFAULT}")
    assert json.loads(models("show", "classical", "--json"))["card"] is None


def test_a_song_from_the_standard_input_and_one_called_dash(tmp_path: Path) -> None:
    (tmp_path / "-").write_bytes(wav(noise(1000)))
    command = [
        sys.executable,
        str(ROOT / "manage.py"),
        "separate",
        "-",
        "./-",
        "-o",
        "out",
        "--model",
        "classical",
    ]
    done = subprocess.run(
        command, input=wav(noise(2000)), capture_output=True, timeout=120, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert names(tmp_path / "out") == ["song", "stdin"]
    assert read(tmp_path / "out" / "stdin" / "drums.flac").shape == (2, 2000)


def test_a_pipe_gets_file_names_and_nothing_else(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(wav(noise(1000)))
    done = manage("separate", song, "-o", tmp_path / "out", "--model", "classical", "--two-stems", "bass")
    assert done.stdout == f"{tmp_path}/out/song/bass.flac\n{tmp_path}/out/song/no_bass.flac\n"
