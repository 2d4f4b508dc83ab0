"""Warnings out of the logs reach the terminal, all else doesn't."""

import json
from pathlib import Path

from config.service.trouble import Trouble

NEWS = "2026-11-20 20:08:30,123 INFO separation.tasks: Share x: begins.\n"
WARNING = "2026-11-20 20:08:31,123 WARNING sharing.doorbell: The broker doesn't answer.\n"
DIED = "2026-11-20 20:08:32,123 WARN exited: worker (terminated by SIGKILL; not expected)\n"
GUNICORN = "2026-11-20 20:08:33,123 ERROR gunicorn.error: Worker (pid:124) was sent SIGKILL!\n"


def append(path: Path, text: str) -> None:
    with path.open("a") as log:
        log.write(text)


def test_it_tells_what_is_new_and_bad(tmp_path: Path) -> None:
    append(tmp_path / "worker.log", WARNING.replace("answer", "answer (yesterday)"))
    trouble = Trouble(tmp_path)
    assert list(trouble.lines()) == []
    append(tmp_path / "worker.log", NEWS + WARNING + "Traceback (most recent call last):\n")
    append(tmp_path / "supervisor.log", DIED)
    append(tmp_path / "web.log", GUNICORN)
    told = list(trouble.lines())
    assert told == [f"supervisor: {DIED.strip()}", f"web: {GUNICORN.strip()}", f"worker: {WARNING.strip()}"]
    assert list(trouble.lines()) == []


def test_it_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    trouble = Trouble(tmp_path)
    append(tmp_path / "web.log", WARNING[:30])
    assert list(trouble.lines()) == []
    append(tmp_path / "web.log", WARNING[30:])
    assert list(trouble.lines()) == [f"web: {WARNING.strip()}"]


def test_it_goes_on_when_a_log_was_rotated(tmp_path: Path) -> None:
    log = tmp_path / "reaper.log"
    append(log, NEWS * 10)
    trouble = Trouble(tmp_path)
    log.rename(tmp_path / "reaper.log.1")
    append(log, WARNING)
    assert list(trouble.lines()) == [f"reaper: {WARNING.strip()}"]


def test_it_reads_json_as_well(tmp_path: Path) -> None:
    trouble = Trouble(tmp_path)
    record = {"time": "2026-11-20T20:08:31Z", "level": "INFO", "logger": "a.b", "message": "All is well."}
    append(tmp_path / "web.log", json.dumps(record) + "\n")
    append(
        tmp_path / "web.log", json.dumps(record | {"level": "ERROR", "message": "It isn't."}) + "\n{half\n"
    )
    assert list(trouble.lines()) == ["web: 2026-11-20T20:08:31Z ERROR a.b: It isn't."]
