"""A song comes in: streamed into media under a cap, looked at as it comes, and gone without trace if it is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

from sharing import media, metrics
from sharing.errors import MediaUnavailable, Problem
from sharing.identity import new_id
from sharing.sniff import LOOK, look

CHUNK = 256 * 1024


class TooLarge(Problem):
    """The song is larger than this server takes."""

    status, code = 413, "too_large"

    def __init__(self) -> None:
        cap = settings.STEMLINK_MAX_UPLOAD_BYTES
        size = f"{cap / 1e6:,.0f} MB" if cap >= 1e6 else f"{cap:,} bytes"
        super().__init__(f"This file is too large: at most {size} are taken here.", detail={"max_bytes": cap})


class Empty(Problem):
    """There is no song in it."""

    status, code = 400, "empty"
    message = "This file is empty. Choose another one."


@dataclass(frozen=True, slots=True)
class Song:
    """A song that lies in media, and the id of the share that it is for. `filename` only ever becomes a title."""

    share_id: str
    key: str
    filename: str
    size: int


class Reception:
    """A song on its way into media. Used through `receive()`."""

    def __init__(self) -> None:
        self.share_id = new_id()
        self.key = media.new_source_key(self.share_id)
        self.size = 0
        self._head = b""
        self._seen = False
        self._incoming = media.receive(self.key)

    def write(self, data: bytes) -> None:
        """Take the next bytes. Raises `TooLarge`, `NotAudio`, `DiskFull` or `MediaUnavailable`."""
        self.size += len(data)
        if self.size > settings.STEMLINK_MAX_UPLOAD_BYTES:
            raise TooLarge
        if not self._seen:
            self._head += data[: LOOK - len(self._head)]
            if len(self._head) >= LOOK:
                self._look()
        media.need(len(data))
        with _disk():
            self._incoming.write(data)

    def keep(self, filename: str) -> Song:
        """All of it came: it is in media now. Raises `Empty`, `NotAudio` or `MediaUnavailable`."""
        if not self.size:
            raise Empty
        if not self._seen:
            self._look()
        with _disk():
            self._incoming.keep()
        metrics.UPLOADS.inc()
        metrics.UPLOADED_BYTES.inc(self.size)
        return Song(self.share_id, self.key, filename, self.size)

    def drop(self) -> None:
        """Forget it, unless it was kept."""
        self._incoming.drop()

    def _look(self) -> None:
        look(self._head)
        self._seen, self._head = True, b""


@contextmanager
def receive(length: int = 0) -> Iterator[Reception]:
    """Receive one song of `length`, as far as that is known: unless `keep()` is reached, nothing of it stays.

    Raises `DiskFull` or `MediaUnavailable`.
    """
    media.need(length)
    reception = Reception()
    try:
        yield reception
    finally:
        reception.drop()


def from_file(file: BinaryIO, filename: str) -> Song:
    """A song that lies on this machine. Raises what `Reception` raises."""
    with receive() as reception:
        while data := file.read(CHUNK):
            reception.write(data)
        return reception.keep(filename)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        media.log.error("Media: can't write a song: %s", error)
        raise MediaUnavailable from error
