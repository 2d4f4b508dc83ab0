"""Headers of every answer, and compression of those that are text."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

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


class SecurityHeadersMiddleware:
    """Outermost, so that it reaches what WhiteNoise serves and what other middleware refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add what is missing."""
        response = self._get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Content-Security-Policy", FALLBACK_POLICY)
        return response


class CompressTextMiddleware(GZipMiddleware):
    """Django's compression, for text only: compressed sound gains nothing and would lose its length and ranges."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress pages and JSON."""
        kind = response.headers.get("Content-Type", "")
        if kind.startswith(("text/", "application/json")) and not response.streaming:
            return super().process_response(request, response)
        return response
