"""Between a storage and its bucket: counts what is asked, and does harm on demand."""

import http.client
import socket
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it came; `conditional`: nothing may be written over."""

    method: str
    path: str
    conditional: bool


@dataclass(frozen=True)
class Fault:
    """Instead of the bucket's answer: a status with a body; half of the answer; or nothing, with the connection closed.

    First it waits for `delay`. With `after` the bucket has done what it was asked for.
    """

    status: int | None = None
    body: bytes = b""
    half: bool = False
    delay: float = 0.0
    after: bool = False


Faults = Callable[[Asked], Fault | None]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "Proxy"

    def log_message(self, *_words: Any) -> None:
        """Nothing."""

    def _answer(self) -> None:
        asked = Asked(self.command, self.path, "If-None-Match" in self.headers)
        self.server.asked.append(asked)
        fault = self.server.faults(asked)
        body = self._body()
        if fault:
            time.sleep(fault.delay)
        if fault is None or fault.after or fault.half:
            # Moto looks whether a file is there and stores it in two steps, S3 in one.
            with self.server.one_step if asked.conditional else nullcontext():
                answer = self._forward(body)
        if fault is None:
            self._send(*answer)
        elif fault.half:
            status, headers, data = answer
            self._send(status, headers, data[: len(data) // 2], len(data))
            self._hang_up()
        elif fault.status is None:
            self._hang_up()
        else:
            self._send(fault.status, [("Content-Type", "application/xml")], fault.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - so the library calls them

    def _body(self) -> bytes:
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = b""
        while size := int(self.rfile.readline(), 16):
            chunks += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return chunks

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        onward = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=30)
        left = {"transfer-encoding", "content-length", "expect", "connection"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left}
        try:
            onward.request(self.command, self.path, body, headers)
            answer = onward.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            onward.close()

    def _send(
        self, status: int, headers: list[tuple[str, str]], data: bytes, length: int | None = None
    ) -> None:
        told = next((value for name, value in headers if name.lower() == "content-length"), None)
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        if self.command == "HEAD":
            self.send_header("Content-Length", told or "0")
        elif status != 204:
            self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class Proxy(ThreadingHTTPServer):
    """On a free port of loopback, in front of another one. `faults(asked)` is asked before each request."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = target
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.faults: Faults = lambda _asked: None
        self.asked: list[Asked] = []
        self.one_step = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering: connections that come are refused."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, *_about: Any) -> None:
        """A client that hangs up is none of our business."""
