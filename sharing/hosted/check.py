"""Can this link be played, and how well? Asked by the server; the visitor's own browser asks once more."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cache
from time import monotonic

from django.conf import settings

from sharing import names
from sharing.errors import Problem
from sharing.hosted import client, contents, length, links, urls
from sharing.hosted.client import Head
from sharing.hosted.problems import BadAnswer, TooSlow, Unencrypted
from sharing.hosted.urls import PORTS, read

log = logging.getLogger(__name__)

SECONDS = 7.0  # for one link, redirects and a second look included
ALL_SECONDS = 8.0  # for all links of a request
POINTER = b"version https://git-lfs.github.com/spec/"
AT_ONCE = 128  # links that this process looks at
TAIL = 262_144  # bytes from the end, where the beginning doesn't tell the length


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found out about a link.

    `filename` is what its file is called, `name` what a stem might be called for it.
    `url` is the direct address, empty where there is none. `ok`: there is sound, and anybody may have it; else
    `problem` says why not. `size` in bytes, `seconds`, `range` (a page may read a part of it) and `cors` (a page may
    read it at all) are None where they are unknown. `keepable`: this server could fetch and keep a copy.
    """

    original_url: str
    url: str = ""
    filename: str = ""
    name: str = ""
    host: str = ""
    ok: bool = False
    problem: Problem | None = None
    content_type: str = ""
    size: int | None = None
    seconds: float | None = None
    range: bool | None = None
    cors: bool | None = None
    keepable: bool = False


def check(url: str, *, origin: str | None = None, seconds: float = SECONDS) -> Checked:
    """Look at a link as a page of `origin` (this installation's) would. Never raises for a bad link."""
    found = _before(url)
    if found.problem is not None:
        return found
    origin = origin or read(settings.PUBLIC_URL).origin
    plain_url = read(found.url)
    if plain_url.scheme == "https" or not origin.startswith("https://"):
        return _found(found, origin, seconds)
    # A page that is encrypted can't play what isn't. Many hosts have both.
    if plain_url.port == PORTS["http"]:
        secure = _found(replace(found, url=str(plain_url.encrypted())), origin, seconds / 2)
        if secure.ok:
            return secure
        seconds /= 2
    plain = _found(found, origin, seconds)
    return replace(plain, ok=False, problem=Unencrypted()) if plain.ok else plain


def check_all(texts: Sequence[str], *, origin: str | None = None) -> list[Checked]:
    """Look at many links at once, as `check` does, and name them as the files of one share. Done in `ALL_SECONDS`."""
    asked = {text: _pool().submit(check, text, origin=origin) for text in dict.fromkeys(texts)}
    done, late = wait(asked.values(), ALL_SECONDS)
    for future in late:
        future.cancel()
    found = [asked[text].result() if asked[text] in done else _too_late(text) for text in texts]
    named = iter(names.from_filenames([one.filename for one in found if one.filename]))
    return [replace(one, name=next(named)) if one.filename else one for one in found]


@cache
def _pool() -> ThreadPoolExecutor:
    """That of this process: its threads are made as they are needed. When all are busy, links wait, and are late."""
    return ThreadPoolExecutor(AT_ONCE, "links")


def _before(text: str) -> Checked:
    """What the link itself tells."""
    link = links.direct(text)
    return Checked(
        original_url=link.original,
        url=link.url,
        filename=names.url_filename(link.url),
        name=link.name or names.NAMELESS,
        host=link.host,
        problem=link.refusal,
    )


def _too_late(text: str) -> Checked:
    found = _before(text)
    return replace(found, problem=found.problem or TooSlow())


def _found(found: Checked, origin: str, seconds: float) -> Checked:
    """What its host says, or why it can't be known."""
    try:
        return _looked_at(found, origin, seconds)
    except Problem as problem:
        return replace(found, problem=problem)
    except Exception:  # what nobody thought of must not take the other links of a request with it
        log.exception("A link of %s could not be looked at", found.host)
        return replace(found, problem=BadAnswer())


def _looked_at(found: Checked, origin: str, seconds: float) -> Checked:
    began = monotonic()
    head = client.head(found.url, origin=origin, seconds=seconds)
    took = monotonic() - began
    if head.data.startswith(POINTER) and (large := links.of_pointer(found.url)):
        return _looked_at(replace(found, url=large), origin, seconds - took)
    # A host's own word counts where the address has no file name, as behind `/download`.
    filename = found.filename if urls.FILE.search(found.filename) or not head.filename else head.filename
    found = replace(
        found,
        filename=filename,
        name=names.from_filename(filename),
        content_type=head.content_type,
        size=head.size,
        range=head.ranged,  # with or without its Content-Range: a page needs only the status and a length
        cors=head.cors,
    )
    try:
        contents.look(head.content_type, head.data)
    except Problem as problem:
        return replace(found, problem=problem)
    return replace(found, ok=True, seconds=_seconds(head, seconds - took), keepable=_fits(head))


def _fits(head: Head) -> bool:
    return head.size is None or 0 < head.size <= settings.STEMLINK_MAX_UPLOAD_BYTES


def _seconds(head: Head, time: float) -> float | None:
    """How long the sound is, where the ends of its file tell."""
    if head.size is None:
        return None
    tail = head.data if head.size == len(head.data) else b""
    if not tail and length.needs_tail(head.data):
        if not head.ranged:
            return None
        start = max(0, head.size - TAIL)
        try:
            tail = client.head(head.url, start=start, length=TAIL, seconds=time).data
        except Problem:
            return None
    return length.seconds(head.data, tail, head.size)
