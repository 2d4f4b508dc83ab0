"""Jobs in processes of their own."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.errors import ModelError
from separation.training import library, processes
from separation.training.errors import TrainingError

ROOT = Path(__file__).parents[2]


def note(file: Path) -> None:
    file.write_text(f"{os.getpid()} {os.environ['OMP_NUM_THREADS']}")


def die(number: int) -> None:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def fail(number: int) -> None:
    raise OSError(28, "No space left on device", f"song {number}")


def make_a_song_without_memory(folder: Path) -> None:
    taken = psutil.Process().memory_info().vms
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + (4 << 20), most))
    library._render_one((folder, 1, 0, False))


def linger(file: Path) -> None:
    file.touch()
    time.sleep(60)


def test_processes_of_one_thread_are_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "JOBS", 1)
    files = [tmp_path / str(number) for number in range(4)]
    assert len(list(processes.pooled(note, files, 2))) == 4
    notes = [file.read_text().split() for file in files]
    assert {threads for _, threads in notes} == {"1"}
    assert not {pid for pid, _ in notes[:2]} & {pid for pid, _ in notes[2:]}


def test_a_process_that_is_killed_is_said_and_not_waited_for() -> None:
    with pytest.raises(TrainingError, match="lack of memory") as caught:
        list(processes.pooled(die, [0, 1, 2], 2))
    assert (caught.value.code, caught.value.retry) == ("worker_died", True)


def test_what_a_job_raises_comes_through() -> None:
    with pytest.raises(OSError, match="No space left"):
        list(processes.pooled(fail, [0, 1], 2))


def test_a_song_that_there_is_no_memory_for_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"this machine is full\. The songs so far") as caught:
        list(processes.pooled(make_a_song_without_memory, [tmp_path / "0", tmp_path / "1"], 2))
    assert caught.value.code == "out_of_memory"


def test_no_process_outlives_whoever_started_it(tmp_path: Path) -> None:
    files = [tmp_path / "0", tmp_path / "1"]
    program = (
        "if __name__ == '__main__':\n"
        " from pathlib import Path\n"
        " from tests.training.test_processes import linger, processes\n"
        f" list(processes.pooled(linger, [Path({str(files[0])!r}), Path({str(files[1])!r})], 2))"
    )
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, str(tmp_path / "program.py")]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) as parent:
        while not all(file.exists() for file in files):
            assert parent.poll() is None
            time.sleep(0.1)
        children = psutil.Process(parent.pid).children()
        parent.kill()
    assert len(children) >= 2
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
