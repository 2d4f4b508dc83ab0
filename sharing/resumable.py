"""Files that come in over broken connections: pieces in media, from which an upload goes on where it was.

An upload is a folder of media. Each piece is a file that is there whole or not at all, named after the bytes that it
holds; what is known of the upload lies beside them. So nothing depends on a process: any web server takes the next
piece, and a worker on another machine joins them. Two that send the same bytes at once do no harm: the second piece
repeats the first, and where pieces overlap the earlier byte counts.
"""

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import IO, NamedTuple

from django.conf import settings

from sharing import media, sniff, words
from sharing.clock import now
from sharing.errors import Invalid, Problem
from sharing.storages import copies
from sharing.uploads import CHUNK, Empty, TooLarge

PIECE = 4_000_000
"""Bytes of a piece; a process that is killed loses as many of each upload that comes in."""
PIECE_SECONDS = 5.0  # on a slow line pieces are smaller, so that little is lost there either
PIECES = 10_000
ORPHAN_SECONDS = 3600
_INFO, _TAKEN = "info", "taken"
_PIECE = re.compile(r"([0-9]+)-([0-9]+)")
_ID_AT_END = re.compile(rf"(?:\A|/)({media.UPLOAD_PATTERN})/?\Z")


class UploadNotFound(Problem):
    """No upload has this id."""

    status, code = 404, "upload_not_found"
    message = "This upload is not here (any more). Please send the file again."


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


class PastTheEnd(Problem):
    """More bytes came than were announced."""

    status, code = 413, "past_the_end"
    message = "More was sent than this file was said to have."


class TooManyPieces(Problem):
    """The file comes in crumbs."""

    status, code = 413, "too_many_pieces"
    message = f"This file comes in too many small parts: at most {PIECES:,}. Send larger ones."


class Piece(NamedTuple):
    """The bytes from `start` up to `end` of a file."""

    start: int
    end: int

    @property
    def name(self) -> str:
        """In media."""
        return f"{self.start}-{self.end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of `length` bytes that comes in. `filename` only ever becomes a name; `taken_by` is a share's id."""

    id: str
    length: int
    filename: str
    created_at: datetime
    pieces: tuple[Piece, ...] = ()
    taken_by: str | None = None

    @property
    def offset(self) -> int:
        """So many bytes are here, from the first on and without a gap."""
        return self.chain()[-1].end if self.pieces else 0

    @property
    def complete(self) -> bool:
        """All of it is here."""
        return self.offset == self.length

    @property
    def expires_at(self) -> datetime:
        """When it is deleted, unless a share has taken it."""
        return self.created_at + timedelta(seconds=settings.STEMLINK_UPLOAD_SECONDS)

    def chain(self) -> list[Piece]:
        """Pieces that follow upon each other; each is read from where the one before ends."""
        chain, reached = list[Piece](), 0
        for piece in sorted(self.pieces, key=lambda piece: (piece.start, -piece.end)):
            if piece.start > reached:
                break
            if piece.end > reached:
                chain.append(piece)
                reached = piece.end
        return chain or [Piece(0, 0)]


def create(length: int, filename: str) -> Upload:
    """Begin an upload of so many bytes. Raises `Empty`, `TooLarge` or `MediaUnavailable`."""
    if length > settings.STEMLINK_MAX_UPLOAD_BYTES:
        raise TooLarge
    if length <= 0:
        raise Empty
    upload = Upload(
        id=secrets.token_urlsafe(16), length=length, filename=words.clean(filename, 300), created_at=now()
    )
    info = {"length": length, "filename": upload.filename, "created_at": upload.created_at.isoformat()}
    media.put_upload(upload.id, _INFO, json.dumps(info).encode())
    return upload


def find(upload_id: str) -> Upload:
    """How an upload stands. Raises `UploadNotFound`, `UploadExpired` or `MediaUnavailable`."""
    upload = _read(upload_id)
    if upload.taken_by is None and upload.expires_at <= now():
        raise UploadExpired
    return upload


def append(upload: Upload, offset: int, read: Callable[[int], bytes]) -> int:
    """Take the bytes from `offset` on that `read` gives until it gives none; returns how far the upload is then.

    Whatever ends it, what had come by then is kept; unless it is no sound, then all of it is deleted. Raises
    `OffsetMismatch`, `PastTheEnd`, `TooManyPieces`, `NotAudio`, `MediaUnavailable` and what `read` raises.
    """
    if offset != upload.offset:
        raise OffsetMismatch(upload.offset)
    if len(upload.pieces) >= PIECES:
        raise TooManyPieces
    writer = _Writer(upload)
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


def take(upload_id: str, share_id: str) -> Upload:
    """Keep a finished upload for a share, until that has read and deleted it.

    Raises `UploadUnfinished`, `UploadTaken` for another share, and what `find` raises.
    """
    upload = find(upload_id)
    if not upload.complete:
        raise UploadUnfinished
    if upload.taken_by is None:
        media.put_upload(upload_id, _TAKEN, share_id.encode())
        upload = _read(upload_id)
    if upload.taken_by != share_id:
        raise UploadTaken
    return upload


@contextmanager
def local_file(upload_id: str) -> Iterator[Path]:
    """A finished upload as a file of this machine, for as long as the context lasts.

    Raises `UploadNotFound`, `UploadUnfinished`, `MediaUnavailable`, and OSError when the file can't be written here.
    """
    upload = _read(upload_id)
    if not upload.complete:
        raise UploadUnfinished
    with copies.new() as (file, path):
        _join(upload, file)
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


def sweep(at: datetime, wanted: Callable[[str, str], bool]) -> None:
    """Delete what expired, and what a share has taken that doesn't want it (any more).

    `wanted` is asked with the share's and the upload's id.
    """
    for upload_id in media.uploads():
        try:
            upload = _read(upload_id)
        except UploadNotFound:  # deleted while its last piece came
            changed = media.upload_changed(upload_id)
            if changed is not None and changed < at - timedelta(seconds=ORPHAN_SECONDS):
                delete(upload_id)
            continue
        if upload.expires_at <= at and (upload.taken_by is None or not wanted(upload.taken_by, upload.id)):
            delete(upload_id)


class _Writer:
    """Bytes on their way into pieces."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._waiting = bytearray()
        self._start = upload.offset
        self._last = monotonic()
        self._head = _head(upload) if self._start < sniff.LOOK else None

    @property
    def end(self) -> int:
        """How far the upload is."""
        return self._start + len(self._waiting)

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        if self.end + len(data) > self._upload.length:
            raise PastTheEnd
        self._waiting += data
        if self._head is not None:
            self._head += data[: sniff.LOOK - len(self._head)]
            if len(self._head) == min(sniff.LOOK, self._upload.length):
                sniff.look(self._head)
                self._head = None
        if len(self._waiting) >= PIECE or monotonic() - self._last >= PIECE_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Store what waits."""
        if self._waiting:
            piece = Piece(self._start, self.end)
            media.put_upload(self._upload.id, piece.name, bytes(self._waiting))
            self._start = piece.end
            self._waiting.clear()
        self._last = monotonic()


def _read(upload_id: str) -> Upload:
    names = media.upload_files(upload_id)
    if _INFO not in names:
        raise UploadNotFound
    try:
        info = json.loads(_content(upload_id, _INFO))
        taken = _content(upload_id, _TAKEN).decode() if _TAKEN in names else None
    except FileNotFoundError as error:
        raise UploadNotFound from error
    return Upload(
        id=upload_id,
        length=info["length"],
        filename=info["filename"],
        created_at=datetime.fromisoformat(info["created_at"]),
        pieces=tuple(
            Piece(int(match[1]), int(match[2])) for name in names if (match := _PIECE.fullmatch(name))
        ),
        taken_by=taken,
    )


def _content(upload_id: str, name: str) -> bytes:
    with media.open_upload(upload_id, name).file as file:
        return file.read()


def _head(upload: Upload) -> bytes:
    """The bytes that are here already of those that tell what the file is."""
    head = b""
    for piece in upload.chain():
        if piece.end > len(head) < sniff.LOOK:
            head += _content(upload.id, piece.name)[len(head) - piece.start :]
    return head[: sniff.LOOK]


def _join(upload: Upload, file: IO[bytes]) -> None:
    reached = 0
    try:
        for piece in upload.chain():
            with media.open_upload(upload.id, piece.name).file as source:
                source.seek(reached - piece.start)
                shutil.copyfileobj(source, file, CHUNK)
            reached = piece.end
    except FileNotFoundError as error:
        raise UploadNotFound from error
