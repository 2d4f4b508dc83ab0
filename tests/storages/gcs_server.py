"""A stand-in for Google Cloud Storage that the real client talks to (`STORAGE_EMULATOR_HOST`).

It keeps files in memory and speaks that part of the JSON API which the storage uses: uploads in one piece and resumable
ones, ranges and generations, files only where there is none, listings by page and delimiter, deletions in batches. What
it doesn't know it answers with 501. It was written from Google's documentation: no emulator among the Python packages
has pages, generations or an end to uploads.
"""

import base64
import email
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import google_crc32c

BUCKET = "stemlink-tests"
PAGE = 1000


@dataclass(frozen=True)
class File:
    """An object as it is stored."""

    data: bytes
    generation: int
    about: dict[str, Any]
    updated: datetime

    def resource(self, name: str) -> dict[str, Any]:
        """What the JSON API tells of it."""
        return {
            "kind": "storage#object",
            "bucket": BUCKET,
            "name": name,
            "generation": str(self.generation),
            "size": str(len(self.data)),
            "etag": f"etag-{self.generation}",
            "updated": self.updated.isoformat().replace("+00:00", "Z"),
            "crc32c": base64.b64encode(google_crc32c.Checksum(self.data).digest()).decode(),
            **self.about,
        }


@dataclass
class Session:
    """A resumable upload."""

    name: str
    about: dict[str, Any]
    data: bytearray = field(default_factory=bytearray)


class Bucket:
    """The one bucket that there is."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.sessions: dict[str, Session] = {}
        self.lock = threading.RLock()
        self.done: dict[str, dict[str, Any]] = {}  # uploads that are complete: who asks again is told again
        self.numbers = count(1_700_000_000_000_000)

    def put(self, name: str, data: bytes, about: dict[str, Any]) -> dict[str, Any]:
        """Store a file."""
        kept = {key: about[key] for key in ("contentType", "cacheControl") if about.get(key)}
        with self.lock:
            self.files[name] = File(data, next(self.numbers), kept, datetime.now(UTC))
            return self.files[name].resource(name)

    def get(self, name: str, generation: str | None) -> File | None:
        """A file, if it is there and still of that generation."""
        with self.lock:
            found = self.files.get(name)
        return None if found and generation and str(found.generation) != generation else found

    def list(self, prefix: str, delimiter: str, after: str, most: int) -> dict[str, Any]:
        """A page of a listing: files and folders count alike."""
        items: list[dict[str, Any]] = []
        folders: list[str] = []
        last = ""
        for name, is_folder in self._found(prefix, delimiter):
            if name <= after:
                continue
            if len(items) + len(folders) == most:
                return {"items": items, "prefixes": folders, "nextPageToken": last}
            last = name
            if is_folder:
                folders.append(name)
            else:
                items.append(self.files[name].resource(name))
        return {"items": items, "prefixes": folders}

    def _found(self, prefix: str, delimiter: str) -> Iterator[tuple[str, bool]]:
        before = ""
        for name in sorted(name for name in self.files if name.startswith(prefix)):
            head, cut, _rest = name.removeprefix(prefix).partition(delimiter or "\0")
            found = prefix + head + cut
            if found != before:
                yield found, bool(cut)
            before = found


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "GcsServer"

    def log_message(self, *_words: Any) -> None:
        """Nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, data = self._work(self.command, self.path, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - so the library calls them

    def _work(self, method: str, address: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        path, bucket = urlsplit(address).path, self.server.bucket
        query = dict(parse_qsl(urlsplit(address).query))
        if (method, path) == ("POST", "/batch/storage/v1"):
            return self._batch(body)
        if (method, path) == ("GET", f"/storage/v1/b/{BUCKET}"):
            return _json({"name": BUCKET, "projectNumber": "1", "location": "EU"})
        if found := re.fullmatch(r"/(?:(upload|download)/)?storage/v1/b/([^/]+)/o(?:/(.+))?", path):
            way, named, name = found[1], found[2], unquote(found[3] or "")
        elif found := re.fullmatch(r"/([^/]+)/(.+)", path):  # a signed address
            way, named, name = "download", found[1], unquote(found[2])
        else:
            return _problem(501, "This stand-in doesn't know that.")
        if named != BUCKET:
            return _problem(404, "The specified bucket does not exist.")
        if way == "upload":
            return self._upload(method, query, body)
        if not name:
            most = min(PAGE, int(query.get("maxResults", PAGE)))
            with bucket.lock:
                return _json(
                    bucket.list(
                        query.get("prefix", ""), query.get("delimiter", ""), query.get("pageToken", ""), most
                    )
                )
        file = bucket.get(name, query.get("generation"))
        if file is None:
            return _problem(404, f"No such object: {BUCKET}/{name}")
        if method == "DELETE":
            with bucket.lock:
                bucket.files.pop(name, None)
            return 204, {}, b""
        if way == "download" or query.get("alt") == "media":
            return self._download(file)
        return _json(file.resource(name))

    def _download(self, file: File) -> tuple[int, dict[str, str], bytes]:
        headers = {
            "Content-Type": file.about.get("contentType", "application/octet-stream"),
            "ETag": f'"etag-{file.generation}"',
            "X-Goog-Generation": str(file.generation),
            "Access-Control-Allow-Origin": "*",
        }
        size = len(file.data)
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(asked[1]), min(size - 1, int(asked[2] or size - 1))
            if first >= size:
                return _problem(416, "The requested range cannot be satisfied.")
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
            return 206, headers, file.data[first : last + 1]
        return 200, headers, file.data

    def _upload(self, method: str, query: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        bucket = self.server.bucket
        generation, is_whole = query.get("ifGenerationMatch"), query.get("uploadType") == "multipart"
        if generation not in ({None, "0"} if is_whole else {None}):
            return _problem(501, "This stand-in doesn't know that condition.")
        if is_whole:
            about, content = _parts(self.headers["Content-Type"], body)
            told = json.loads(about)
            with bucket.lock:
                if generation == "0" and told["name"] in bucket.files:
                    return _problem(412, "At least one of the pre-conditions you specified did not hold.")
                return _json(bucket.put(told["name"], content, told))
        if method == "POST":
            told = json.loads(body)
            kind = {"contentType": self.headers.get("X-Upload-Content-Type")}
            with bucket.lock:
                key = f"session-{next(bucket.numbers)}"
                bucket.sessions[key] = Session(told["name"], kind | told)
            where = f"http://{self.headers['Host']}/upload/storage/v1/b/{BUCKET}/o?uploadType=resumable&upload_id={key}"
            return 200, {"Location": where}, b""
        key = query.get("upload_id", "")
        if key in bucket.done:
            return _json(bucket.done[key])
        session = bucket.sessions.get(key)
        if session is None:
            return _problem(404, "No such upload.")
        if method == "DELETE":
            del bucket.sessions[key]
            return 499, {}, b""
        if sent := re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", self.headers["Content-Range"]):
            if int(sent[1]) <= len(session.data):  # a piece that comes again changes nothing
                session.data[int(sent[1]) :] = body
            if sent[3] != "*" and len(session.data) == int(sent[3]):
                del bucket.sessions[key]
                bucket.done[key] = bucket.put(session.name, bytes(session.data), session.about)
                return _json(bucket.done[key])
        return 308, {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}, b""

    def _batch(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        answers = []
        for part in _messages(self.headers["Content-Type"], body):
            method, address, _version = str(part.get_payload()).split("\r\n", 1)[0].split("\n", 1)[0].split()
            status, _headers, data = self._work(method, address, b"")
            answers.append(
                "--next\r\nContent-Type: application/http\r\n\r\n"
                f"HTTP/1.1 {status} so\r\nContent-Type: application/json\r\n\r\n{data.decode()}\r\n"
            )
        text = "".join(answers) + "--next--\r\n"
        return 200, {"Content-Type": "multipart/mixed; boundary=next"}, text.encode()


class GcsServer(ThreadingHTTPServer):
    """The stand-in on a free port of loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bucket = Bucket()
        self.port = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def put(self, name: str, data: bytes) -> None:
        """Let a file lie in the bucket."""
        self.bucket.put(name, data, {})

    def contents(self) -> list[str]:
        """Everything that lies in the bucket."""
        return sorted(self.bucket.files)

    def unfinished(self) -> list[str]:
        """Uploads that were begun, and neither completed nor given up."""
        return list(self.bucket.sessions)

    def stop(self) -> None:
        """Stop answering."""
        self.shutdown()
        self.server_close()
        self._thread.join()


def _json(value: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _problem(status: int, message: str) -> tuple[int, dict[str, str], bytes]:
    error = {"error": {"code": status, "message": message}}
    return status, {"Content-Type": "application/json"}, json.dumps(error).encode()


def _messages(content_type: str, body: bytes) -> list[Message]:
    parsed = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = parsed.get_payload()
    assert isinstance(parts, list)
    return [part for part in parts if isinstance(part, Message)]


def _parts(content_type: str, body: bytes) -> tuple[bytes, bytes]:
    """The two parts of an upload in one piece, byte for byte (a mail parser would touch line ends)."""
    found = re.search(r'boundary="?([^";]+)', content_type)
    assert found
    mark = b"--" + found[1].strip("'").encode()
    about, content = body.split(mark)[1], body.split(mark, 2)[2].rsplit(b"\r\n" + mark, 1)[0]
    return about.split(b"\r\n\r\n", 1)[1], content.split(b"\r\n\r\n", 1)[1]
