"""The web server alone, as `make run` starts it but with one process."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings

from tests.running import free_port, wait_for

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


@contextmanager
def started(data: Path) -> Iterator[Web]:
    """Serves from a folder until the context ends."""
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STEMLINK_DATA": str(data),
        "STEMLINK_MAX_UPLOAD_MB": "150",
        "STEMLINK_CLIENT_SECONDS": "3",
        "STEMLINK_CREATE_LIMIT": "10000/hour",
        "STEMLINK_FETCH_NETWORKS": "127.0.0.2/32",
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
            wait_for(lambda: listens(port), 30, lambda: "the web server isn't up")
            running = Web(port, psutil.Process(process.pid), data / "media")
            assert running.post(1000, {"Content-Type": "audio/flac"})[0] == 201, "warm"
            yield running
        finally:
            process.terminate()


def listens(port: int) -> bool:
    """Whether somebody answers at a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
