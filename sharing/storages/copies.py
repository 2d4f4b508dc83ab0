"""Copies of files that lie in a bucket, on this machine and for as long as somebody works with them.

A process that is killed leaves its copy behind, and with it goes the lock that it held: whoever makes the next copy
deletes those that nobody holds.
"""

import fcntl
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

YOUNG_SECONDS = 60  # so young a copy may be about to be locked


@contextmanager
def new() -> Iterator[tuple[BinaryIO, Path]]:
    """An empty file to write to, and where it is; deleted in the end. Raises OSError."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    sweep()
    path = folder / secrets.token_hex(16)
    with path.open("xb") as copy:
        fcntl.flock(copy, fcntl.LOCK_EX)
        try:
            yield copy, path
        finally:
            path.unlink(missing_ok=True)


def sweep() -> None:
    """Delete the copies of processes that were killed."""
    folder = _folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if path.stat().st_mtime < time.time() - YOUNG_SECONDS:
                with path.open("rb") as left:
                    fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink(missing_ok=True)
        except OSError:  # somebody works with it, or it is gone
            continue


def _folder() -> Path:
    return Path(settings.STEMLINK_DATA) / "copies"
