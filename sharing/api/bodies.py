"""The body of a request: with a length, or in chunks, of which nobody knows in advance how many come."""

from collections.abc import Callable
from io import BytesIO

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from gunicorn.http.errors import ParseException

from sharing.errors import BadRequest, Problem
from sharing.uploads import CHUNK, TooLarge


class LengthRequired(Problem):
    """The request doesn't say how long it is."""

    status, code = 411, "length_required"
    message = "This request doesn't say how large it is. Send the header Content-Length."


class Interrupted(Problem):
    """The connection ended early."""

    status, code = 400, "interrupted"
    message = "The connection ended before everything had arrived. Please try again."


class Body:
    """The bytes of a request, which may neither be more than allowed nor fewer than announced.

    `length` is how many are announced, 0 for a body in chunks.
    """

    def __init__(self, request: HttpRequest, most: int) -> None:
        self.length = 0
        self._read: Callable[[int], bytes]
        self._missing: int | None = None
        if is_chunked(request):
            if not request.META.get("wsgi.input_terminated"):
                raise LengthRequired
            # Django takes a request without a length for one without a body; the server knows where it ends.
            self._read = request.META["wsgi.input"].read
        else:
            length = str(request.META.get("CONTENT_LENGTH") or 0)
            if not (length.isascii() and length.isdigit()):
                raise LengthRequired
            if int(length) > most:
                raise TooLarge
            self.length = int(length)
            self._read, self._missing = request.read, self.length

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes, none at the end. Raises `Interrupted` when the end comes too early."""
        try:
            data = self._read(size)
        except OSError as error:
            raise Interrupted from error
        except ParseException as error:  # chunks that are none
            raise BadRequest from error
        if self._missing is not None:
            self._missing -= len(data)
            if not data and self._missing > 0:
                raise Interrupted
        return data

    def close(self) -> None:
        """The server closes its own connection."""


def is_chunked(request: HttpRequest) -> bool:
    """Whether the body comes in chunks, without a length in advance."""
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()


def give_length(request: HttpRequest) -> None:
    """Read a small body that comes in chunks, so that Django sees one with a length and not none.

    Raises `LengthRequired`, `Interrupted` or Django's RequestDataTooBig.
    """
    if not is_chunked(request):
        return
    most, data = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, bytearray()
    body = Body(request, most)
    while part := body.read():
        data += part
        if len(data) > most:
            raise RequestDataTooBig
    request.META["CONTENT_LENGTH"] = str(len(data))
    request._stream = BytesIO(data)
