"""A song in a request, raw or in a form: streamed straight into media, and never whole in memory."""

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from sharing import services, uploads
from sharing.api.bodies import Body, LengthRequired, is_chunked
from sharing.errors import BadRequest, Problem
from sharing.services import Created, check_model
from sharing.uploads import Reception, Song

FORM_SPACE = 2_000_000  # what a form may hold beside its song
FORM = "multipart/form-data"


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
    with uploads.receive(body.length) as reception:
        while data := body.read(uploads.CHUNK):
            reception.write(data)
        song = reception.keep(request.GET.get("filename", ""))
    return Order(song, request.GET.get("title", ""), model)


def _read_form(request: HttpRequest) -> Order:
    if is_chunked(request):
        raise LengthRequired
    body = Body(request, settings.STEMLINK_MAX_UPLOAD_BYTES + FORM_SPACE)
    with uploads.receive(body.length) as reception:
        handler = SongHandler(reception)
        try:
            fields, _files = MultiPartParser(request.META, cast(Any, body), [handler], "utf-8").parse()
        except (MultiPartParserError, TypeError) as error:  # `name*=a; name*0=b` Python itself can't sort
            raise BadRequest(
                "This form can't be read. Send it as multipart/form-data.", code="bad_form"
            ) from error
        if handler.filename is None:
            raise NoSong
        # Whoever says these in the address, as with a raw body, means them too.
        model = fields.get("model") or request.GET.get("model", "")
        check_model(model)
        title = fields.get("title") or request.GET.get("title", "")
        return Order(reception.keep(handler.filename), title, model)


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
