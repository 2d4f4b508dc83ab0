"""Files that come in over broken connections, and go on where they were.

All state is in media (`sharing.pieces`) and none in a process: any web server takes the next piece, and a worker on
another machine joins them.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from sharing import media, pieces, sniff, words
from sharing.clock import now
from sharing.errors import Invalid, MediaUnavailable, Problem
from sharing.pieces import Upload, UploadNotFound, Writer
from sharing.storages import copies
from sharing.uploads import CHUNK, Empty, TooLarge

ORPHAN_SECONDS = 3600
_ID_AT_END = re.compile(rf"(?:\A|/)({media.UPLOAD_PATTERN})/?\Z")


class UploadExpired(Problem):
    """The upload's time is over."""

    status, code = 410, "upload_expired"
    message = "This upload waited too long and was deleted. Please send the file again."


class UploadUnfinished(Problem):
    """A part of the file is still missing."""

    status, code = 409, "upload_unfinished"
    message = "This file hasn't arrived in whole yet. Wait until its upload is done."


class UploadTaken(Problem):
    """The upload became a stem already."""

    status, code = 409, "upload_taken"
    message = "This file belongs to another share already. Send it once more."


class OffsetMismatch(Problem):
    """The client wants to go on at another place than where the upload is."""

    status, code = 409, "offset_mismatch"

    def __init__(self, offset: int) -> None:
        super().__init__(
            f"This upload goes on at byte {offset:,}.",
            detail={"offset": offset},
            headers={"Upload-Offset": str(offset)},
        )


def create(length: int, filename: str) -> Upload:
    """Begin an upload of so many bytes. Raises `Empty`, `TooLarge`, `DiskFull` or `MediaUnavailable`."""
    if length > settings.STEMLINK_MAX_UPLOAD_BYTES:
        raise TooLarge
    if length <= 0:
        raise Empty
    media.need(length)
    upload = Upload(
        id=secrets.token_urlsafe(16), length=length, filename=words.clean(filename, 300), created_at=now()
    )
    pieces.save(upload)
    return upload


def find(upload_id: str) -> Upload:
    """How an upload stands. Raises `UploadNotFound`, `UploadExpired` or `MediaUnavailable`."""
    upload = pieces.read(upload_id)
    if upload.taken_by is None and upload.expires_at <= now():
        raise UploadExpired
    return upload


def append(upload: Upload, offset: int, read: Callable[[int], bytes]) -> int:
    """Take the bytes from `offset` on that `read` gives until it gives none; returns how far the upload is then.

    Whatever ends it, what had come by then is kept; unless it is no sound, then all of it is deleted. Raises
    `OffsetMismatch`, `PastTheEnd`, `TooManyPieces`, `NotAudio`, `DiskFull`, `MediaUnavailable`, `UploadNotFound` when
    it is deleted meanwhile, and what `read` raises.
    """
    if offset != upload.offset:
        raise OffsetMismatch(upload.offset)
    if upload.full:
        raise pieces.TooManyPieces
    writer = Writer(upload)
    try:
        while data := read(CHUNK):
            writer.write(data)
    except sniff.NotAudio:
        delete(upload.id)
        raise
    except BaseException:
        with suppress(Problem):
            writer.flush()
        raise
    writer.flush()
    return writer.end


def take(upload_id: str, share_id: str) -> None:
    """Keep a finished upload for a share, until that has read and deleted it. Of many who try one succeeds.

    Raises `UploadUnfinished`, `UploadTaken` even if that share has it already, and what `find` raises.
    """
    if not find(upload_id).complete:
        raise UploadUnfinished
    if not pieces.take(upload_id, share_id):
        raise UploadTaken


def release(upload_id: str) -> None:
    """Give an upload back that was taken for what then wasn't done. A failure is logged: the sweep comes by later."""
    pieces.release(upload_id)


@contextmanager
def local_file(upload_id: str, should_stop: Callable[[], bool] | None = None) -> Iterator[Path]:
    """A finished upload as a file of this machine, for as long as the context lasts; `should_stop` is asked while it
    is joined.

    Raises `UploadNotFound`, `UploadUnfinished`, `MediaUnavailable`, `Stopped`, and OSError when the file can't be
    written here.
    """
    upload = pieces.read(upload_id)
    if not upload.complete:
        raise UploadUnfinished
    with copies.new() as (file, path):
        pieces.join(upload, file, should_stop)
        file.flush()
        yield path


def delete(upload_id: str) -> None:
    """Delete an upload, wherever it stands. What isn't there is fine."""
    media.delete_upload(upload_id)


def id_of(text: str) -> str:
    """The id in an upload's address, or the id itself. Raises `Invalid`."""
    found = _ID_AT_END.search(text.strip())
    if found is None:
        raise Invalid("This is no upload's address.", code="bad_upload", detail={"field": "upload"})
    return found[1]


def sweep(at: datetime, wanted: Callable[[str, str], bool]) -> Iterator[None]:
    """Delete what expired and nobody wants. What was taken for a share that doesn't want it may be taken again.

    Looks at one upload each time that it is asked to go on.
    `wanted` is asked with the share's and the upload's id, some time after it was taken: the share may be on its way.
    """
    for upload_id in media.uploads():
        with suppress(MediaUnavailable):  # which is in the log; the next sweep comes by later
            _sweep_one(upload_id, at, wanted)
        yield


def _sweep_one(upload_id: str, at: datetime, wanted: Callable[[str, str], bool]) -> None:
    before = at - timedelta(seconds=ORPHAN_SECONDS)
    try:
        upload = pieces.read(upload_id)
    except UploadNotFound:  # deleted while its last piece came
        changed = media.upload_changed(upload_id)
        if changed is not None and changed < before:
            delete(upload_id)
        return
    if upload.taken_by and upload.taken_at:
        if upload.taken_at >= before or wanted(upload.taken_by, upload.id):
            return
        release(upload_id)
    if upload.expires_at <= at:
        delete(upload_id)
