"""Resumable uploads to the real web server, over lines that break and while its processes die."""

import http.client
import json
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.proxy import ThinLine
from tests.running import wait_for
from tests.sharing.web import Web, listens

SEND = Path(__file__).parents[1] / "js" / "tus" / "send.js"
TUS = {"Tus-Resumable": "1.0.0"}
SOUND = b"fLaC" + Random(11).randbytes(6_000_000)


def node() -> str:
    """This machine's Node, or that of the virtual environment."""
    return shutil.which("node") or str(Path(sys.executable).with_name("node"))


def request(web: Web, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    connection.request(method, path, body, {**TUS, **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def begin(web: Web) -> str:
    answer = request(web, "POST", "/api/uploads/", {"Upload-Length": str(len(SOUND))})
    assert answer.status == 201
    return str(answer.headers["Location"])


def offset(web: Web, path: str) -> int:
    return int(request(web, "HEAD", path, {}).headers["Upload-Offset"])


def joined(web: Web, path: str) -> bytes:
    """What lies in media of an upload, read by the names of its pieces."""
    folder = web.media / "uploads" / path.rsplit("/", 1)[-1]
    data = b""
    for file in sorted(folder.glob("*-*"), key=lambda file: int(file.name.split("-")[0])):
        start = int(file.name.split("-")[0])
        assert start <= len(data), "a gap"
        data += file.read_bytes()[len(data) - start :]
    return data


def send(web: Web, path: str, start: int, part: bytes) -> socket.socket:
    """A connection on which a part of all that is announced was sent."""
    line = socket.create_connection(("127.0.0.1", web.port), 10)
    line.sendall(
        f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {start}\r\n"
        "Content-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {len(SOUND) - start}\r\n\r\n".encode()
        + part
    )
    return line


def test_a_line_that_breaks_anywhere_loses_nothing(web: Web) -> None:
    path, random, here = begin(web), Random(3), 0
    for length in [1, 4_095, 4_097, *(random.randrange(1, 900_000) for _ in range(6))]:
        line = send(web, path, here, SOUND[here : here + length])
        line.close()
        here += length
        wait_for(lambda so_far=here: offset(web, path) == so_far)  # type: ignore[misc]
    last = {"Upload-Offset": str(here), "Content-Type": "application/offset+octet-stream"}
    assert request(web, "PATCH", path, last, SOUND[here:]).status == 204
    assert joined(web, path) == SOUND


def test_another_process_goes_on_where_a_killed_one_was(web: Web) -> None:
    path = begin(web)
    line = send(web, path, 0, SOUND[:5_000_000])
    wait_for(lambda: offset(web, path) >= 4_000_000)
    for worker in web.process.children():
        worker.kill()
    line.close()
    wait_for(lambda: listens(web.port), 30)
    wait_for(lambda: len(web.process.children()) == 1)
    here = offset(web, path)
    assert 4_000_000 <= here <= 5_000_000
    rest = {"Upload-Offset": str(here), "Content-Type": "application/offset+octet-stream"}
    assert request(web, "PATCH", path, rest, SOUND[here:]).status == 204
    assert joined(web, path) == SOUND


def finish(line: socket.socket) -> bytes:
    """How the answer begins once the rest was sent; nothing where the service had hung up."""
    with suppress(ConnectionError):
        line.sendall(SOUND[1_500_000:])
    with suppress(ConnectionError):
        return line.recv(12)
    return b""


def test_two_that_send_at_once_do_no_harm(web: Web) -> None:
    path = begin(web)
    with ExitStack() as stack:
        lines = [stack.enter_context(send(web, path, 0, SOUND[:1_500_000])) for _ in range(3)]
        assert finish(lines[0]) == b"HTTP/1.1 204"
        lines[1].close()
        # A service that is busy looks at this one only now, and there is nothing left to send.
        assert finish(lines[2]) in (b"HTTP/1.1 204", b"HTTP/1.1 409", b"")
    assert offset(web, path) == len(SOUND)
    assert joined(web, path) == SOUND


@pytest.mark.parametrize(
    ("cuts", "piece", "at_once"),
    [([], 0, "no"), ([], 1_000_000, "yes"), ([1_200_000, 300_000, 5_000, 2_000_001, 900_000], 0, "no")],
    ids=["whole", "in pieces", "over a line that breaks"],
)
def test_the_reference_client_completes_an_upload(
    web: Web, cuts: list[int], piece: int, at_once: str, tmp_path: Path
) -> None:
    song = tmp_path / "song.flac"
    song.write_bytes(SOUND)
    with ThinLine(web.port, cuts) as line:
        endpoint = f"http://127.0.0.1:{line.port}/api/uploads/"
        command = [node(), str(SEND), endpoint, str(song), "03_Lead Vóx.flac", str(piece), at_once]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        path = said["url"].removeprefix(f"http://127.0.0.1:{line.port}")
        assert line.cut == len(cuts)
    assert said["resumed"] >= len(cuts)
    assert joined(web, path) == SOUND
    known = request(web, "HEAD", path, {})
    assert known.headers["Upload-Offset"] == known.headers["Upload-Length"] == str(len(SOUND))


def test_its_memory_does_not_depend_on_the_file(web: Web) -> None:
    idle, most = web.memory(), 0
    length = 60_000_000
    answer = request(web, "POST", "/api/uploads/", {"Upload-Length": str(length)})
    path = answer.headers["Location"]
    line = socket.create_connection(("127.0.0.1", web.port), 10)
    line.sendall(
        f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    for _ in range(length // 6_000_000):
        line.sendall(SOUND[:6_000_000])
        most = max(most, web.memory())
    assert line.recv(12) == b"HTTP/1.1 204"
    line.close()
    assert most - idle < 40_000_000
    assert request(web, "DELETE", path, {}).status == 204
