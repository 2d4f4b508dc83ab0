"""What the description says about shares."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import ParseError

from sharing import errors, sniff, uploads
from sharing.api import base, bodies, songs
from sharing.api.problems import to_problem
from sharing.api.schema import answers, examples
from sharing.api.schema.saying import (
    BRINGING,
    EDITS,
    IF_MATCH,
    JSON,
    MISSING,
    OWNERS,
    SHARE_ID,
    STORE,
    manifest,
    operation,
    problems,
)
from sharing.api.serializers import CreateSerializer, EditSerializer

SHARES = "Shares"

SHARES_VIEW = {
    "post": operation(
        "create_share",
        SHARES,
        "Make a share",
        description="""
Send a song to be separated: as the body itself (its type in `Content-Type`, what it is called in the query), or in a
form. The answer comes as soon as the last byte is in; then poll the manifest. Or send JSON with stems that exist
already: each has the `url` of a file, which stays where it is unless `keep` is true, or a finished `upload`. Keep
`edit_token`: only it changes, cancels or deletes the share.
""",
        parameters=[
            OpenApiParameter(
                "title",
                str,
                description="of a song, where no field of its form says it: from the file's name if not given",
            ),
            OpenApiParameter("filename", str, description="with a raw body: what the file is called"),
            OpenApiParameter(
                "model",
                str,
                description="of a song, where no field of its form says it: one of `/api/models/`",
            ),
        ],
        request={
            "audio/*": OpenApiTypes.BINARY,
            "application/octet-stream": OpenApiTypes.BINARY,
            songs.FORM: answers.SongForm,
            JSON: CreateSerializer,
        },
        examples=[
            OpenApiExample("Stems", examples.STEMS, request_only=True, media_type=JSON),
        ],
        responses={
            201: OpenApiResponse(
                answers.Created,
                description="it waits for a worker; `Location` is its manifest",
                examples=[
                    OpenApiExample("A song", examples.CREATED, response_only=True, status_codes=["201"])
                ],
            ),
            **problems(
                bodies.Interrupted(),
                to_problem(ParseError()),
                songs.NoSong(),
                errors.BadRequest(
                    "This form can't be read. Send it as multipart/form-data.", code="bad_form"
                ),
                uploads.Empty(),
                base.OtherOrigin(),
                bodies.LengthRequired(),
                uploads.TooLarge(),
                sniff.NotAudio(),
                errors.Invalid(),
                errors.Invalid("There is no model called 'x'.", code="unknown_model"),
                errors.TooMany(60),
                *BRINGING,
                errors.DiskFull(),
                *STORE,
            ),
        },
    )
}
SHARE_VIEW = {
    "get": operation(
        "get_share",
        SHARES,
        "The manifest",
        description="""
How a share stands and where its sound is. While `growing` is true ask again, every second or two, and send the last
`ETag` in `If-None-Match`: 304 says that nothing has changed. Sound can be played as soon as `available_frames` says so.
""",
        parameters=[
            SHARE_ID,
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="an earlier `ETag`"),
        ],
        responses={
            200: manifest("as it is now, with its `ETag`"),
            304: OpenApiResponse(description="as it was when you got that `ETag`"),
            **problems(*MISSING, *STORE),
        },
    ),
    "patch": operation(
        "edit_share",
        SHARES,
        "Change a share",
        owner=True,
        description="""
Only what is named changes. `order` names all stems, `remove` those to be removed; a stem with a `url` or an `upload`
gets that sound, and keeps its old one until the new one is there. Answers the manifest with its next `revision`, or
as it is where nothing changes.
""",
        parameters=[SHARE_ID, IF_MATCH],
        request={JSON: EditSerializer},
        examples=[
            OpenApiExample(
                "A new title, and softer drums", examples.EDIT, request_only=True, media_type=JSON
            ),
        ],
        responses={200: manifest("as it is now"), **problems(*EDITS, errors.BeingMade(), *BRINGING, *STORE)},
    ),
    "delete": operation(
        "delete_share",
        SHARES,
        "Delete a share",
        owner=True,
        description="For good, with all its sound. Its link answers 410 from now on.",
        parameters=[SHARE_ID],
        responses={204: OpenApiResponse(description="it is gone"), **problems(*OWNERS, *STORE)},
    ),
}
CANCEL_VIEW = {
    "post": operation(
        "cancel_share",
        SHARES,
        "Stop the work",
        owner=True,
        description="Ends a separation that waits or runs, and deletes its sound. The page stays and says so.",
        parameters=[SHARE_ID],
        request=None,
        responses={200: manifest("cancelled"), **problems(*OWNERS, errors.NotRunning(), *STORE)},
    )
}

VIEWS = {
    "sharing.api.views.SharesView": SHARES_VIEW,
    "sharing.api.views.ShareView": SHARE_VIEW,
    "sharing.api.views.CancelView": CANCEL_VIEW,
}
