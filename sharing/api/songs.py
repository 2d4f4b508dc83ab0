"""A song in a request, raw or in a form: streamed straight into media, and never whole in memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from sharing import services, uploads
from sharing.errors import BadRequest, Problem
from sharing.services import Created, check_model
from sharing.uploads import Reception, Song, TooLarge

FORM_SPACE = 2_000_000  # what a form may hold beside its song
FORM = "multipart/form-data"


class LengthRequired(Problem):
    """The request doesn't say how long it is."""

    status, code = 411, "length_required"
    message = "This request doesn't say how large it is. Send the header Content-Length."


class Interrupted(Problem):
    """The connection ended early."""

    status, code = 400, "interrupted"
    message = "The connection ended before the whole song had arrived. Please try again."


class NoSong(Problem):
    """The form has no file."""

    status, code = 400, "no_song"
    message = 'There is no song in this form. Put the file into its field "song".'


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to have separated."""

    song: Song
    title: str
    model: str


def create(request: HttpRequest) -> Created:
    """Make a share of the song of a request. Raises what `read_order` and `services.create_separation` do."""
    order = read_order(request)
    return services.create_separation(order.song, title=order.title, model=order.model)


def read_order(request: HttpRequest) -> Order:
    """Receive the song of a request and what goes with it. Unless this returns, nothing of it stays in media."""
    if request.content_type == FORM:
        return _read_form(request)
    model = request.GET.get("model", "")
    check_model(model)  # before half a gigabyte comes in for nothing
    body = Body(request, settings.STEMLINK_MAX_UPLOAD_BYTES)
    with uploads.receive() as reception:
        while data := body.read(uploads.CHUNK):
            reception.write(data)
        song = reception.keep(request.GET.get("filename", ""))
    return Order(song, request.GET.get("title", ""), model)


def _read_form(request: HttpRequest) -> Order:
    if _is_chunked(request):
        raise LengthRequired
    body = Body(request, settings.STEMLINK_MAX_UPLOAD_BYTES + FORM_SPACE)
    with uploads.receive() as reception:
        handler = SongHandler(reception)
        try:
            fields, _files = MultiPartParser(request.META, cast(Any, body), [handler], "utf-8").parse()
        except MultiPartParserError as error:
            raise BadRequest(
                "This form can't be read. Send it as multipart/form-data.", code="bad_form"
            ) from error
        if handler.filename is None:
            raise NoSong
        model = fields.get("model", "")
        check_model(model)
        return Order(reception.keep(handler.filename), fields.get("title", ""), model)


class Body:
    """The bytes of a request, which may neither be more than allowed nor fewer than announced."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        self._read: Callable[[int], bytes]
        self._missing: int | None = None
        if _is_chunked(request):
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
            self._read, self._missing = request.read, int(length)

    def read(self, size: int = uploads.CHUNK) -> bytes:
        """The next bytes, none at the end. Raises `Interrupted` when the end comes too early."""
        try:
            data = self._read(size)
        except OSError as error:
            raise Interrupted from error
        if self._missing is not None:
            self._missing -= len(data)
            if not data and self._missing > 0:
                raise Interrupted
        return data

    def close(self) -> None:
        """The server closes its own connection."""


class SongHandler(FileUploadHandler):
    """Passes the file of the field "song" on as it comes, and lets others go by."""

    chunk_size = uploads.CHUNK

    def __init__(self, reception: Reception) -> None:
        super().__init__()
        self._reception = reception
        self.filename: str | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        if self.field_name != "song" or self.filename is not None:
            raise SkipFile
        self.filename = self.file_name or ""

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> bytes | None:
        """A part of the song."""
        self._reception.write(raw_data)
        return None

    def file_complete(self, _file_size: int) -> "UploadedFile[Any] | None":
        """The song ended; it is kept when the whole form has been read."""
        return None


def _is_chunked(request: HttpRequest) -> bool:
    """Whether the body comes in chunks, without a length in advance."""
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()
