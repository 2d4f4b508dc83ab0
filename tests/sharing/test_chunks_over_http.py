"""JSON and forms of which nobody told the length, as streaming clients send them, through the real web server."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tests.sharing.web import BLOCK, Web

JSON = {"Content-Type": "application/json"}


def send(web: Web, method: str, path: str, data: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    """The status of the answer, and what it says."""

    def parts() -> Iterator[bytes]:
        yield data[:3]
        yield data[3:]

    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    connection.request(method, path, parts(), headers, encode_chunked=True)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, json.loads(said) if "json" in answer.headers["Content-Type"] else said.decode()


def make(web: Web) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    connection.request("POST", "/api/shares/", BLOCK[:1000], {"Content-Type": "audio/flac"})
    made: dict[str, str] = json.load(connection.getresponse())
    connection.close()
    return made


def test_a_change_is_read(web: Web) -> None:
    made = make(web)
    owner = {"Authorization": f"Bearer {made['edit_token']}", "If-Match": "*"}
    title = json.dumps({"title": "new"}).encode()
    status, said = send(web, "PATCH", f"/api/shares/{made['id']}/", title, {**JSON, **owner})
    assert (status, said["title"]) == (200, "new")


def test_what_is_wrong_with_it_is_told(web: Web) -> None:
    status, said = send(web, "POST", "/api/names/", b'{"files": [', JSON)
    assert (status, said["code"]) == (400, "bad_json")
    status, said = send(web, "POST", "/api/names/", json.dumps({"files": ["x" * 1_000_000]}).encode(), JSON)
    assert (status, said["code"]) == (413, "too_large")
    status, said = send(web, "POST", "/api/names/", b"files=x", {"Content-Type": "text/plain"})
    assert (status, said["code"]) == (415, "unsupported_type")


def test_a_form_without_javascript_is_read(web: Web) -> None:
    form = urlencode({"links": "ftp://example.org/a.wav"}).encode()
    _, page = send(web, "POST", "/", form, {"Content-Type": "application/x-www-form-urlencoded"})
    assert "Links that begin with ftp" in page


def test_an_end_that_comes_too_early_is_told(web: Web) -> None:
    for length in ("Content-Length: 100", "Transfer-Encoding: chunked"):
        with socket.create_connection(("127.0.0.1", web.port), 10) as client:
            head = f"POST /api/names/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
            client.sendall(head.encode() + b'9\r\n{"files":\r\n')
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 400"), length


def test_chunks_that_are_none_are_refused(web: Web) -> None:
    for path, kind in (("/api/names/", "application/json"), ("/api/shares/", "audio/flac")):
        with socket.create_connection(("127.0.0.1", web.port), 10) as client:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
            client.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 400"), path
