"""`/api/shares/<id>/stems/<stem>.<format>` and `/api/shares/<id>/stems.zip`: stems as files."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sharing import sending, services, throttling
from sharing.domain import Share
from sharing.filenames import disposition
from sharing.slots import Slots

if TYPE_CHECKING:
    from sharing.downloads import Download


def stem(request: HttpRequest, share_id: str, stem: str, format: str) -> HttpResponseBase:  # noqa: A002
    """One stem as a file."""

    def make(share: Share) -> "Download":
        from sharing import downloads  # noqa: PLC0415 - brings FFmpeg

        return downloads.stem(share, stem, format)

    return sending.respond(request, lambda: _answer(request, share_id, make))


def archive(request: HttpRequest, share_id: str) -> HttpResponseBase:
    """All stems in one ZIP; `?format=` says as what, FLAC if it doesn't."""

    def make(share: Share) -> "Download":
        from sharing import downloads  # noqa: PLC0415

        return downloads.archive(share, request.GET.get("format", "flac"))

    return sending.respond(request, lambda: _answer(request, share_id, make))


def _answer(request: HttpRequest, share_id: str, make: Callable[[Share], "Download"]) -> HttpResponseBase:
    with throttling.watch_guesses(request):
        share = services.find(share_id)
    throttling.limit_downloads(request)
    download = make(share)
    content, client = download.content, throttling.client_key(request)
    held = sending.Content(
        content.size, content.etag, lambda part: slots().hold(client, lambda: content.read(part))
    )
    headers = {
        "Content-Type": download.type,
        "Content-Disposition": disposition(download.name),
        "Cache-Control": "private, no-cache",
    }
    return sending.send(request, held, headers)


@cache
def slots() -> Slots:
    """Those of this process."""
    return Slots(settings.STEMLINK_DOWNLOADS)
