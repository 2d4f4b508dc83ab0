"""What all views of the API have in common: JSON whatever is asked for, headers, CORS, the edit token.

Other sites may call the API from their visitors' browsers. There are no cookies: what a change needs is the edit
token, which no other site has. Only making shares is left to our own pages (and to sites that the operator names),
since else any site could fill this server through its visitors, each with a fresh allowance.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from sharing.api import bodies
from sharing.errors import BadRequest, Problem, RevisionRequired

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Location, Retry-After",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
}


class OtherOrigin(Problem):
    """A page of another site wants to make a share."""

    status, code = 403, "other_origin"
    message = "Pages of other sites can't make shares here. Whoever runs this server can allow it."


class AlwaysJson(DefaultContentNegotiation):
    """Answers JSON, whatever the client says it likes; parsers are chosen by what it sends."""

    def select_renderer(
        self, _request: Request, renderers: Iterable[BaseRenderer], _format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only one."""
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class ApiRequest(Request):
    """A request whose `data` may also have come in chunks: DRF takes a body without a length for none."""

    def _load_stream(self) -> None:
        bodies.give_length(self._request)
        super()._load_stream()  # type: ignore[misc]  # its stubs leave it out


class ApiView(APIView):
    """A view whose every answer carries the API's headers."""

    content_negotiation_class = AlwaysJson

    def initialize_request(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> Request:
        """As DRF does it."""
        return ApiRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def options(self, _request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """What another site's browser asks before it sends a change."""
        return HttpResponse(
            status=204,
            headers={
                "Access-Control-Allow-Methods": ", ".join(self.allowed_methods),
                "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match",
                "Access-Control-Max-Age": "86400",
            },
        )

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the headers that aren't there yet."""
        response = super().finalize_response(request, response, *args, **kwargs)
        add_headers(response)
        return response


def add_headers(response: HttpResponse) -> None:
    """Give an answer those of the API's headers that it doesn't have."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def bearer_token(request: HttpRequest) -> str | None:
    """The edit token that the request carries, if any."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def revision_of(request: HttpRequest) -> int | None:
    """The revision that the request says it changes; None for any (`If-Match: *`).

    Raises `RevisionRequired` or `BadRequest`.
    """
    if_match = request.headers.get("If-Match")
    if if_match is None:
        raise RevisionRequired
    text = if_match.strip()
    if text == "*":
        return None
    digits = text.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise BadRequest(
            'If-Match must hold the manifest\'s "revision" in quotes, for instance If-Match: "3".'
        )
    return int(digits)


def refuse_other_origins(request: HttpRequest) -> None:
    """Raise `OtherOrigin` when a browser says that the request comes from a page of another site."""
    origin = request.headers.get("Origin")
    if origin is None or {"*", origin} & set(settings.STEMLINK_CREATE_ORIGINS):
        return
    try:
        host = urlsplit(origin).netloc
    except ValueError as error:  # brackets that don't match
        raise OtherOrigin from error
    if host not in {request.get_host(), urlsplit(settings.PUBLIC_URL).netloc}:
        raise OtherOrigin
