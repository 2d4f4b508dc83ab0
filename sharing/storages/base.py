"""What a storage of media must do, whichever it is. `tests/storages/test_contract.py` holds every storage to it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple, Protocol

CHECK = "check"  # the name of a file that is written only to see whether one can be
FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".flac": "audio/flac", ".m4a": "audio/mp4"}


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file and what is true of exactly this version of it, whatever replaces it meanwhile."""

    file: IO[bytes]
    size: int
    etag: str


class Entry(NamedTuple):
    """A file or folder, and when it was last changed: None for a folder of a bucket, which has no time of its own."""

    name: str
    changed: datetime | None


class Incoming(Protocol):
    """Bytes on their way to one place: nothing is there before `keep()`, and nothing stays after `drop()`."""

    def write(self, data: bytes) -> None:
        """Append."""

    def keep(self) -> None:
        """Put the whole in its place, in one step."""

    def drop(self) -> None:
        """Forget what came; harmless after `keep()`. Raises nothing: what it can't delete is swept later."""


class MediaStorage(Protocol):
    """Files by name, each there whole or not at all; a later one replaces an earlier one.

    Names have slashes, and `prefix` is a name up to a slash: a folder. Every method raises OSError when the storage
    can't do it, with a line for the operator as its text.
    """

    def put(self, name: str, data: bytes) -> None:
        """Store a small file."""

    def create(self, name: str, data: bytes) -> bool:
        """Store a small file where there is none; whether it was stored. Of many at once one succeeds.

        False may also mean that an answer got lost: then these very data are there; or that somebody else is at it.
        """

    def incoming(self, name: str) -> Incoming:
        """Begin to receive a file that is too large for memory. Its `write` and `keep` raise OSError."""

    def open_version(self, name: str) -> Opened:
        """Open a file for reading, from any place in it. Raises FileNotFoundError."""

    def local(self, name: str, should_stop: Callable[[], bool] | None = None) -> AbstractContextManager[Path]:
        """A file as one of this machine, for as long as the context lasts. Raises FileNotFoundError.

        While it is copied, `should_stop` is asked again and again; if it says yes, `Stopped` is raised.
        """

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""

    def delete_prefix(self, prefix: str) -> None:
        """Delete a folder and all in it, if it is there."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """What lies directly in a folder."""

    def changed(self, prefix: str) -> datetime | None:
        """When a folder was last changed, as well as that can be told cheaply; None when it isn't there."""

    def size(self, prefix: str) -> int:
        """Bytes of all files in a folder, at any depth; 0 when it isn't there."""

    def delete_unfinished(self, before: datetime) -> None:
        """Forget what began to come in, and has not grown since that time: its receiver died."""

    def link(self, name: str, seconds: int) -> str | None:
        """An address at which a browser may read a file for so long; None where only we can give it out."""

    def check(self) -> None:
        """Return if files can be written and deleted, and linked to if the settings want that."""


def served_as(name: str) -> tuple[str, str]:
    """Content-Type and Cache-Control with which browsers get a file: segments never change, all else may."""
    kind = _TYPES.get(Path(name).suffix)
    return (kind, FOREVER) if kind else ("application/octet-stream", "no-cache")
