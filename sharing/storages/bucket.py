"""What all buckets have in common: large files come in by parts and are read by blocks, and workers get copies."""

import io
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from django.conf import settings

from sharing.storages import copies
from sharing.storages.base import CHECK, Opened

PART = 8 * 1024 * 1024  # of a file that comes in; S3 takes 10,000 of them, each but the last at least 5 MiB
BLOCK = 4 * 1024 * 1024  # of a file that is read: every segment is one, so that it costs one request


class BucketError(OSError):
    """A bucket can't do what it was asked for. The text is one line for the operator: what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first BLOCK bytes of a file, its size and ETag, and how the bucket names this very version of it."""

    data: bytes
    size: int
    etag: str
    version: str


class Upload(Protocol):
    """A file that is sent in parts. Each raises OSError."""

    def send(self, part: bytes) -> None:
        """Send the next PART bytes."""

    def complete(self, rest: bytes) -> None:
        """Send what is left; the file is there from now on."""

    def abort(self) -> None:
        """Forget what was sent."""


class BucketStorage(ABC):
    """The parts of a `MediaStorage` that are the same in every bucket."""

    @abstractmethod
    def put(self, name: str, data: bytes) -> None:
        """Store a small file."""

    @abstractmethod
    def create(self, name: str, data: bytes) -> bool:
        """Store a small file where there is none; whether it was stored."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""

    @abstractmethod
    def link(self, name: str, seconds: int) -> str | None:
        """A signed address for so long."""

    @abstractmethod
    def begin(self, name: str) -> Upload:
        """Begin to send a file in parts."""

    @abstractmethod
    def head(self, name: str) -> Head:
        """Where reading a file begins. Raises FileNotFoundError."""

    @abstractmethod
    def block(self, name: str, version: str, start: int) -> bytes:
        """The BLOCK bytes from `start` on. Raises OSError when this version was replaced."""

    def incoming(self, name: str) -> "BucketIncoming":
        """Begin to receive a file; nothing is sent yet."""
        return BucketIncoming(self, name)

    def open_version(self, name: str) -> Opened:
        """Open a file for reading; raises FileNotFoundError. Reading a large one raises OSError once it is replaced."""
        head = self.head(name)
        if len(head.data) == head.size:
            return Opened(io.BytesIO(head.data), head.size, head.etag)
        blocks = Blocks(head, lambda start: self.block(name, head.version, start))
        return Opened(cast(IO[bytes], io.BufferedReader(blocks)), head.size, head.etag)

    @contextmanager
    def local(self, name: str, should_stop: Callable[[], bool] | None = None) -> Iterator[Path]:
        """A copy of a file on this machine. Raises FileNotFoundError, and `Stopped`."""
        with self.open_version(name).file as file, copies.new() as (copy, path):
            copies.fill(copy, file, should_stop)
            copy.flush()
            yield path

    def check(self) -> None:
        """Write a small file, and delete it; sign an address if visitors are to be sent to some."""
        self.put(CHECK, b"ok")
        self.delete(CHECK)
        if settings.STEMLINK_MEDIA_REDIRECT:
            self.link(CHECK, 1)


class BucketIncoming:
    """A file that comes in: sent by parts behind the bucket's back door, or at once if it is small."""

    def __init__(self, storage: BucketStorage, name: str) -> None:
        self._storage, self._name = storage, name
        self._waiting = bytearray()
        self._upload: Upload | None = None

    def write(self, data: bytes) -> None:
        """Append."""
        self._waiting += data
        while len(self._waiting) > PART:
            if self._upload is None:
                self._upload = self._storage.begin(self._name)
            with memoryview(self._waiting) as waiting:
                part = bytes(waiting[:PART])
            del self._waiting[:PART]
            self._upload.send(part)

    def keep(self) -> None:
        """Put the whole in its place, in one step."""
        if self._upload is None:
            self._storage.put(self._name, bytes(self._waiting))
        else:
            self._upload.complete(bytes(self._waiting))
            self._upload = None

    def drop(self) -> None:
        """Forget what came; harmless after `keep()`."""
        if self._upload is not None:
            with suppress(OSError):  # the sweep comes by later
                self._upload.abort()
            self._upload = None
        self._waiting.clear()


class Blocks(io.RawIOBase):
    """A large file of a bucket, read a block at a time, from any place in it."""

    def __init__(self, head: Head, fetch: Callable[[int], bytes]) -> None:
        self._fetch, self._size = fetch, head.size
        self._start, self._data = 0, head.data
        self._position = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go somewhere; nothing is fetched yet."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # Buffer: from Python 3.12
        """Read what the block at this place has; fetch it first if it isn't the last one. Raises OSError."""
        if self._position >= self._size:
            return 0
        if not self._start <= self._position < self._start + len(self._data):
            self._start = self._position
            self._data = self._fetch(self._start)
            if not self._data:
                raise BucketError("A file of the bucket ended before its end.")
        offset = self._position - self._start
        part = self._data[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)


def key(location: str, name: str) -> str:
    """What a file is called in a bucket of which we have the part below `location`."""
    return f"{location.strip('/')}/{name}".lstrip("/")


def folder_key(location: str, prefix: str) -> str:
    """What the names of all files in a folder begin with; nothing for all of the bucket."""
    return f"{key(location, prefix).rstrip('/')}/".lstrip("/")
