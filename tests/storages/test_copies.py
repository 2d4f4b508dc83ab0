"""Copies for workers: gone when they are done with them, and also when they were killed."""

import errno
import io
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from sharing import media
from sharing.errors import MediaUnavailable, Stopped
from sharing.storages import MediaStorage, copies

HOLDS = """
import sys, time
from django.conf import settings
settings.configure(STEMLINK_DATA=sys.argv[1])
from sharing.storages import copies
with copies.new() as (file, path):
    print(path, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    settings.STEMLINK_DATA = tmp_path
    return tmp_path


def test_it_is_deleted_in_the_end() -> None:
    with copies.new() as (file, path):
        file.write(b"x")
        file.flush()
        assert path.read_bytes() == b"x"
    assert not path.exists()


def test_also_when_it_went_wrong(data: Path) -> None:
    with pytest.raises(ZeroDivisionError), copies.new():
        raise ZeroDivisionError
    assert list((data / "copies").iterdir()) == []


def test_copying_stops_when_it_is_asked_to() -> None:
    answers = iter([False, False, True])
    into = io.BytesIO()
    with pytest.raises(Stopped):
        copies.fill(into, io.BytesIO(bytes(10_000_000)), lambda: next(answers))
    assert 0 < len(into.getvalue()) < 5_000_000


def test_a_song_that_is_no_longer_wanted_is_not_copied_on(s3: MediaStorage, data: Path) -> None:
    s3.put("sources/a", bytes(1000))
    with pytest.raises(Stopped), s3.local("sources/a", lambda: True):
        pass
    assert list((data / "copies").iterdir()) == []


def test_of_a_process_that_was_killed_it_is_swept_by_the_next(data: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(data)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process:
        left = Path(process.stdout.readline().strip())
        copies.sweep()
        assert left.exists()  # somebody works with it
        process.send_signal(signal.SIGKILL)
    with copies.new() as (_file, path):
        assert not left.exists()
        assert path.exists()


def test_those_that_come_while_others_sweep_stay() -> None:
    def copy(_number: int) -> bool:
        with copies.new() as (_file, path):
            return path.exists()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(copy, range(200)))


def test_a_disk_that_is_full_is_said(s3: MediaStorage, monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    def full(*_args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    key = media.new_source_key("TryTheStems")
    s3.put(key, b"a song")
    monkeypatch.setattr(media, "storage", lambda: s3)
    monkeypatch.setattr(copies, "fill", full)
    with pytest.raises(MediaUnavailable, match="disk may be full"), media.local_source(key):
        pass
    assert list((data / "copies").iterdir()) == []
