"""The picture that chats and social sites show beside a link."""

import hashlib
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from sharing import sending, services, throttling
from sharing.domain import Share
from sharing.ttl import TtlCache

_REMEMBERED = 600.0  # seconds

_drawn: TtlCache[str, bytes] = TtlCache(_REMEMBERED, size=100)


def picture(request: HttpRequest, share_id: str) -> HttpResponseBase:
    """`/<id>/preview.png`, as the share is now."""
    return sending.respond(request, lambda: _answer(request, share_id))


def _answer(request: HttpRequest, share_id: str) -> HttpResponseBase:
    with throttling.watch_guesses(request):
        share = services.find(share_id)
    version = _version(share)
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-cache"}
    if not share.indexed:
        headers["X-Robots-Tag"] = "noindex"
    answer = HttpResponse(content_type="image/png", headers=headers)
    answer = get_conditional_response(request, etag=headers["ETag"], response=answer) or answer
    if answer.status_code == HTTPStatus.OK:
        answer.content = _drawn.get(version, lambda: _draw(share))
    return answer


def _version(share: Share) -> str:
    """Another one whenever another picture would be drawn."""
    stems = [
        (stem.id, stem.color, stem.hosted is None, stem.attempt, stem.available_frames, share.seconds(stem))
        for stem in share.stems
    ]
    return hashlib.sha256(repr((share.id, stems)).encode()).hexdigest()[:32]


def _draw(share: Share) -> bytes:
    from player import drawing  # noqa: PLC0415 - NumPy and Pillow come with it

    return drawing.draw(share)
