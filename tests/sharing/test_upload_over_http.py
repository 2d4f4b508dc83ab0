"""Uploads through the real web server: in bounded memory, and nothing left when the connection breaks."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from django.conf import settings

MB = 1_000_000
BLOCK = b"fLaC" + bytes(range(256)) * 4096


@dataclass(frozen=True)
class Web:
    """gunicorn with one process, and its media."""

    port: int
    process: psutil.Process
    media: Path

    def files(self) -> list[Path]:
        return [path for path in self.media.rglob("*") if path.is_file()]

    def memory(self) -> int:
        return sum(child.memory_info().rss for child in self.process.children())

    def post(
        self, size: int, headers: dict[str, str], *, before: bytes = b"", after: bytes = b""
    ) -> tuple[int, int]:
        """Send so many bytes; the status, and the most memory that the server had meanwhile."""
        chunked = headers.get("Transfer-Encoding") == "chunked"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest("POST", "/api/shares/")
        for name, value in headers.items():
            connection.putheader(name, value)
        if not chunked:
            connection.putheader("Content-Length", str(len(before) + size + len(after)))
        connection.endheaders()
        most = 0
        for data in (before, *(BLOCK[: size - at] for at in range(0, size, len(BLOCK))), after):
            if data:
                connection.send(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
                most = max(most, self.memory())
        if chunked:
            connection.send(b"0\r\n\r\n")
        with connection.getresponse() as response:
            response.read()
            connection.close()
            return response.status, max(most, self.memory())


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The web server alone, as `make run` starts it but with one process."""
    data = tmp_path_factory.mktemp("web")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STEMLINK_DATA": str(data),
        "STEMLINK_MAX_UPLOAD_MB": "150",
        "STEMLINK_CLIENT_SECONDS": "3",
        "PORT": str(port),
    }
    (data / "static").mkdir()
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(migrate, cwd=settings.BASE_DIR, env=environment, check=True, timeout=60)
    serve = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:config.gunicorn",
        "--workers",
        "1",
        "config.wsgi",
    ]
    output = (data / "output.txt").open("wb")
    with (
        output,
        subprocess.Popen(
            serve, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            wait_for_port(port)
            running = Web(port, psutil.Process(process.pid), data / "media")
            assert running.post(1000, {"Content-Type": "audio/flac"})[0] == 201, "warm"
            yield running
        finally:
            process.terminate()


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the web server isn't up"
            time.sleep(0.05)
        else:
            return


def test_memory_does_not_depend_on_the_song(web: Web) -> None:
    idle = web.memory()
    status, most = web.post(100 * MB, {"Content-Type": "audio/flac"})
    assert status == 201
    assert most - idle < 40 * MB


def test_nor_in_a_form(web: Web) -> None:
    idle = web.memory()
    before = b'--x\r\nContent-Disposition: form-data; name="song"; filename="s.flac"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    status, most = web.post(100 * MB, headers, before=before, after=b"\r\n--x--\r\n")
    assert status == 201
    assert most - idle < 40 * MB


def test_a_song_of_unknown_length_comes_in_chunks(web: Web) -> None:
    before = web.files()
    headers = {"Content-Type": "audio/flac", "Transfer-Encoding": "chunked"}
    assert web.post(3 * MB, headers)[0] == 201
    assert [path.stat().st_size for path in web.files() if path not in before] == [3 * MB]


def test_too_much_is_refused_before_it_is_read(web: Web) -> None:
    before = web.files()
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    connection.request(
        "POST", "/api/shares/", BLOCK, {"Content-Type": "audio/flac", "Content-Length": str(200 * MB)}
    )
    assert connection.getresponse().status == 413
    connection.close()
    assert web.files() == before


def test_a_broken_connection_leaves_nothing(web: Web) -> None:
    before = web.files()
    head = (
        b"POST /api/shares/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/flac\r\n"
        b"Content-Length: 50000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", web.port), 10) as client:
        client.sendall(head + BLOCK)
        wait_until(lambda: len(web.files()) == len(before) + 1)
    wait_until(lambda: web.files() == before)


def test_a_client_that_falls_silent_is_given_up(web: Web) -> None:
    before = web.files()
    head = b"POST /api/shares/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", web.port), 10) as client:
        client.sendall(head + BLOCK)
        wait_until(lambda: len(web.files()) == len(before) + 1)
        wait_until(lambda: web.files() == before)
        assert client.recv(12) == b"HTTP/1.1 400"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
