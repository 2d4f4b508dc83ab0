"""Starting and stopping an installation: one line for whoever can't start, nothing left for whoever stops."""

import socket
import time
from pathlib import Path

import psutil
import pytest

from tests.running import Service, wait_for


def test_a_busy_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        blocked = Service(tmp_path)
        blocked.environment["PORT"] = str(port)
        status, output = blocked.command("run")
    assert status == 1
    assert output.splitlines() == [
        f"CommandError: Port {port} is in use. Choose another one: PORT={port + 1} make run"
    ]


@pytest.mark.parametrize("setting", ["STEMLINK_MAX_MINUTES=many", "STEMLINK_DATA=/dev/null/data"])
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_setting_is_said_in_one_line(tmp_path: Path, command: str, setting: str) -> None:
    wrong = Service(tmp_path)
    name, value = setting.split("=")
    wrong.environment[name] = value
    status, output = wrong.command(command)
    assert status == 1
    assert len(output.splitlines()) == 1
    assert name in output
    assert value in output


def test_a_second_one_on_the_same_data_is_refused_in_one_line(service: Service, tmp_path: Path) -> None:
    second = Service(tmp_path)
    second.environment["STEMLINK_DATA"] = service.environment["STEMLINK_DATA"]
    status, output = second.command("run")
    assert status == 1
    assert len(output.splitlines()) == 1
    assert "already running" in output


def test_it_stops_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    running = Service(tmp_path)
    try:
        running.start()
        wait_for(lambda: running.url in running.output(), 10, running.output)
        sockets = running.redis_socket().parent
        began = time.monotonic()
    finally:
        left = running.stop()
    assert left == 0
    assert time.monotonic() - began < 15
    assert "Traceback" not in running.output()
    assert not sockets.exists()


def test_the_demo_can_be_heard_from_the_first_start(service: Service) -> None:
    manifest = service.manifest("TryTheStems")
    assert manifest["state"] == "done"
    assert manifest["duration"] == 22.5
    assert {stem["available_frames"] for stem in manifest["stems"]} == {992_250}


@pytest.mark.parametrize("victim", ["run", "supervisord"])
def test_whoever_is_killed_without_a_chance_takes_all_along(tmp_path: Path, victim: str) -> None:
    running = Service(tmp_path)
    try:
        running.start()
        run = running.process("web").parent().parent()
        family = run.children(recursive=True)
        assert len(family) >= 6  # supervisord, Redis, web and its workers, worker, reaper
        (run if victim == "run" else family[0]).kill()
        _, alive = psutil.wait_procs(family, timeout=20)
        assert alive == []
    finally:
        running.stop()
