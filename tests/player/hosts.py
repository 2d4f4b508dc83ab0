"""Hosts of somebody else's, on another origin: each file behaves as its host would."""

import http.server
import io
import re
import threading
import time
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


def encode(sound: NDArray[np.floating[Any]], kind: str, *, rate: int = 44_100) -> bytes:
    """Samples of -1 to 1 as a file: wav, wav24, flac, mp3, m4a, opus, ogg (Vorbis)."""
    container, codec, options = {
        "wav": ("wav", "pcm_s16le", {}),
        "wav24": ("wav", "pcm_s24le", {}),
        "flac": ("flac", "flac", {}),
        "mp3": ("mp3", "libmp3lame", {"b": "192000"}),
        "m4a": ("ipod", "aac", {"b": "192000"}),
        "opus": ("ogg", "libopus", {"b": "160000"}),
        "ogg": ("ogg", "vorbis", {"strict": "-2", "b": "192000"}),
    }[kind]
    target = io.BytesIO()
    pcm = np.ascontiguousarray(np.clip(np.round(sound * 32_767), -32_768, 32_767).astype(np.int16).T)
    with av.open(target, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "stereo"
        resampler = av.AudioResampler(format=stream.format or "s16", layout="stereo", rate=rate)
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = rate, 0
        for block in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))
    return target.getvalue()


@dataclass
class Hosted:
    """One file, and how its host hands it out."""

    body: bytes
    cors: bool = True
    range: bool = True
    kind: str = "application/octet-stream"
    status: int = 200
    redirect: str = ""
    delay: float = 0  # seconds before an answer
    drip: float = 0  # seconds over which an answer comes
    breaks: int | None = None  # bytes of the file after which the connection is cut


class Host(http.server.ThreadingHTTPServer):
    """Serves what tests put there; each has an origin of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.files: dict[str, Hosted] = {}
        self.requests: list[tuple[str, str]] = []  # path and Range
        self.sent = 0  # bytes
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def put(self, name: str, file: Hosted) -> str:
        """A file, and its URL."""
        self.files[f"/{name}"] = file
        return f"{self.base}/{name}"

    def asked(self, name: str) -> list[str]:
        """The ranges that were asked for of a file."""
        return [span for path, span in list(self.requests) if path == f"/{name}"]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Host
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Tests are quiet."""

    def do_GET(self) -> None:
        """Hand a file out, in its way."""
        path = self.path.partition("?")[0]
        wanted = self.headers.get("Range", "")
        self.server.requests.append((path, wanted))
        file = self.server.files.get(path, Hosted(b"not here", status=404))
        time.sleep(file.delay)
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted) if file.range and file.status == 200 else None
        total = len(file.body)
        first = int(span[1]) if span else 0
        end = min(int(span[2]) + 1, total) if span and span[2] else total
        if file.redirect:
            self.send_response(302)
            self.send_header("Location", file.redirect)
            end = first
        elif first >= total:
            self.send_response(416)
            end = first
        else:
            self.send_response(206 if span else file.status)
            self.send_header("Content-Type", file.kind)
        if span and first < end:
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{total}")
        self.send_header("Content-Length", str(end - first))
        if file.cors:
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self._send(file, first, end)

    def _send(self, file: Hosted, first: int, end: int) -> None:
        piece = max(1, (end - first) // 24) if file.drip else 65_536
        for start in range(first, end, piece):
            stop = min(start + piece, end)
            if file.breaks is not None and stop > file.breaks:
                self.wfile.write(file.body[start : max(start, file.breaks)])
                self.close_connection = True
                return
            self.wfile.write(file.body[start:stop])
            self.server.sent += stop - start
            if file.drip:
                time.sleep(file.drip / 24)
