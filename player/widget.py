"""The script by which any page turns links to shares into players."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import etag, require_safe

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600",  # other sites keep its address for years: it can't be in there for ever
}


@require_safe
@etag(lambda _request: f'"{settings.RELEASE}"')
def script(_request: HttpRequest) -> HttpResponse:
    """`static/widget.js` at an address that no release changes."""
    return HttpResponse(_content(), content_type="text/javascript; charset=utf-8", headers=HEADERS)


@cache
def _content() -> bytes:
    content: bytes = (settings.STATIC_SOURCE / "widget.js").read_bytes()
    return content
