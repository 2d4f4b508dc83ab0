"""A folder as Django storage in which a file is there whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

INCOMING = ".incoming"


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file and what is true of exactly this version of it, whatever replaces it meanwhile."""

    file: IO[bytes]
    size: int
    etag: str


class Incoming:
    """Bytes on their way to one place: nothing is there before `keep()`, and nothing stays after `drop()`."""

    def __init__(self, target: Path, aside: Path) -> None:
        self._target, self._aside = target, aside
        aside.parent.mkdir(parents=True, exist_ok=True)
        self._file = aside.open("xb")

    def write(self, data: bytes) -> None:
        """Append; raises OSError."""
        self._file.write(data)

    def keep(self) -> None:
        """Put the whole in its place, in one step; raises OSError."""
        self._file.close()
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._aside.replace(self._target)

    def drop(self) -> None:
        """Forget what came; harmless after `keep()`."""
        try:
            self._file.close()  # may try to write what is buffered, on a disk that is full
        except OSError:
            pass
        finally:
            self._aside.unlink(missing_ok=True)


class FolderStorage(FileSystemStorage):
    """Django's storage on a folder, with atomic writes that replace, and what media needs beyond Django's API."""

    def incoming(self, name: str) -> Incoming:
        """Begin to receive the file `name`."""
        return Incoming(Path(self.path(name)), Path(self.location) / INCOMING / secrets.token_hex(16))

    def open_version(self, name: str) -> Opened:
        """Open a file for reading; raises FileNotFoundError."""
        file = Path(self.path(name)).open("rb")  # noqa: SIM115 - the caller closes it
        status = os.fstat(file.fileno())
        return Opened(file, status.st_size, f'"{status.st_mtime_ns:x}-{status.st_ino:x}-{status.st_size:x}"')

    def delete_prefix(self, prefix: str) -> None:
        """Delete a folder and all in it, and its parent folder if that is empty then. Raises OSError."""
        folder = Path(self.path(prefix))
        if folder.is_dir():
            shutil.rmtree(folder)
        if (
            folder.parent != Path(self.location)
            and folder.parent.is_dir()
            and not any(folder.parent.iterdir())
        ):
            folder.parent.rmdir()

    def entries(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Names directly below a folder, and when each was last changed."""
        folder = Path(self.path(prefix))
        if not folder.is_dir():
            return
        with os.scandir(folder) as found:
            for entry in found:
                try:
                    yield entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)
                except FileNotFoundError:
                    continue  # deleted while we looked

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002
        """The name itself: a later file replaces an earlier one."""
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        incoming = self.incoming(name)
        try:
            for chunk in content.chunks():
                incoming.write(chunk)
            incoming.keep()
        finally:
            incoming.drop()
        return name
