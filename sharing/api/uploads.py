"""`/api/uploads/`: files that come in pieces, by the tus protocol 1.0 (https://tus.io/protocols/resumable-upload).

Core, creation (also with a first piece), expiration and termination. Whoever knows an upload's address may go on with
it: its id can't be guessed.
"""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import http_date
from rest_framework.request import Request

from sharing import pieces, resumable, throttling
from sharing.api.base import HEADERS, ApiView, refuse_other_origins
from sharing.api.bodies import Body
from sharing.errors import BadRequest, Problem
from sharing.pieces import Upload

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
METHODS = {"HEAD", "PATCH", "DELETE"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, HEAD, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, "
    "X-HTTP-Method-Override, X-Request-ID, X-Requested-With",
    "Access-Control-Max-Age": "86400",
}
EXPOSED = (
    "Location, Retry-After, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, "
    "Upload-Metadata, Upload-Offset"
)


class WrongVersion(Problem):
    """The client speaks another version of the protocol, or none."""

    status, code = 412, "tus_version"
    message = f"This address speaks the tus protocol {VERSION}. Send the header Tus-Resumable: {VERSION}."

    def __init__(self) -> None:
        super().__init__(headers={"Tus-Version": VERSION})


class WrongType(Problem):
    """A piece came as something else."""

    status, code = 415, "unsupported_type"
    message = f"Pieces of a file have the Content-Type {PIECE_TYPE}."


class TusView(ApiView):
    """What both addresses have in common."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """A client behind a proxy that knows only GET and POST says what it means in a header."""
        meant = request.headers.get("X-HTTP-Method-Override", "").upper()
        if request.method == "POST" and meant in METHODS:
            request.method = meant
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before each method: only OPTIONS may leave the version out."""
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
            raise WrongVersion

    def options(self, _request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """What this server can do; also asked by browsers before they send to another site."""
        return HttpResponse(
            status=204,
            headers={
                **PREFLIGHT,
                "Tus-Version": VERSION,
                "Tus-Extension": "creation,creation-with-upload,expiration,termination",
                "Tus-Max-Size": str(settings.STEMLINK_MAX_UPLOAD_BYTES),
            },
        )

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer names the version."""
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return super().finalize_response(request, response, *args, **kwargs)


class UploadsView(TusView):
    """`/api/uploads/`"""

    def post(self, request: Request) -> HttpResponseBase:
        """Begin an upload; a first piece of it may come along."""
        plain = request._request
        refuse_other_origins(plain)
        throttling.limit_uploads(plain)
        upload = resumable.create(_number(plain, "Upload-Length"), _filename(plain))
        headers = {
            # Relative, since a proxy of which we aren't told may speak https to the client.
            "Location": reverse("api-upload", args=(upload.id,)),
            "Upload-Expires": http_date(upload.expires_at.timestamp()),
        }
        if plain.content_type == PIECE_TYPE:
            headers["Upload-Offset"] = str(_take(plain, upload, 0))
        return HttpResponse(status=201, headers=headers)


class UploadView(TusView):
    """`/api/uploads/<id>`"""

    def head(self, _request: Request, upload_id: str) -> HttpResponseBase:
        """How far it is."""
        upload = resumable.find(upload_id)
        name = base64.b64encode(upload.filename.encode()).decode()
        headers = {
            **_state(upload, upload.offset),
            "Upload-Length": str(upload.length),
            "Upload-Metadata": f"filename {name}".strip(),
        }
        return HttpResponse(status=200, headers=headers)

    def patch(self, request: Request, upload_id: str) -> HttpResponseBase:
        """Go on with it."""
        plain = request._request
        if plain.content_type != PIECE_TYPE:
            raise WrongType
        upload = resumable.find(upload_id)
        offset = _take(plain, upload, _number(plain, "Upload-Offset"))
        return HttpResponse(status=204, headers=_state(upload, offset))

    def delete(self, _request: Request, upload_id: str) -> HttpResponseBase:
        """Forget it."""
        upload = resumable.find(upload_id)
        if upload.taken_by is not None:
            raise resumable.UploadTaken
        resumable.delete(upload_id)
        return HttpResponse(status=204)


def _take(request: HttpRequest, upload: Upload, offset: int) -> int:
    """The body of a request as the next piece."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and offset + int(length) > upload.length:
        raise pieces.PastTheEnd
    return resumable.append(upload, offset, Body(request, upload.length).read)


def _state(upload: Upload, offset: int) -> dict[str, str]:
    state = {"Upload-Offset": str(offset), "Cache-Control": HEADERS["Cache-Control"]}
    if upload.taken_by is None:
        state["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return state


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadRequest(f"The header {header} must hold a number of bytes.", detail={"header": header})
    return int(text)


def _filename(request: HttpRequest) -> str:
    """The file's name out of `Upload-Metadata`: keys with values in Base64, separated by commas."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key in {"filename", "name"}:
            try:
                return base64.b64decode(value, validate=True).decode(errors="replace")
            except (binascii.Error, ValueError) as error:
                raise BadRequest(
                    "The header Upload-Metadata must hold values in Base64.",
                    detail={"header": "Upload-Metadata"},
                ) from error
    return ""
