"""Bytes over HTTP: the whole, the part that was asked for, or the news that the client has them already."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from sharing import ranges
from sharing.api.problems import to_problem, to_response
from sharing.errors import Problem

METHODS = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Accept-Ranges, ETag",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
# What another site's browser wants to know before it asks.
PREFLIGHT = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class ReadOnly(Problem):
    """Something else than reading was tried."""

    status, code = 405, "method_not_allowed"
    message = "Sound can only be read."

    def __init__(self) -> None:
        super().__init__(headers={"Allow": ", ".join(METHODS)})


@dataclass(frozen=True, slots=True)
class Content:
    """What can be sent. With `size` and `etag` also in parts; `read` gives the bytes of one, all of them for None."""

    size: int | None
    etag: str | None
    read: Callable[[range | None], Iterator[bytes]]


def respond(request: HttpRequest, read: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer to any method: what `read` makes for GET and HEAD, or the problem that it raises."""
    response: HttpResponseBase
    try:
        if request.method not in METHODS:
            raise ReadOnly
        response = HttpResponse(status=204, headers=PREFLIGHT) if request.method == "OPTIONS" else read()
    except Exception as error:
        response = to_response(to_problem(error))
        response.headers["Cache-Control"] = "no-store"
    for header, value in HEADERS.items():
        response.headers[header] = value
    return response


def send(request: HttpRequest, content: Content, headers: Mapping[str, str]) -> HttpResponseBase:
    """The answer to GET or HEAD. `content.read` is called for a body that is wanted, and for nothing else."""
    size, etag = content.size, content.etag
    common = dict(headers)
    part: range | None = None
    if etag is not None:
        common["ETag"] = etag
        if _has_it(request, etag):
            return HttpResponse(status=304, headers=common)
    if size is not None and etag is not None:
        common["Accept-Ranges"] = "bytes"
        try:
            if request.method == "GET" and request.headers.get("If-Range", etag) == etag:
                part = ranges.parse(request.headers.get("Range", ""), size)
        except ranges.UnsatisfiableError:
            return HttpResponse(status=416, headers={**common, "Content-Range": f"bytes */{size}"})
    if part is not None:
        common["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    if size is not None:
        common["Content-Length"] = str(size if part is None else len(part))
    status = 200 if part is None else 206
    if request.method == "HEAD":
        if size is None:  # Django would say that it is 0
            return StreamingHttpResponse((), status=status, headers=common)
        return HttpResponse(status=status, headers=common)
    return StreamingHttpResponse(content.read(part), status=status, headers=common)


def _has_it(request: HttpRequest, etag: str) -> bool:
    """Whether If-None-Match names this version, by weak comparison."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in {tag.removeprefix("W/") for tag in known}
