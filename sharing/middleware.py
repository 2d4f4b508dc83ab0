"""What all answers have in common: headers, no body for a HEAD, compressed text, words for a method that nothing takes,
and an end to clients that fell silent.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from sharing.api.problems import SentByPut, UnknownMethod, to_response

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)
# For answers that no other policy was made for: static files, and errors from before a view was found.
FALLBACK_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class HeadMiddleware:
    """Outside of all that makes a body or counts its length: that stays in its header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Leave out the body that a HEAD doesn't want: the server warns of each one that has one."""
        response = self._get_response(request)
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response


class SecurityHeadersMiddleware:
    """Outside of the rest, so that it reaches what WhiteNoise serves and what other middleware refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add what is missing."""
        response = self._get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Content-Security-Policy", FALLBACK_POLICY)
        return response


class PatienceMiddleware:
    """Gives up on a client that neither sends nor takes a byte for a while, as a phone does that lost its network.

    gunicorn's threads would wait for such a client for ever. Reading then raises OSError, which an upload takes for a
    broken connection. What happens before, and to who sends a byte now and then, is up to `config.connections`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set the time on the connection, where the server tells which one it is."""
        if (connection := request.META.get("gunicorn.socket")) is not None:
            connection.settimeout(settings.STEMLINK_CLIENT_SECONDS)
        return self._get_response(request)


class CompressTextMiddleware(GZipMiddleware):
    """Django's compression, for text only: compressed sound gains nothing and would lose its length and ranges."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress pages and JSON."""
        kind = response.headers.get("Content-Type", "")
        if kind.startswith(("text/", "application/json")) and not response.streaming:
            return super().process_response(request, response)
        return response


class WrongMethodMiddleware:
    """Innermost: who sends something to where nothing takes it is told where to send it.

    What `curl -T` sends to the first page comes to an address named as the file, where there is nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Put words in the place of an answer that helps nobody; its headers (Allow, CORS) stay."""
        response = self._get_response(request)
        if request.method == "PUT" and response.status_code in {404, 405}:
            told = to_response(SentByPut(request))
        elif isinstance(response, HttpResponseNotAllowed):
            told = to_response(UnknownMethod(request))
        else:
            return response
        for name, value in ({"Allow": ""} | dict(response.headers)).items():
            told.headers.setdefault(name, value)
        return told
