"""A web server of somebody else's, on this machine, that behaves as a test says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Host:
    """Files by path, statuses of what isn't there, and who asked for what. `cors`: other pages may read."""

    base: str
    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cors: bool = True
    go_on: threading.Event = field(default_factory=threading.Event)  # what is under /slow/ waits for it

    def put(self, path: str, data: bytes) -> str:
        """Serve a file; its URL."""
        self.files[path] = data
        return self.base + path


@contextmanager
def hosting() -> Iterator[Host]:
    """A host, for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            host.asked.append(path)
            if path.startswith("/slow/"):
                host.go_on.wait(20)
            data = host.files.get(path)
            if data is None:
                self.send_response(host.statuses.get(path, 404))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            whole = len(data)
            wanted = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
            if wanted[0]:
                start, stop = int(wanted[0]), min(int(wanted[2] or whole - 1) + 1, whole)
                data = data[start:stop]
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{whole}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Content-Type", "text/html" if path.endswith(".html") else "audio/wav")
            if host.cors:
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Access-Control-Expose-Headers", "Content-Range")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host = Host(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield host
    finally:
        host.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
