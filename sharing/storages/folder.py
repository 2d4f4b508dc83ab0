"""Media in a folder of this machine, or of a network that all machines have mounted."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from sharing.storages.base import CHECK, Entry, Opened

INCOMING = ".incoming"
WRITTEN_MEANWHILE = 20  # so often a folder is deleted into which somebody writes


class FolderIncoming:
    """A file that comes in aside, and is renamed into its place."""

    def __init__(self, target: Path, aside: Path) -> None:
        self._target, self._aside = target, aside
        aside.parent.mkdir(parents=True, exist_ok=True)
        self._file = aside.open("xb")

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)

    def keep(self) -> None:
        """Put the whole in its place, in one step."""
        self._file.close()
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._aside.replace(self._target)

    def keep_first(self) -> bool:
        """Put the whole in its place, in one step, unless something is there; whether it was put there."""
        self._file.close()
        self._target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._target.hardlink_to(self._aside)
        except FileExistsError:
            return False
        except OSError:
            return self._keep_first_unlinked()
        return True

    def _keep_first_unlinked(self) -> bool:
        """The same where there are no hard links, as on FAT. Whoever is killed here leaves an empty file."""
        try:
            self._target.touch(exist_ok=False)
        except FileExistsError:
            return False
        self._aside.replace(self._target)
        return True

    def drop(self) -> None:
        """Forget what came; harmless after `keep()`."""
        with suppress(OSError):
            self._file.close()  # may try to write what is buffered, on a disk that is full
        with suppress(OSError):
            self._aside.unlink(missing_ok=True)


class FolderStorage(FileSystemStorage):
    """A `MediaStorage` below MEDIA_ROOT."""

    def put(self, name: str, data: bytes) -> None:
        """Store a small file."""
        incoming = self.incoming(name)
        try:
            incoming.write(data)
            incoming.keep()
        finally:
            incoming.drop()

    def create(self, name: str, data: bytes) -> bool:
        """Store a small file where there is none; whether it was stored."""
        incoming = self.incoming(name)
        try:
            incoming.write(data)
            return incoming.keep_first()
        finally:
            incoming.drop()

    def incoming(self, name: str) -> FolderIncoming:
        """Begin to receive a file."""
        return FolderIncoming(Path(self.path(name)), Path(self.location) / INCOMING / secrets.token_hex(16))

    def open_version(self, name: str) -> Opened:
        """Open a file for reading; raises FileNotFoundError."""
        try:
            file = Path(self.path(name)).open("rb")  # noqa: SIM115 - the caller closes it
        except NotADirectoryError:
            raise FileNotFoundError(name) from None
        status = os.fstat(file.fileno())
        return Opened(file, status.st_size, f'"{status.st_mtime_ns:x}-{status.st_ino:x}-{status.st_size:x}"')

    @contextmanager
    def local(self, name: str, should_stop: Callable[[], bool] | None = None) -> Iterator[Path]:  # noqa: ARG002  # no copy
        """The file itself; raises FileNotFoundError."""
        path = Path(self.path(name))
        if not path.is_file():
            raise FileNotFoundError(name)
        yield path

    def delete_prefix(self, prefix: str) -> None:
        """Delete a folder and all in it, and its parent folder if that is empty then."""
        folder = Path(self.path(prefix))
        again = WRITTEN_MEANWHILE
        while folder.is_dir():
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:  # somebody else deletes it too: then what is left of it
                continue
            except OSError as error:
                # A worker still writes there. But what somebody reads from a disk of the network stays until it is
                # closed, so not for ever.
                again -= 1
                if error.errno != errno.ENOTEMPTY or not again:
                    raise
        with suppress(FileNotFoundError):
            if folder.parent != Path(self.location) and not any(folder.parent.iterdir()):
                folder.parent.rmdir()

    def entries(self, prefix: str) -> Iterator[Entry]:
        """What lies directly in a folder."""
        try:
            found = os.scandir(self.path(prefix))
        except (FileNotFoundError, NotADirectoryError):
            return
        with found:
            for entry in found:
                try:
                    yield Entry(entry.name, _time(entry.stat()))
                except FileNotFoundError:
                    continue  # deleted while we looked

    def changed(self, prefix: str) -> datetime | None:
        """When something was last added to a folder, or taken from it."""
        try:
            return _time(Path(self.path(prefix)).stat())
        except FileNotFoundError:
            return None

    def size(self, prefix: str) -> int:
        """Bytes of all files in a folder; what is deleted meanwhile doesn't count."""
        total = 0
        for place, _folders, files in os.walk(self.path(prefix)):
            for name in files:
                with suppress(FileNotFoundError):
                    total += Path(place, name).stat().st_size
        return total

    def delete_unfinished(self, before: datetime) -> None:
        """Delete what came in aside, and has not grown since."""
        for name, changed in list(self.entries(INCOMING)):
            if changed is not None and changed < before:
                self.delete(f"{INCOMING}/{name}")

    def link(self, name: str, seconds: int) -> str | None:  # noqa: ARG002
        """None: a folder has no web server of its own."""
        return None

    def check(self) -> None:
        """Write a small file, and delete it."""
        self.put(CHECK, b"ok")
        self.delete(CHECK)


def _time(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)
