"""A loopback server for the benchmark (and for anyone who wants a share without the service).

It serves what the players ask for, as the service and an ordinary static server would: pages, browser code, the
manifest of a share, and media with ranges, entity tags and CORS. The id of a share says what it is: `300x4` is a song
of 300 seconds with 4 stems. Longer songs and more stems than there are come out of the same files again and again.

    with serve(Site(media=prepare(cache, 300))) as base_url:
        ...  # f"{base_url}/api/shares/300x4/"
"""

import functools
import gzip
import hashlib
import json
import mimetypes
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from bench.player import song
from bench.player.media import PEAK_FRAMES, SEGMENT_FRAMES

STATIC: Final = Path(__file__).resolve().parents[2] / "static"

_COLORS: Final = ("#E8702A", "#2F7FC1", "#0E9C84", "#B0529A", "#C9352B", "#2FA3CF")
_TEXT: Final = ("text/", "application/json", "application/vnd.apple.mpegurl", "image/svg+xml")
_TYPES: Final = {
    ".js": "text/javascript",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".flac": "audio/flac",
    ".opus": "audio/ogg",
    ".dat": "application/octet-stream",
    ".bin": "application/octet-stream",
}


def manifest(share: str, base_url: str) -> dict[str, Any]:
    """The manifest of a finished share `<seconds>x<stems>`, as GET /api/shares/<id>/ answers it."""
    seconds, count = (int(number) for number in share.split("x"))
    frames = seconds * song.SAMPLE_RATE
    media = f"{base_url}/media/{share}/1"
    names = [f"{song.STEMS[n % len(song.STEMS)]}{'' if n < len(song.STEMS) else n}" for n in range(count)]
    flac = {"segment_frames": SEGMENT_FRAMES, "lead_frames": 0, "tail_frames": 0}
    return {
        "version": 1,
        "id": share,
        "title": "A song made by code",
        "url": f"{base_url}/{share}",
        "embed_url": f"{base_url}/{share}/embed",
        "state": "done",
        "progress": 1.0,
        "queue_position": None,
        "seconds_left": None,
        "worker_seen": True,
        "error": None,
        "model": "bench",
        "sample_rate": song.SAMPLE_RATE,
        "frames": frames,
        "duration": float(seconds),
        "gain": 1.0,
        "exclusive": False,
        "revision": 1,
        "attempt": 1,
        "created_at": "2026-01-01T00:00:00Z",
        "expires_at": None,
        "stems": [
            {
                "id": name,
                "name": name.capitalize(),
                "color": color,
                "muted": False,
                "soloed": False,
                "volume": 1.0,
                "pan": 0.0,
                "kind": "kept",
                "state": "ready",
                "error": None,
                "available_frames": frames,
                "peaks": {"url": f"{media}/{name}/peaks.bin", "frames_per_peak": PEAK_FRAMES},
                "renditions": {"flac": {"url": f"{media}/{name}/flac/{{segment}}.flac", **flac}},
            }
            for name, color in zip(names, _COLORS, strict=False)
        ],
    }


@dataclass
class Site:
    """What the server knows: the folder of prepared media, pages by path, and further folders by path prefix."""

    media: Path
    pages: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)
    requests: int = 0  # answered so far; the benchmark compares it with what the throttled page saw

    def find(self, path: str, base_url: str) -> tuple[bytes, str] | None:
        """Body and content type for `path`, or None."""
        if path in self.pages:
            return self.pages[path].encode(), "text/html; charset=utf-8"
        if match := re.fullmatch(r"/api/shares/(\d+x\d+)/", path):
            return json.dumps(manifest(match[1], base_url)).encode(), "application/json"
        if match := re.fullmatch(r"/media/(\d+)x\d+/1/([a-z]+)\d*/(?:flac/(\d+)\.flac|peaks\.bin)", path):
            return self._media(int(match[1]), match[2], match[3])
        for prefix, folder in {"/static/": STATIC, "/song/": self.media, **self.folders}.items():
            file = (folder / path.removeprefix(prefix)).resolve()
            if path.startswith(prefix) and file.is_relative_to(folder.resolve()) and file.is_file():
                kind = (
                    _TYPES.get(file.suffix)
                    or mimetypes.guess_type(file.name)[0]
                    or "application/octet-stream"
                )
                return file.read_bytes(), kind
        return None

    def _media(self, seconds: int, stem: str, segment: str | None) -> tuple[bytes, str] | None:
        folder = self.media / stem
        if not folder.is_dir():
            return None
        if segment is None:
            peaks = (folder / "peaks.bin").read_bytes()
            wanted = 2 * -(-seconds * song.SAMPLE_RATE // PEAK_FRAMES)
            return (peaks * -(-wanted // len(peaks)))[:wanted], _TYPES[".bin"]
        if int(segment) * SEGMENT_FRAMES >= seconds * song.SAMPLE_RATE:
            return None
        file = folder / "flac" / f"{int(segment) % len(list((folder / 'flac').iterdir()))}.flac"
        return file.read_bytes(), _TYPES[".flac"]


@functools.lru_cache(maxsize=256)
def _zipped(body: bytes) -> bytes:
    """Kept, as a static server keeps its compressed files."""
    return gzip.compress(body, 6, mtime=0)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD, with single ranges, entity tags, gzip for text, and CORS for all."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    site: Site

    def do_GET(self) -> None:
        self.site.requests += 1
        path = self.path.partition("?")[0]
        found = self.site.find(path, f"http://{self.headers['Host']}")
        if found is None:
            return self._answer(HTTPStatus.NOT_FOUND, b"not found", {"Content-Type": "text/plain"})
        body, kind = found
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        kept = path.startswith(("/media/", "/static/", "/song/")) and not path.endswith("peaks.bin")
        headers = {
            "Content-Type": kind,
            "ETag": tag,
            "Cache-Control": "public, max-age=31536000, immutable" if kept else "no-cache",
        }
        if self.headers["If-None-Match"] == tag:
            return self._answer(HTTPStatus.NOT_MODIFIED, b"", headers)
        if kind.startswith(_TEXT):
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in (self.headers["Accept-Encoding"] or ""):
                headers["Content-Encoding"] = "gzip"
                body = _zipped(body)
            return self._answer(HTTPStatus.OK, body, headers)
        headers["Accept-Ranges"] = "bytes"
        return self._answer_range(body, headers)

    do_HEAD = do_GET  # noqa: N815 - the name http.server calls

    def _answer_range(self, body: bytes, headers: dict[str, str]) -> None:
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers["Range"] or "")
        if not match or not any(match.groups()) or self.headers["If-Range"] not in (None, headers["ETag"]):
            return self._answer(HTTPStatus.OK, body, headers)
        first, last = match.groups()
        start = int(first) if first else max(0, len(body) - int(last))
        end = min(int(last), len(body) - 1) if first and last else len(body) - 1
        if start > end:
            headers["Content-Range"] = f"bytes */{len(body)}"
            return self._answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", headers)
        headers["Content-Range"] = f"bytes {start}-{end}/{len(body)}"
        return self._answer(HTTPStatus.PARTIAL_CONTENT, body[start : end + 1], headers)

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header(
            "Access-Control-Expose-Headers", "Content-Length, Content-Range, Accept-Ranges, ETag"
        )
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing: the benchmark's own output is the report."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers drop connections when a page closes; that is no news."""


@contextmanager
def serve(site: Site) -> Iterator[str]:
    """Serve `site` on a free loopback port until the block ends; gives the base URL, without a slash at its end."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
