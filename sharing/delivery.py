"""Media for players: segments and peaks of shares that exist, with ranges, validators and CORS.

What is not a file of a stem has no address here (the URL patterns allow nothing else), and a deleted share is silent
within seconds: each process remembers for `KNOWN_SECONDS` that a share exists.
"""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from sharing import media, ranges, services, throttling
from sharing.api.problems import to_problem, to_response
from sharing.errors import Problem
from sharing.storage import Opened
from sharing.ttl import TtlCache

CHUNK = 64 * 1024
KNOWN_SECONDS = 3
METHODS = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Accept-Ranges, ETag",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
KINDS = {
    ".flac": ("audio/flac", "public, max-age=31536000, immutable"),
    ".bin": ("application/octet-stream", "no-cache"),
}

_known: TtlCache[str, bool] = TtlCache(KNOWN_SECONDS)


class NoSuchSound(Problem):
    """The share exists, but not this piece of it (yet)."""

    status, code = 404, "no_such_sound"
    message = "This piece of sound isn't there, or not yet."


def stem_file(request: HttpRequest, share_id: str, attempt: str, stem: str, name: str) -> HttpResponseBase:
    """`/media/<share id>/<attempt>/<stem>/<name>`"""
    response: HttpResponseBase
    try:
        response = _answer(request, share_id, f"{attempt}/{stem}/{name}")
    except Exception as error:
        response = to_response(to_problem(error))
        response.headers["Cache-Control"] = "no-store"
    for header, value in HEADERS.items():
        response.headers[header] = value
    return response


def _answer(request: HttpRequest, share_id: str, path: str) -> HttpResponseBase:
    if request.method not in METHODS:
        raise Problem(
            "Sound can only be read.",
            code="method_not_allowed",
            status=405,
            headers={"Allow": ", ".join(METHODS)},
        )
    if request.method == "OPTIONS":
        return _preflight()
    with throttling.watch_guesses(request):
        _known.get(share_id, lambda: services.find(share_id) is not None)
    try:
        opened = media.open_stem_file(media.share_prefix(share_id) + path)
    except FileNotFoundError:
        _known.forget(share_id)
        services.find(share_id)  # deleted meanwhile? Then say so.
        raise NoSuchSound from None
    return _send(request, opened, *KINDS[path[path.rindex(".") :]])


def _send(request: HttpRequest, opened: Opened, content_type: str, cache_control: str) -> HttpResponseBase:
    """The file, the part of it that was asked for, or the news that the client has it already. Closes the file."""
    common = {"ETag": opened.etag, "Cache-Control": cache_control, "Accept-Ranges": "bytes"}
    wanted: range | None = None
    try:
        if _has_it(request, opened.etag):
            opened.file.close()
            return HttpResponse(status=304, headers=common)
        if request.method == "GET" and request.headers.get("If-Range", opened.etag) == opened.etag:
            wanted = ranges.parse(request.headers.get("Range", ""), opened.size)
    except ranges.UnsatisfiableError:
        opened.file.close()
        return HttpResponse(status=416, headers={**common, "Content-Range": f"bytes */{opened.size}"})
    part = range(opened.size) if wanted is None else wanted
    if wanted is not None:
        common["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{opened.size}"
    common |= {"Content-Type": content_type, "Content-Length": str(len(part))}
    status = 200 if wanted is None else 206
    if request.method == "HEAD":
        opened.file.close()
        return HttpResponse(status=status, headers=common)
    return StreamingHttpResponse(_read(opened, part), status=status, headers=common)


def _has_it(request: HttpRequest, etag: str) -> bool:
    """Whether If-None-Match names this version, by weak comparison."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in {tag.removeprefix("W/") for tag in known}


def _read(opened: Opened, part: range) -> Iterator[bytes]:
    with opened.file as file:
        file.seek(part.start)
        left = len(part)
        while left and (data := file.read(min(CHUNK, left))):
            left -= len(data)
            yield data


def _preflight() -> HttpResponse:
    headers: dict[str, Any] = {
        "Access-Control-Allow-Methods": ", ".join(METHODS),
        "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return HttpResponse(status=204, headers=headers)
