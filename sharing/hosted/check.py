"""Can this link be played, and how well? Asked by the server; the visitor's own browser asks once more."""

from dataclasses import dataclass, replace
from time import monotonic

from django.conf import settings

from sharing.errors import Problem
from sharing.hosted import client, contents, length, links
from sharing.hosted.client import Head
from sharing.hosted.problems import TooSlow
from sharing.hosted.urls import read

SECONDS = 7.0  # for one link, redirects and a second look included
TAIL = 262_144  # bytes from the end, where the beginning doesn't tell the length


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found out about a link.

    `url` is the direct address, empty where there is none. `ok`: there is sound, and anybody may have it; else
    `problem` says why not. `size` in bytes, `seconds`, `range` (a page may read a part of it) and `cors` (a page may
    read it at all) are None where they are unknown. `keepable`: this server could fetch and keep a copy.
    """

    original_url: str
    url: str = ""
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
    link = links.direct(url)
    found = Checked(original_url=link.original, url=link.url, name=link.name, host=link.host)
    if link.refusal is not None:
        return replace(found, problem=link.refusal)
    try:
        return _described(found, origin or read(settings.PUBLIC_URL).origin, seconds)
    except Problem as problem:
        return replace(found, problem=problem)


def late(url: str) -> Checked:
    """What is said of a link whose host wasn't done in time."""
    link = links.direct(url)
    found = Checked(original_url=link.original, url=link.url, name=link.name, host=link.host)
    return replace(found, problem=link.refusal or TooSlow())


def _described(found: Checked, origin: str, seconds: float) -> Checked:
    began = monotonic()
    head = client.head(found.url, origin=origin, seconds=seconds)
    found = replace(
        found,
        content_type=head.content_type,
        size=head.size,
        range=head.ranged and (head.exposed or not head.cors),
        cors=head.cors,
    )
    try:
        contents.look(head.content_type, head.data)
    except Problem as problem:
        return replace(found, problem=problem)
    took = monotonic() - began
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
