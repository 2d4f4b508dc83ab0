"""How long a sound is, from the ends of its file. Cheap and no promise: the decoder counts, later."""

import io
import struct
from typing import BinaryIO, cast

from tinytag import TinyTag, TinyTagException

MOST = 1e6  # seconds; more than that was misread
LOSSY_BITRATE = 1.5e6  # as was what would need more than that
_READS = 20_000  # of a header; more than any real one needs


def needs_tail(head: bytes) -> bool:
    """Whether only the end of the file tells: Ogg counts in its last page, and MP4 may have its tables there."""
    return head.startswith(b"OggS") or (head[4:8] == b"ftyp" and b"moov" not in head)


def seconds(head: bytes, tail: bytes, size: int) -> float | None:
    """The length of a file of `size` bytes that begins with `head` and ends with `tail`; None if they don't tell."""
    if head.startswith(b"OggS"):
        return _ogg(head, tail)
    try:
        tag = TinyTag.get(file_obj=cast(BinaryIO, _Ends(head, tail, size)), tags=False)
    except TinyTagException:
        return None
    found = tag.duration or 0
    if head.startswith((b"RIFF", b"FORM")) and tag.bitrate:  # a header may say 2^32 for "I don't know yet"
        found = min(found, size * 8 / (tag.bitrate * 1000))
    elif not tag.is_lossless and size * 8 > found * LOSSY_BITRATE:
        return None
    return _likely(found)


def _ogg(head: bytes, tail: bytes) -> float | None:
    """The last page's count of samples, by the rate that the first page tells."""
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + 14:
        return None
    (count,) = struct.unpack_from("<q", tail, at + 6)
    first = head[28:80]
    if first.startswith(b"OpusHead") and len(first) >= 12:
        count, rate = count - struct.unpack_from("<H", first, 10)[0], 48_000
    elif first.startswith(b"\x01vorbis") and len(first) >= 16:
        (rate,) = struct.unpack_from("<I", first, 12)
    elif first.startswith(b"\x7fFLAC") and len(first) >= 30:
        rate = int.from_bytes(first[27:30], "big") >> 4
    else:
        return None
    return _likely(count / rate) if rate else None


def _likely(found: float) -> float | None:
    return round(found, 3) if 0.001 <= found < MOST else None


class _Ends:
    """A file of which only the two ends are known. Between them it reads as if it were over."""

    def __init__(self, head: bytes, tail: bytes, size: int) -> None:
        self._parts = ((0, head), (max(size - len(tail), 0), tail))
        self._size, self._at, self._reads = size, 0, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as far as they are known."""
        self._reads += 1
        if self._reads > _READS:
            raise ValueError("This header never ends.")
        for start, data in self._parts:
            if start <= self._at < start + len(data):
                begin = self._at - start
                found = data[begin:] if size < 0 else data[begin : begin + size]
                self._at += len(found)
                return found
        return b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere, as files do."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Where reading goes on."""
        return self._at
