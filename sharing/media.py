"""Where sound lives: songs (`sources/`), files that come in (`uploads/`), stems (`shares/`). Only stems are served."""

import errno
import logging
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from math import inf
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.core.files.storage import default_storage

from sharing.errors import DiskFull, MediaUnavailable
from sharing.identity import ID_PATTERN
from sharing.storages import Entry, Incoming, MediaStorage, Opened

log = logging.getLogger(__name__)

NOT_READ = "The place where this server keeps its sound doesn't answer right now. Try again in a minute."
STEM_PATTERN = r"[a-z0-9][a-z0-9._-]{0,63}"
_NUMBER = r"(?:0|[1-9][0-9]{0,6})"
FILE_PATTERN = rf"(?:flac/{_NUMBER}\.flac|aac/{_NUMBER}\.m4a|peaks\.bin)"
ATTEMPT_PATTERN = r"[1-9][0-9]{0,5}"
_SOURCE = re.compile(rf"sources/{ID_PATTERN}-[0-9a-f]{{32}}")
_STEM_FILE = re.compile(rf"shares/{ID_PATTERN}/{ATTEMPT_PATTERN}/{STEM_PATTERN}/{FILE_PATTERN}")
_FOLDER = re.compile(rf"shares/{ID_PATTERN}(?:/{ATTEMPT_PATTERN}(?:/{STEM_PATTERN})?)?/?")
UPLOAD_PATTERN = r"[A-Za-z0-9_-]{22}"
_UPLOAD = re.compile(rf"uploads/{UPLOAD_PATTERN}/")
_UPLOAD_FILE = re.compile(rf"uploads/{UPLOAD_PATTERN}/(?:info|taken|[0-9]{{1,15}}-[0-9]{{1,15}})")
# Seconds until the log hears again of a trouble that lasts: who waits for media tries every second.
_QUIET = 60.0
_told: dict[tuple[object, ...], float] = {}  # when it heard of what


def storage() -> MediaStorage:
    """The storage that the settings name."""
    return cast(MediaStorage, default_storage)


def new_source_key(share_id: str) -> str:
    """A key for the song of a share. No part of it comes from the user."""
    return _checked(_SOURCE, f"sources/{share_id}-{secrets.token_hex(16)}")


def share_prefix(share_id: str) -> str:
    """The folder of a share's stems."""
    return _checked(_FOLDER, f"shares/{share_id}/")


def attempt_prefix(share_id: str, attempt: int) -> str:
    """The folder of one attempt's stems: what a worker writes goes below it."""
    return _checked(_FOLDER, f"shares/{share_id}/{attempt}/")


def stem_prefix(share_id: str, attempt: int, stem: str) -> str:
    """The folder of one stem."""
    return _checked(_FOLDER, f"shares/{share_id}/{attempt}/{stem}/")


def put(key: str, data: bytes) -> None:
    """Store one file of a stem, whole or not at all, in the place of an earlier one.

    Raises `MediaUnavailable`, and `DiskFull` before the database, which lies there as well, could be written no more:
    then nobody could fail or delete the share that fills it.
    """
    _leave(settings.STEMLINK_MIN_FREE_BYTES // 10, len(data))
    with _reachable("write", key):
        storage().put(_checked(_STEM_FILE, key), data)


def get(key: str) -> bytes:
    """All of one file of a stem. Raises FileNotFoundError or `MediaUnavailable`."""
    with open_stem_file(key).file as file, _reachable("read", key):
        return file.read()


def receive(key: str) -> Incoming:
    """Begin to receive a song. Raises `MediaUnavailable`; what is written later raises OSError."""
    with _reachable("write", key):
        return storage().incoming(_checked(_SOURCE, key))


@contextmanager
def local_source(key: str, should_stop: Callable[[], bool] | None = None) -> Iterator[Path]:
    """A song as a file of this machine, for a worker to decode; `should_stop` is asked while it is copied.

    Raises FileNotFoundError, `MediaUnavailable` or `Stopped`.
    """
    with ExitStack() as stack:
        with _reachable("copy", key):
            path = stack.enter_context(storage().local(_checked(_SOURCE, key), should_stop))
        yield path


def open_stem_file(key: str) -> Opened:
    """One file of a stem, to be served. Raises FileNotFoundError or `MediaUnavailable`."""
    with _reachable("read", key):
        return storage().open_version(_checked(_STEM_FILE, key))


def link(key: str, seconds: int) -> str | None:
    """Where a browser may read a file of a stem for so long; None if only from us. Raises `MediaUnavailable`."""
    with _reachable("link to", key):
        return storage().link(_checked(_STEM_FILE, key), seconds)


def delete_source(key: str | None) -> None:
    """Delete a song, if there is one. A failure is logged: the reaper's sweep comes by later."""
    if key is not None:
        with suppress(MediaUnavailable), _reachable("delete", key):
            storage().delete(_checked(_SOURCE, key))


def delete_stems(prefix: str) -> None:
    """Delete the folder of a share, an attempt or a stem. A failure is logged: the reaper's sweep comes by later."""
    with suppress(MediaUnavailable), _reachable("delete", prefix):
        storage().delete_prefix(_checked(_FOLDER, prefix))


def sources() -> Iterator[tuple[str, str, datetime]]:
    """All songs: key, share id, and when it came. Raises `MediaUnavailable`, as all that follow here do."""
    for name, changed in _entries("sources"):
        if changed is not None and _SOURCE.fullmatch(f"sources/{name}"):
            yield f"sources/{name}", name.split("-")[0], changed


def shares() -> Iterator[str]:
    """Ids of all shares that have a folder."""
    for name, _changed in _entries("shares"):
        if re.fullmatch(ID_PATTERN, name):
            yield name


def changed(prefix: str) -> datetime | None:
    """When the folder of a share or an attempt was last changed, as well as that is known; None without one."""
    with _reachable("look at", prefix):
        return storage().changed(_checked(_FOLDER, prefix))


def attempts(share_id: str) -> list[int]:
    """The attempts of a share that have a folder."""
    names = [name for name, _changed in _entries(share_prefix(share_id))]
    return sorted(int(name) for name in names if re.fullmatch(ATTEMPT_PATTERN, name))


def size(share_id: str) -> int:
    """Bytes of all that is stored of a share's stems."""
    prefix = share_prefix(share_id)
    with _reachable("read", prefix):
        return storage().size(prefix)


def stems(share_id: str, attempt: int) -> list[str]:
    """The stems of an attempt that have a folder."""
    names = [name for name, _changed in _entries(attempt_prefix(share_id, attempt))]
    return sorted(name for name in names if re.fullmatch(STEM_PATTERN, name))


def put_upload(upload_id: str, name: str, data: bytes) -> None:
    """Store a piece of an upload, or what is known of it."""
    key = _checked(_UPLOAD_FILE, f"uploads/{upload_id}/{name}")
    with _reachable("write", key):
        storage().put(key, data)


def create_upload_file(upload_id: str, name: str, data: bytes) -> bool:
    """Store one of these where there is none; see `MediaStorage.create`."""
    key = _checked(_UPLOAD_FILE, f"uploads/{upload_id}/{name}")
    with _reachable("write", key):
        return storage().create(key, data)


def delete_upload_file(upload_id: str, name: str) -> None:
    """Delete one of these. A failure is logged: the reaper's sweep comes by later."""
    key = _checked(_UPLOAD_FILE, f"uploads/{upload_id}/{name}")
    with suppress(MediaUnavailable), _reachable("delete", key):
        storage().delete(key)


@contextmanager
def open_upload(upload_id: str, name: str) -> Iterator[IO[bytes]]:
    """Read one of these, for as long as the context lasts. Also raises FileNotFoundError."""
    key = _checked(_UPLOAD_FILE, f"uploads/{upload_id}/{name}")
    with _reachable("read", key), storage().open_version(key).file as file:
        yield file


def upload_files(upload_id: str) -> dict[str, datetime | None]:
    """The names of all of these, and when they were stored."""
    return dict(_entries(_checked(_UPLOAD, f"uploads/{upload_id}/")))


def uploads() -> Iterator[str]:
    """Ids of all uploads that have a folder."""
    for name, _changed in _entries("uploads"):
        if re.fullmatch(UPLOAD_PATTERN, name):
            yield name


def upload_changed(upload_id: str) -> datetime | None:
    """When an upload was last changed, as well as that is known; None without one."""
    prefix = _checked(_UPLOAD, f"uploads/{upload_id}/")
    with _reachable("look at", prefix):
        return storage().changed(prefix)


def delete_upload(upload_id: str) -> None:
    """Delete all of an upload. A failure is logged: the reaper's sweep comes by later."""
    prefix = _checked(_UPLOAD, f"uploads/{upload_id}/")
    with suppress(MediaUnavailable), _reachable("delete", prefix):
        storage().delete_prefix(prefix)


def delete_unfinished(before: datetime) -> None:
    """Delete what began to come in, and has not grown since that time: its receiver died."""
    with _reachable("sweep", "what didn't come in whole"):
        storage().delete_unfinished(before)


def check() -> None:
    """Write and delete a small file."""
    with _reachable("write", "a test file"):
        storage().check()


def free() -> int | None:
    """Bytes that are free on the disk of media; None where media is a bucket. Raises `MediaUnavailable`."""
    if settings.MEDIA.folder is None:
        return None
    folder = Path(settings.MEDIA_ROOT)
    with _reachable("look at", "the disk"):
        return shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free


def need(size: int) -> None:
    """Raise `DiskFull` unless so many bytes from outside leave enough free for what was begun and for the database.

    Raises `MediaUnavailable` where the disk doesn't answer.
    """
    _leave(settings.STEMLINK_MIN_FREE_BYTES, size)


def _leave(least: int, size: int) -> None:
    left = free()
    if left is not None and left - size < least:
        _tell(("room",), "Media: %d bytes are refused, since only %d are free.", size, left)
        raise DiskFull


def _tell(trouble: tuple[object, ...], words: str, *details: object) -> None:
    """An error in the log, unless it heard of this trouble within the last minute."""
    now = time.monotonic()
    if now - _told.get(trouble, -inf) >= _QUIET:
        _told[trouble] = now
        log.error(words, *details)


def _entries(prefix: str) -> Iterator[Entry]:
    with _reachable("list", prefix):
        yield from storage().entries(prefix)


@contextmanager
def _reachable(verb: str, what: str) -> Iterator[None]:
    """Whatever a storage says about itself becomes `MediaUnavailable`, and a line in the log for the operator."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) and verb != "write":
            raise
        _tell((verb, error.errno), "Media: can't %s %s: %s", verb, what, error)
        is_full = verb == "write" or error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise MediaUnavailable(None if is_full else NOT_READ) from error


def _checked(pattern: re.Pattern[str], key: str) -> str:
    if not pattern.fullmatch(key):
        raise ValueError(f"{key!r} is no media key.")
    return key
