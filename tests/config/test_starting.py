"""`manage.py run` before anything is served: what is in its way is one line, and so is Ctrl-C."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from django.core.management import CommandError, call_command

from config.service import prepare


@pytest.fixture(autouse=True)
def prepared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All is well up to the static files."""

    @contextmanager
    def folder() -> Iterator[Path]:
        yield tmp_path

    for name in ("data_folder", "redis_folder"):
        monkeypatch.setattr(prepare, name, folder)
    for name in ("check_port", "store"):
        monkeypatch.setattr(prepare, name, lambda: None)


def start() -> None:
    call_command("run", skip_checks=True)


def test_a_disk_without_room_for_the_pages_files_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/static/a.js")

    monkeypatch.setattr(prepare, "static_files", full)
    with pytest.raises(CommandError, match=r"^Can't go on: /data/static/a\.js: No space left on device\.$"):
        start()


def test_whoever_changes_their_mind_sees_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(prepare, "static_files", stopped)
    with pytest.raises(SystemExit) as end:
        start()
    assert (end.value.code, capsys.readouterr().out) == (130, "Stopped.\n")
