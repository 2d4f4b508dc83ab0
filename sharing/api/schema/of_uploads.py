"""What the description says about resumable uploads."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from sharing import errors, pieces, resumable, uploads
from sharing.api import base, bodies
from sharing.api import uploads as api_uploads
from sharing.api.schema import examples
from sharing.api.schema.saying import operation, problems
from sharing.media import UPLOAD_PATTERN

UPLOADS = "Resumable uploads"

UPLOAD_ID = OpenApiParameter(
    "upload_id",
    str,
    OpenApiParameter.PATH,
    pattern=f"^{UPLOAD_PATTERN}$",
    description="as `Location` told it; whoever knows it may go on with the upload",
    examples=[OpenApiExample("id", examples.UPLOAD_ID)],
)
TUS = OpenApiParameter(
    "Tus-Resumable", str, OpenApiParameter.HEADER, required=True, enum=("1.0.0",), description="the version"
)
UPLOAD_MISSING = (pieces.UploadNotFound(), resumable.UploadExpired(), api_uploads.WrongVersion())


def tus_header(name: str, about: str, *, required: bool = False) -> OpenApiParameter:
    """A header of the protocol."""
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=about)


PIECE = {api_uploads.PIECE_TYPE: OpenApiTypes.BINARY}
TOO_MUCH = (
    uploads.TooLarge(),
    pieces.PastTheEnd(),
    pieces.TooManyPieces(),
    bodies.Interrupted(),
    bodies.LengthRequired(),
    errors.MediaUnavailable(),
    errors.DiskFull(),
)
UPLOADS_VIEW = {
    "post": operation(
        "create_upload",
        UPLOADS,
        "Begin an upload",
        description="""
For files that shall survive a broken line: the tus protocol 1.0 with creation (also with a first piece), expiration and
termination. Any tus client will do. A finished upload goes into a share as a stem's `upload`.
""",
        parameters=[
            TUS,
            tus_header("Upload-Length", "bytes of the whole file", required=True),
            tus_header("Upload-Metadata", "`filename` and its value in Base64"),
        ],
        request=PIECE,
        responses={
            201: OpenApiResponse(description="`Location` is its address, `Upload-Expires` how long it waits"),
            **problems(
                errors.BadRequest(),
                base.OtherOrigin(),
                api_uploads.WrongVersion(),
                uploads.Empty(),
                errors.TooMany(60),
                *TOO_MUCH,
            ),
        },
    )
}
UPLOAD_VIEW = {
    "patch": operation(
        "continue_upload",
        UPLOADS,
        "Send the next piece",
        parameters=[UPLOAD_ID, TUS, tus_header("Upload-Offset", "where it goes on", required=True)],
        request=PIECE,
        responses={
            204: OpenApiResponse(description="`Upload-Offset` is how far it is now"),
            **problems(
                *UPLOAD_MISSING,
                errors.BadRequest(),
                resumable.OffsetMismatch(4_000_000),
                resumable.UploadTaken(),
                api_uploads.WrongType(),
                *TOO_MUCH,
            ),
        },
    ),
    "delete": operation(
        "delete_upload",
        UPLOADS,
        "Forget an upload",
        parameters=[UPLOAD_ID, TUS],
        responses={
            204: OpenApiResponse(description="it is gone"),
            **problems(*UPLOAD_MISSING, resumable.UploadTaken()),
        },
    ),
}
UPLOAD_HEAD = operation(
    "find_upload",
    UPLOADS,
    "How far an upload is",
    parameters=[UPLOAD_ID, TUS],
    responses={
        200: OpenApiResponse(description="`Upload-Offset` of `Upload-Length` bytes are here"),
        404: OpenApiResponse(description="no such upload"),
        410: OpenApiResponse(description="it waited too long"),
        412: OpenApiResponse(description="another version of the protocol"),
    },
)

VIEWS = {
    "sharing.api.uploads.UploadsView": UPLOADS_VIEW,
    "sharing.api.uploads.UploadView": UPLOAD_VIEW,
}
PLAIN = {("HEAD", "/api/uploads/{upload_id}/"): UPLOAD_HEAD}
