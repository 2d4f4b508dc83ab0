"""A file that comes in, as it lies in media: its pieces, what is known of it, and how they become a file again.

An upload is a folder of media. Each piece is a file that is there whole or not at all, named after the bytes that it
holds; what is known of the upload lies beside them. Pieces may overlap: then the earlier byte counts, so that two who
send the same bytes at once do no harm. Hardly any do, since what is here is looked at before each of them is stored.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import IO, NamedTuple

from django.conf import settings

from sharing import media, sniff
from sharing.errors import Problem
from sharing.storages import copies

PIECE = 4_000_000
"""Bytes of a piece; a process that is killed loses as many of each upload that comes in."""
PIECES = 10_000
PIECE_SECONDS = 5.0  # on a slow line pieces are smaller, so that little is lost there either
_INFO, _TAKEN = "info", "taken"
_PIECE = re.compile(r"([0-9]+)-([0-9]+)")
# Who sends the same upload looks at what is here and stores a piece when the others don't. Those in other processes
# may store the same twice, until the upload is full.
_TURNS = tuple(Lock() for _ in range(64))


class UploadNotFound(Problem):
    """No upload has this id."""

    status, code = 404, "upload_not_found"
    message = "This upload is not here (any more). Please send the file again."


class PastTheEnd(Problem):
    """More bytes came than were announced."""

    status, code = 413, "past_the_end"
    message = "More was sent than this file was said to have."


class TooManyPieces(Problem):
    """The file comes in crumbs, or several times over."""

    status, code = 413, "too_many_pieces"
    message = (
        f"This file comes in too many parts: at most {PIECES:,}. Send it again, once and in larger ones."
    )


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
    """A file of `length` bytes that comes in. `filename` only ever becomes a name.

    `taken_by` is a share's id, and `taken_at` when it was taken.
    """

    id: str
    length: int
    filename: str
    created_at: datetime
    pieces: tuple[Piece, ...] = ()
    taken_by: str | None = None
    taken_at: datetime | None = None

    @property
    def offset(self) -> int:
        """So many bytes are here, from the first on and without a gap."""
        return self.chain()[-1].end if self.pieces else 0

    @property
    def complete(self) -> bool:
        """All of it is here."""
        return self.offset == self.length

    @property
    def full(self) -> bool:
        """It takes no more pieces: there are too many, or they hold too much of the file twice."""
        stored = sum(piece.end - piece.start for piece in self.pieces)
        return len(self.pieces) >= PIECES or stored > self.length + PIECE

    @property
    def expires_at(self) -> datetime:
        """When it is deleted, unless a share has taken it."""
        return self.created_at + timedelta(seconds=settings.STEMLINK_UPLOAD_SECONDS)

    def chain(self) -> list[Piece]:
        """Pieces that follow upon each other; each is read from where the one before ends."""
        chain, reached = list[Piece](), 0
        for piece in sorted(self.pieces):
            if piece.start > reached:
                break
            if piece.end > reached:
                chain.append(piece)
                reached = piece.end
        return chain or [Piece(0, 0)]


def save(upload: Upload) -> None:
    """Store what is known of a new upload. Raises `MediaUnavailable`."""
    info = {
        "length": upload.length,
        "filename": upload.filename,
        "created_at": upload.created_at.isoformat(),
    }
    media.put_upload(upload.id, _INFO, json.dumps(info).encode())


def take(upload_id: str, share_id: str) -> bool:
    """Store that a share has taken an upload, unless one has; whether it was this call. Raises `MediaUnavailable`."""
    taken = f"{share_id}\n{secrets.token_hex(8)}".encode()
    if media.create_upload_file(upload_id, _TAKEN, taken):
        return True
    try:
        return _content(upload_id, _TAKEN) == taken  # ours, whose answer got lost
    except FileNotFoundError:
        return False


def release(upload_id: str) -> None:
    """Let another share take an upload."""
    media.delete_upload_file(upload_id, _TAKEN)


def read(upload_id: str) -> Upload:
    """An upload as it stands. Raises `UploadNotFound` or `MediaUnavailable`."""
    names = media.upload_files(upload_id)
    if _INFO not in names:
        raise UploadNotFound
    try:
        info = json.loads(_content(upload_id, _INFO))
        return Upload(
            id=upload_id,
            length=int(info["length"]),
            filename=str(info["filename"]),
            created_at=datetime.fromisoformat(info["created_at"]),
            pieces=_pieces(names),
            taken_by=_taker(upload_id) if _TAKEN in names else None,
            taken_at=names.get(_TAKEN),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:  # deleted meanwhile, or damaged
        raise UploadNotFound from error


def join(upload: Upload, file: IO[bytes], should_stop: Callable[[], bool] | None = None) -> None:
    """Write all of it, as far as it is here; `should_stop` is asked before each piece.

    Raises `UploadNotFound`, `Stopped`, and `MediaUnavailable`, also where the file can't be written.
    """
    reached = 0
    try:
        for piece in upload.chain():
            with media.open_upload(upload.id, piece.name) as source:
                source.seek(reached - piece.start)
                copies.fill(file, source, should_stop)
            reached = piece.end
    except FileNotFoundError as error:
        raise UploadNotFound from error


class Writer:
    """Bytes on their way into pieces, from where an upload is. Not sound: `NotAudio`, as soon as that can be seen."""

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
        """Store of what waits what isn't here by now: somebody else may send the same.

        Raises `TooManyPieces`, `DiskFull`, `MediaUnavailable`, and `UploadNotFound` when it was deleted meanwhile.
        """
        if self._waiting:
            with _TURNS[hash(self._upload.id) % len(_TURNS)]:
                self._store()
            self._start = self.end
            self._waiting.clear()
        self._last = monotonic()

    def _store(self) -> None:
        names = media.upload_files(self._upload.id)
        if _INFO not in names:
            raise UploadNotFound
        here = replace(self._upload, pieces=_pieces(names))
        missing = Piece(max(here.offset, self._start), self.end)
        if missing.start >= missing.end:
            return
        if here.full:
            raise TooManyPieces
        data = bytes(self._waiting[missing.start - self._start :])
        media.need(len(data))
        media.put_upload(self._upload.id, missing.name, data)


def _pieces(names: Iterable[str]) -> tuple[Piece, ...]:
    found = (_PIECE.fullmatch(name) for name in names)
    return tuple(Piece(int(match[1]), int(match[2])) for match in found if match)


def _head(upload: Upload) -> bytes:
    """The bytes that are here already of those that tell what the file is."""
    head = b""
    for piece in upload.chain():
        if piece.end > len(head) < sniff.LOOK:
            head += _content(upload.id, piece.name)[len(head) - piece.start :]
    return head[: sniff.LOOK]


def _taker(upload_id: str) -> str:
    """The share that has taken an upload; a folder without links may have an empty file of one that was killed."""
    return _content(upload_id, _TAKEN).decode().partition("\n")[0] or "nobody"


def _content(upload_id: str, name: str) -> bytes:
    with media.open_upload(upload_id, name) as file:
        return file.read()
