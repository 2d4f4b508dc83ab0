"""Copies of files that lie in a bucket, on this machine and for as long as somebody works with them.

A process that is killed leaves its copy behind, and with it goes the lock that it held: whoever makes the next copy
deletes those that nobody holds.
"""

import fcntl
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from sharing.errors import Stopped

_BLOCK = 1024 * 1024


@contextmanager
def new() -> Iterator[tuple[BinaryIO, Path]]:
    """An empty file to write to, and where it is; deleted in the end. Raises OSError."""
    sweep()
    copy, path = _held()
    with copy:
        try:
            yield copy, path
        finally:
            path.unlink(missing_ok=True)


def fill(copy: IO[bytes], file: IO[bytes], should_stop: Callable[[], bool] | None = None) -> None:
    """Write the rest of a file into a copy. Over a thin line that takes long: `should_stop` is asked about each MB.

    Raises `Stopped`, and OSError.
    """
    while block := file.read(_BLOCK):
        if should_stop and should_stop():
            raise Stopped
        copy.write(block)


def sweep() -> None:
    """Delete the copies of processes that were killed."""
    folder = _folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            with path.open("rb") as left:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except OSError:  # somebody works with it, or it is gone
            continue


def _held() -> tuple[BinaryIO, Path]:
    """A new file with our lock on it."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        path = folder / secrets.token_hex(16)
        copy = path.open("xb")
        fcntl.flock(copy, fcntl.LOCK_EX)
        if path.exists():  # a sweep may have come between
            return copy, path
        copy.close()


def _folder() -> Path:
    return Path(settings.STEMLINK_DATA) / "copies"
