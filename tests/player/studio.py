"""Songs made of arithmetic, in the shape in which the service serves them, and a loopback server that serves them."""

import http.server
import io
import json
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
MODULES = Path(__file__).parents[2] / "node_modules"
VENDORED = {"signalsmith-stretch": "signalsmith-stretch", "mediabunny": "mediabunny/dist/bundles"}
STATIC = Path(__file__).parents[2] / "static"
RATE = 44_100
SEGMENT = 176_400
PEAK = 441

Sound = NDArray[np.int16]  # (channels, samples)


def noise(frames: int, seed: int, *, channels: int = 2) -> Sound:
    """Loud noise with a slow swell: a wrong sample anywhere is far from right, and outlines look like music."""
    random = np.random.default_rng(seed)
    swell = 0.15 + 0.25 * (1 + np.sin(np.arange(frames) / RATE * (1.1 + seed)))
    return (random.uniform(-1, 1, (channels, frames)) * swell * 20_000).astype(np.int16)


def square(frames: int, level: float) -> Sound:
    """A square wave: every sample is as loud as the loudest, so that a level can be read at any moment."""
    wave = np.where(np.arange(frames) % 100 < 50, 1, -1) * level * 32_767
    return np.round(np.stack([wave, wave])).astype(np.int16)


def flac(sound: Sound) -> bytes:
    """One complete FLAC file, 16 bit."""
    target = io.BytesIO()
    with av.open(target, "w", format="flac") as container:
        layout = "stereo" if sound.shape[0] == 2 else "mono"
        stream = container.add_stream("flac", rate=RATE, layout=layout)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound.T).reshape(1, -1), format="s16", layout=layout
        )
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def aac(sound: Sound) -> bytes:
    """AAC in .m4a, whose edit list lets browsers cut the encoder's own padding."""
    target = io.BytesIO()
    with av.open(target, "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=RATE, layout="stereo", bit_rate=160_000)
        samples = np.ascontiguousarray(sound.astype(np.float32) / 32_768)
        for start in range(0, samples.shape[1], 1024):
            block = np.ascontiguousarray(samples[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def peaks(sound: Sound) -> bytes:
    """Pairs of lowest and highest sample per 441 frames, over all channels."""
    count = -(-sound.shape[1] // PEAK)
    padded = np.pad(sound, ((0, 0), (0, count * PEAK - sound.shape[1])), mode="edge").reshape(-1, count, PEAK)
    pairs = np.stack([padded.min(axis=(0, 2)), padded.max(axis=(0, 2))], axis=1) / 32767 * 127
    return np.clip(np.round(pairs), -127, 127).astype(np.int8).tobytes()


@dataclass
class Song:
    """A share whose stems are arrays; `manifest()` says of it what the service would."""

    stems: dict[str, Sound]
    title: str = "A song of noise"
    state: str = "done"
    attempt: int = 1
    available: int | None = None
    exclusive: bool = False
    error: dict[str, str] | None = None
    codec: str = "flac"
    lead: int = 0  # frames of the neighbours that a file has at each end
    policy: str = ""  # what its page may do beyond that
    gains: dict[str, float] = field(default_factory=dict)  # by which stems were multiplied
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)  # of stems, as their owner has them
    colors: tuple[str, ...] = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#0072b2")
    _files: dict[str, bytes] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """Length of the longest stem."""
        return max(int(sound.shape[1]) for sound in self.stems.values())

    def pcm(self, stem: str) -> Sound:
        """What a stem should sound like."""
        return self.stems[stem]

    def file(self, path: str) -> bytes | None:
        """What is at `<attempt>/<stem>/flac/<n>.flac` or `<attempt>/<stem>/peaks.bin`."""
        if path in self._files:
            return self._files[path]
        found = re.fullmatch(r"(\d+)/(\w+)/(?:\w+/(\d+)\.\w+|peaks\.bin)", path)
        if not found or found[2] not in self.stems or int(found[1]) != self.attempt:
            return None
        sound = self.stems[found[2]]
        if found[3] is None:
            return peaks(sound[:, : self.available])
        begin = int(found[3]) * SEGMENT
        if begin >= sound.shape[1]:
            return None
        around = np.pad(sound, ((0, 0), (self.lead, self.lead)))
        part = around[:, begin : min(begin + SEGMENT, sound.shape[1]) + 2 * self.lead]
        self._files[path] = aac(part) if self.codec == "aac" else flac(part)
        return self._files[path]

    def manifest(self, base: str) -> dict[str, Any]:
        """The manifest, with media under `base`."""
        available = self.frames if self.available is None else self.available
        return {
            "version": 1, "id": "AbCdEfGhJkL", "title": self.title, "url": f"{base}/AbCdEfGhJkL",
            "embed_url": f"{base}/AbCdEfGhJkL/embed", "state": self.state, "progress": available / self.frames,
            "queue_position": 1 if self.state == "queued" else None, "seconds_left": None, "worker_seen": True,
            "error": self.error, "model": "noise", "sample_rate": RATE, "frames": self.frames,
            "duration": self.frames / RATE, "gain": min(self.gains.values(), default=1.0),
            "exclusive": self.exclusive, "revision": 1,
            "attempt": self.attempt, "downloads": self.state == "done",
            "zip": {"flac": f"{base}/files/stems.zip"}, "created_at": "2026-01-01T00:00:00Z", "expires_at": None,
            "stems": [self._stem(base, index, available) for index in range(len(self.stems))],
        }  # fmt: skip

    def _stem(self, base: str, index: int, available: int) -> dict[str, Any]:
        stem = list(self.stems)[index]
        folder = f"{base}/media/{self.attempt}/{stem}"
        own = int(self.stems[stem].shape[1])
        rendition = {"segment_frames": SEGMENT, "lead_frames": self.lead, "tail_frames": self.lead}
        return {
            "id": stem, "name": stem.capitalize(), "color": self.colors[index % len(self.colors)], "muted": False,
            "soloed": False, "volume": 1.0, "pan": 0.0, "kind": "kept", "attempt": self.attempt,
            "downloads": {"flac": f"{base}/files/{stem}.flac"},
            "state": "ready" if available == self.frames else "growing", "error": None,
            "available_frames": min(available, own), "frames": own, "gain": self.gains.get(stem, 1.0),
            "peaks": {"url": f"{folder}/peaks.bin", "frames_per_peak": PEAK},
            "renditions": {self.codec: {"url": f"{folder}/{self.codec}/{{segment}}.{self.codec}", **rendition}},
            **self.settings.get(stem, {}),
        }  # fmt: skip


class Studio(http.server.ThreadingHTTPServer):
    """Serves `static/`, one page, and the song; told to, it is slow, fails, or drops off the network."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.song = Song({"one": noise(SEGMENT, 1)})
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.requests: list[str] = []
        self.sent: list[str] = []  # those of them that were answered to the last byte
        self.answers: dict[str, int] = {}  # a part of the path -> status
        self.delays: dict[str, float] = {}  # a part of the path -> seconds
        self.drips: dict[str, float] = {}  # a part of the path -> seconds over which the file comes
        self.truncated: set[str] = set()  # parts of paths whose files are cut off
        self.down = False
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def asked(self, part: str) -> list[str]:
        """The requests so far whose path has `part`."""
        return [path for path in list(self.requests) if part in path]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Player</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/static/theme.css">
<link rel="stylesheet" href="/static/player/player.css">
<body><main><h1 hidden>Player</h1><div class="player" data-manifest-url="/api/shares/AbCdEfGhJkL/"></div></main>"""
FRAME = '<link rel="stylesheet" href="/static/player/embed.css">'
MOUNT = '<script type="module" src="/static/player/embed.js"></script>'
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; object-src 'none'"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".mjs": "text/javascript"}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Studio
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Tests are quiet."""

    def do_GET(self) -> None:
        """Answers pages, static files, the manifest and media."""
        path = self.path.partition("?")[0]
        self.server.requests.append(self.path)
        for part, seconds in self.server.delays.items():
            if part in path:
                time.sleep(seconds)
        if self.server.down:
            self.close_connection = True
            return
        status = next((status for part, status in self.server.answers.items() if part in path), 200)
        body, kind = self._content(path) if status == 200 else (b"{}", "application/json")
        if body is None:
            status, body, kind = 404, b"", "text/plain"
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if status == 200 and span:
            end = int(span[2]) + 1 if span[2] else None
            status, body = (206, body[int(span[1]) : end]) if int(span[1]) < len(body) else (416, b"")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        fresh = status >= 400 or "/api/" in path
        self.send_header("Cache-Control", "no-store" if fresh else "public, max-age=3600")
        if kind == "text/html":
            self.send_header("Content-Security-Policy", POLICY + self.server.song.policy)
        self.end_headers()
        if any(part in path for part in self.server.truncated):
            body = body[: len(body) // 3]
            self.close_connection = True
        drip = next((seconds for part, seconds in self.server.drips.items() if part in path), 0)
        size = -(-len(body) // 24) if drip else len(body)
        for start in range(0, len(body), size or 1):
            self.wfile.write(body[start : start + size])
            time.sleep(drip / 24)
        self.server.sent.append(self.path)

    def _content(self, path: str) -> tuple[bytes | None, str]:
        if path.startswith("/static/vendor/"):
            name, _, rest = path.removeprefix("/static/vendor/").partition("/")
            file = MODULES / VENDORED.get(name, "") / rest
            return (file.read_bytes() if file.is_file() else None), "text/javascript"
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            return (file.read_bytes() if file.is_file() else None), TYPES.get(
                file.suffix, "application/octet-stream"
            )
        if path.startswith("/api/"):
            return json.dumps(self.server.song.manifest(self.server.base)).encode(), "application/json"
        if path.startswith("/media/"):
            return self.server.song.file(path.removeprefix("/media/")), "application/octet-stream"
        if path.startswith("/pcm/"):
            sound = self.server.song.pcm(path.removeprefix("/pcm/"))
            return np.ascontiguousarray(sound).tobytes(), "application/octet-stream"
        if path.startswith("/tests/"):
            return (HERE / path.removeprefix("/tests/")).read_bytes(), "text/javascript"
        if path == "/blank":
            return PAGE.encode(), "text/html"
        frame = FRAME if path.endswith("/embed") else ""
        return (PAGE + frame + MOUNT).encode(), "text/html"
