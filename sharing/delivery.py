"""Media for players: segments and peaks of shares that exist, with ranges, validators and CORS.

What is not a file of a stem has no address here (the URL patterns allow nothing else), and a deleted share is silent
within seconds: each process remembers for `KNOWN_SECONDS` that a share exists. With STEMLINK_MEDIA_REDIRECT segments
are read from the bucket itself, by links that are good for `LINK_SECONDS`.
"""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from sharing import media, sending, services, throttling
from sharing.errors import Problem
from sharing.storages import FOREVER, Opened, served_as
from sharing.ttl import TtlCache

CHUNK = 64 * 1024
KNOWN_SECONDS = 3
LINK_SECONDS = 600

_known: TtlCache[str, bool] = TtlCache(KNOWN_SECONDS)


class NoSuchSound(Problem):
    """The share exists, but not this piece of it (yet)."""

    status, code = 404, "no_such_sound"
    message = "This piece of sound isn't there, or not yet."


def stem_file(request: HttpRequest, share_id: str, attempt: str, stem: str, name: str) -> HttpResponseBase:
    """`/media/<share id>/<attempt>/<stem>/<name>`"""
    return sending.respond(request, lambda: _answer(request, share_id, f"{attempt}/{stem}/{name}"))


def _answer(request: HttpRequest, share_id: str, path: str) -> HttpResponseBase:
    with throttling.watch_guesses(request):
        _known.get(share_id, lambda: services.find(share_id) is not None)
    key = media.share_prefix(share_id) + path
    content_type, cache_control = served_as(path)
    if settings.STEMLINK_MEDIA_REDIRECT and cache_control == FOREVER:
        return _redirect(key)
    try:
        opened = media.open_stem_file(key)
    except FileNotFoundError:
        _known.forget(share_id)
        services.find(share_id, fresh=True)  # deleted meanwhile? Then say so.
        raise NoSuchSound from None
    content = sending.Content(
        opened.size, opened.etag, lambda part: _read(opened, part or range(opened.size))
    )
    headers = {"Content-Type": content_type, "Cache-Control": cache_control}
    response = sending.send(request, content, headers)
    if not response.streaming:
        opened.file.close()
    return response


def _redirect(key: str) -> HttpResponseBase:
    """To the bucket. Browsers and caches may remember it for half of the link's life: the other half is for reading."""
    headers = {
        "Location": str(media.link(key, LINK_SECONDS)),
        "Cache-Control": f"public, max-age={LINK_SECONDS // 2}",
    }
    return HttpResponse(status=302, headers=headers)


def _read(opened: Opened, part: range) -> Iterator[bytes]:
    with opened.file as file:
        file.seek(part.start)
        left = len(part)
        while left and (data := file.read(min(CHUNK, left))):
            left -= len(data)
            yield data
