"""The one way in which this server fetches what strangers name: guarded in where it goes, and in all that it takes.

`dial` makes the connection, the standard library speaks HTTP on it, and here redirects are followed, each as guarded as
the first address. There are no cookies, no credentials, no proxies and no netrc: nothing of the kind exists here.

requests-hardened 1.3.0 was tried for this. It lets through 13 of the 66 addresses that our tests call private, looks at
the first address of a name only, and has no place where an operator could allow a network.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from django.conf import settings

from sharing.hosted import answer, contents, urls
from sharing.hosted.answer import Answer
from sharing.hosted.dial import Deadline
from sharing.hosted.problems import (
    BadAnswer,
    BadLink,
    HostTrouble,
    LoginNeeded,
    NotThere,
    Redirected,
    TooMuch,
)
from sharing.hosted.urls import Url
from sharing.sniff import LOOK

HEADERS = {
    "User-Agent": "Stemlink/0.1 (+https://github.com/stemlink/stemlink)",
    "Accept": "audio/*, */*;q=0.5",
    "Accept-Encoding": "identity",  # so that nothing has to be unpacked, and nothing can unpack to more than it is
}
REDIRECTS = 5
HEADER_LENGTH = 1_000  # of those that are taken apart
CHUNK = 256 * 1024
_MOVED = {301, 302, 303, 307, 308}
_DIGITS = re.compile(r"[0-9]{1,15}")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15}|\*)")


@dataclass(frozen=True, slots=True)
class Head:
    """What an address answers, and how it begins.

    `filename` is what the host calls it, if it does; `size` is that of the whole file, None where it isn't told;
    `ranged`: the host sent the part that was asked for; `cors`: a page of `origin` may read it.
    """

    url: str
    content_type: str
    filename: str
    data: bytes
    size: int | None
    ranged: bool
    cors: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched: where it was in the end, and how large it is."""

    url: str
    content_type: str
    size: int


def head(url: str, *, start: int = 0, length: int = 65_536, seconds: float = 6, origin: str = "null") -> Head:
    """The first bytes of a file, or those from `start` on, as a page of `origin` would ask for them.

    Raises `BadLink` or `FetchProblem`.
    """
    deadline, asked = Deadline(seconds), {"Range": f"bytes={start}-{start + length - 1}"}
    with _followed(url, asked, deadline, origin) as (found, last, cors):
        told = _CONTENT_RANGE.fullmatch(found.getheader("Content-Range", "").strip())
        ranged = found.status == 206 and told is not None and int(told[1]) == start
        if not ranged and (start or found.status == 206):
            raise BadAnswer
        data = b""
        for piece in found.pieces(length):
            data += piece[: length - len(data)]
            if len(data) >= length:
                break
        size = told[3] if ranged and told else found.getheader("Content-Length", "*")
        return Head(
            url=str(last),
            content_type=_content_type(found),
            filename=_filename(found),
            data=data,
            size=int(size) if _DIGITS.fullmatch(size) else None,
            ranged=ranged,
            cors=cors,
        )


def fetch(
    url: str,
    into: IO[bytes],
    *,
    most: int | None = None,
    seconds: float | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Fetched:
    """Write the file at an address into an open one, if it is sound and no larger than an upload may be.

    `progress` hears (bytes so far, bytes in all or None). Raises `BadLink`, `FetchProblem`, `Stopped`, and OSError when
    the file can't be written.
    """
    most = settings.STEMLINK_MAX_UPLOAD_BYTES if most is None else most
    deadline = Deadline(settings.STEMLINK_FETCH_SECONDS if seconds is None else seconds, should_stop)
    with _followed(url, {}, deadline, None) as (found, last, _cors):
        if found.status != 200:
            raise BadAnswer
        if found.length is not None and found.length > most:
            raise TooMuch(most)
        size, begin, total, kind = 0, b"", found.length, _content_type(found)
        for piece in found.pieces(CHUNK):
            deadline.left(1)
            if size < LOOK <= size + len(piece):
                contents.look(kind, begin + piece)
            begin += piece[: LOOK - len(begin)]
            deadline.size = size = size + len(piece)
            if size > most:
                raise TooMuch(most)
            into.write(piece)
            if progress:
                progress(size, total)
        if size < LOOK:
            contents.look(kind, begin)
        return Fetched(str(last), kind, size)


@contextmanager
def _followed(
    text: str, headers: Mapping[str, str], deadline: Deadline, origin: str | None
) -> Iterator[tuple[Answer, Url, bool]]:
    """What an address answers, or the one that it leads to; and whether `origin` might read all on the way."""
    url, cors = urls.read(text), origin is not None
    for _ in range(REDIRECTS + 1):
        asked = {**HEADERS, **headers, **({"Origin": origin} if origin else {})}
        with answer.ask(url, asked, deadline) as found:
            cors = cors and found.getheader("Access-Control-Allow-Origin", "").strip() in {"*", origin}
            if found.status not in _MOVED:
                _check(found)
                yield found, url, cors
                return
            onward = _onward(url, found)
        if origin and url.origin not in {onward.origin, origin}:
            origin = "null"  # browsers tell the second host no more than that
        url = onward
    raise Redirected


def _onward(url: Url, found: Answer) -> Url:
    location = found.getheader("Location", "")
    with suppress(UnicodeError):  # the standard library reads headers as Latin-1, and hosts mean UTF-8
        location = location.encode("latin-1").decode()
    if not location.strip():
        raise BadAnswer
    try:
        return urls.follow(url, location)
    except BadLink as problem:
        raise Redirected("This link passes you on to something that is no web address.") from problem


def _check(found: Answer) -> None:
    """Raise what a status means."""
    status = found.status
    if status in {404, 410}:
        raise NotThere
    if status in {401, 402, 403, 407, 451}:
        raise LoginNeeded
    if status == 416:
        raise NotThere("The file at this link is empty.", code="empty")
    if status == 429 or status >= 500:
        raise HostTrouble
    if status not in {200, 206}:
        raise BadAnswer
    if found.getheader("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise BadAnswer(
            "This host sends the file packed, although it was asked not to. Drop the file here instead."
        )


def _filename(found: Answer) -> str:
    """What the host calls the file, if that can be read. Some headers are made to take the standard library long."""
    told = found.getheader("Content-Disposition", "") + found.getheader("Content-Type", "")
    if len(told) <= HEADER_LENGTH:
        with suppress(ValueError, TypeError):  # of `filename*=a; filename*0=b`, and of charsets that are none
            return found.msg.get_filename("")
    return ""


def _content_type(found: Answer) -> str:
    return found.getheader("Content-Type", "").partition(";")[0].strip().lower()[:100]
