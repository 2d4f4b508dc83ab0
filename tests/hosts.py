"""Hosts that people link to, on loopback: well-behaved, slow, broken and hostile ones."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from sharing import ranges

_DRIPS = 24  # pieces of a slow answer


@dataclass(frozen=True)
class Asked:
    """One request that a host got."""

    path: str
    headers: Message


@dataclass(frozen=True)
class File:
    """A file that a host gives out: `cors` is its Access-Control-Allow-Origin, `ranged` whether it knows Range."""

    data: bytes
    type: str = "audio/wav"
    cors: str | None = "*"
    ranged: bool = True
    expose: str = "Content-Range, Content-Length"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0  # seconds before an answer
    drip: float = 0  # seconds over which it comes
    breaks: int | None = None  # bytes of the file after which the connection is cut

    def __call__(self, request: "Request") -> None:
        """Answer as static hosts do."""
        request.wait(self.delay)
        code, size, part = 200, len(self.data), range(len(self.data))
        headers = {"Content-Type": self.type, **self.headers}
        if self.ranged:
            headers["Accept-Ranges"] = "bytes"
            try:
                asked = ranges.parse(request.headers.get("Range", ""), size)
            except ranges.UnsatisfiableError:
                request.answer(416, {"Content-Range": f"bytes */{size}"})
                return
            if asked is not None:
                code, part = 206, asked
                headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        if self.cors:
            headers["Access-Control-Allow-Origin"] = self.cors
            headers["Access-Control-Expose-Headers"] = self.expose
        request.begin(code, headers, len(part))
        end = part.stop if self.breaks is None else min(part.stop, self.breaks)
        piece = -(-len(part) // _DRIPS) if self.drip else size
        for start in range(part.start, end, max(1, piece)):
            request.wfile.write(self.data[start : min(start + piece, end)])
            request.wait(self.drip / _DRIPS)


def redirect(location: str, status: int = 302, cors: str | None = None) -> "Callable[[Request], None]":
    """Passes on to somewhere else."""
    headers = {"Location": location} | ({"Access-Control-Allow-Origin": cors} if cors else {})
    return lambda request: request.answer(status, headers)


def raw(answer: bytes) -> "Callable[[Request], None]":
    """Answers with these bytes, whatever they are."""

    def send(request: "Request") -> None:
        request.wfile.write(answer)

    return send


def status(
    code: int, data: bytes = b"<html>No.</html>", cors: str | None = None
) -> "Callable[[Request], None]":
    """Answers with an error, and a page about it."""
    headers = {"Content-Type": "text/html"} | ({"Access-Control-Allow-Origin": cors} if cors else {})
    return lambda request: request.answer(code, headers, data)


def silence(request: "Request") -> None:
    """Answers nothing, until who asks or the test has enough."""
    for _ in request.until_the_end():
        pass


class Request(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        """Whatever the host was told to do at this path."""
        self.server.asked.append(Asked(self.path, self.headers))
        self.close_connection = True
        do = self.server.paths.get(self.path.partition("?")[0], status(404))
        with suppress(OSError):  # the client had enough
            do(self)

    def do_OPTIONS(self) -> None:
        """What other sites' pages may ask for."""
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Range"}
        self.answer(204, headers)

    def begin(self, code: int, headers: dict[str, str], size: int) -> None:
        """Send all that comes before the data."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if code != 204 and headers.keys().isdisjoint({"Content-Length", "Transfer-Encoding"}):
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def answer(self, code: int, headers: dict[str, str] | None = None, data: bytes = b"") -> None:
        """Send a whole answer."""
        self.begin(code, headers or {}, len(data))
        self.wfile.write(data)

    def log_message(self, *_arguments: Any) -> None:
        """Hosts of tests keep no log."""

    def wait(self, seconds: float) -> None:
        """Until then, or until the host is closed."""
        if seconds:
            self.server.closing.wait(seconds)

    def until_the_end(self) -> Iterator[None]:
        """Turns of an endless answer: each a moment apart, until the host is closed."""
        while not self.server.closing.wait(0.02):
            yield


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: str) -> None:
        self.asked: list[Asked] = []
        self.paths: dict[str, Callable[[Request], None]] = {}
        self.closing = threading.Event()
        super().__init__((address, 0), Request)

    def handle_error(self, _request: Any, _client: Any) -> None:
        """A client that doesn't like our certificate is no error of the test."""


class Host:
    """A host on an address of loopback, as a context."""

    def __init__(self, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._server = _Server(address)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.address, self.port = address, int(self._server.server_port)
        self.scheme = "https" if tls else "http"

    @property
    def asked(self) -> list[Asked]:
        """All requests that came."""
        return self._server.asked

    def url(self, path: str = "/", host: str | None = None) -> str:
        """An address of this host, by another name if need be."""
        return f"{self.scheme}://{host or self.address}:{self.port}{path}"

    def at(self, path: str, do: Callable[[Request], None]) -> str:
        """Do this when somebody asks for a path; returns its address."""
        self._server.paths[path] = do
        return self.url(path)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
