"""What happens to a request, for logs and metrics: an id that its log records and its answer carry, how long it took.

Neither a query (it may hold a title), nor a client's address, nor a header is told; edit tokens travel in a header.
"""

import errno
import logging
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from config import logs
from sharing import metrics
from sharing.errors import Problem

log = logging.getLogger(logs.ACCESS)
trouble = logging.getLogger(__name__)

HEADER = "X-Request-ID"
METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(slots=True)
class Answer:
    """One request and what came of it."""

    method: str
    route: str
    status: int
    began: float
    size: int = 0

    def sent(self) -> None:
        """All of it went out, or as much as the client wanted."""
        seconds = perf_counter() - self.began
        metrics.REQUESTS.labels(self.route, self.method, str(self.status)).inc()
        metrics.REQUEST_SECONDS.labels(self.route).observe(seconds)
        metrics.SENT_BYTES.labels(self.route).inc(self.size)
        log.info(
            "%s %s %d, %.3f s, %d bytes",
            *(self.method, self.route, self.status, seconds, self.size),
            extra={
                "method": self.method,
                "route": self.route,
                "status": self.status,
                "seconds": round(seconds, 6),
                "bytes": self.size,
            },
        )
        logs.clear()


class Counted:
    """The body of an answer that is made while it is sent: counts it, and knows its end."""

    def __init__(self, body: Iterable[bytes], answer: Answer) -> None:
        self._body, self._answer = iter(body), answer
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            data = next(self._body)
        except (FileNotFoundError, Problem) as error:  # deleted meanwhile, or media went away
            if not self._answer.size:
                raise
            trouble.warning("An answer breaks off half way: %s", error)
            # All that can still be said is to hang up: the server takes it for a client that did.
            raise ConnectionResetError(errno.ECONNRESET, "The rest of this answer isn't there.") from error
        self._answer.size += len(data)
        return data

    def close(self) -> None:
        """Called by the server, whether all of it was sent or the client went away."""
        if not self._closed:
            self._closed = True
            self._answer.sent()


class ObserveMiddleware:
    """Outermost: nothing happens to a request before it has its id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        metrics.start()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and see to it that it is told once the answer is out."""
        began, name = perf_counter(), request_id(request)
        logs.clear()
        logs.bind(request=name)
        response = self._get_response(request)
        response.headers[HEADER] = name
        method = request.method if request.method in METHODS else "OTHER"
        answer = Answer(str(method), route(request), response.status_code, began)
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = Counted(response, answer)
        else:
            answer.size = 0 if method == "HEAD" else _length(response)
            answer.sent()
        return response

    def process_view(self, _request: HttpRequest, _view: Any, _args: Any, kwargs: dict[str, Any]) -> None:
        """The share that it is about is known."""
        if share_id := kwargs.get("share_id"):
            logs.bind(share=share_id)


def request_id(request: HttpRequest) -> str:
    """What our own proxy calls this request, else a new name: strangers can't put words into our log."""
    given = request.headers.get(HEADER, "")
    return given if settings.STEMLINK_TRUSTED_PROXIES and _ID.fullmatch(given) else uuid.uuid4().hex


def route(request: HttpRequest) -> str:
    """The name of the address that was asked for: one of a few, whatever strangers ask for."""
    if request.resolver_match is not None:
        return request.resolver_match.view_name or "other"
    return "static" if request.path.startswith(settings.STATIC_URL) else "nowhere"


def _length(response: HttpResponseBase) -> int:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else len(getattr(response, "content", b""))
