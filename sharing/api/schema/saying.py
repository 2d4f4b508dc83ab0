"""How the API's description is put: what several operations have in common."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from sharing import bringing, errors, pieces, resumable
from sharing.api.problems import to_problem
from sharing.api.schema import answers, examples
from sharing.hosted import problems as hosted
from sharing.identity import ID_PATTERN
from sharing.slots import Busy

JSON = "application/json"

SHARE_ID = OpenApiParameter(
    "share_id",
    str,
    OpenApiParameter.PATH,
    pattern=f"^{ID_PATTERN}$",
    description="the share's id",
    examples=[OpenApiExample("id", examples.ID)],
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="the manifest's `revision` in quotes, so that no other edit is lost unseen; `*` for any",
    examples=[OpenApiExample("revision", '"3"')],
)
MISSING = (errors.ShareNotFound(), errors.ShareGone(), errors.TakenDown("..."), errors.TooMany(60))
OWNERS = (errors.TokenRequired(), errors.TokenWrong(), *MISSING)
NOT_JSON = (to_problem(ParseError()), to_problem(UnsupportedMediaType("text/plain")))
EDITS = (
    *OWNERS,
    *NOT_JSON,
    errors.RevisionRequired(),
    errors.RevisionMismatch(),
    errors.BadRequest(),
    errors.Invalid(),
)
_UPLOADS = (
    pieces.UploadNotFound(),
    resumable.UploadExpired(),
    resumable.UploadUnfinished(),
    resumable.UploadTaken(),
)
BRINGING = (
    bringing.Twice(),
    *(errors.Invalid(problem.message, code=problem.code) for problem in _UPLOADS),
    *_UPLOADS,  # one that somebody else took, or that expired, between the check and the taking
    errors.MediaUnavailable(),
    errors.Invalid("This is no upload's address.", code="bad_upload"),
    hosted.BadLink(),
    hosted.BadLink("This link is too long.", code="too_long"),
    hosted.BadLink("This link has a name or a password in it.", code="credentials"),
    hosted.BadLink("This link begins with neither https:// nor http://.", code="bad_scheme"),
    hosted.Unplayable(),
    hosted.Unplayable("This is the page around a file, not the file.", code="page"),
    hosted.Unplayable("This is a link to a folder.", code="folder"),
    hosted.Unencrypted(),
    hosted.FetchProblem(),
    hosted.TooMuch(500_000_000),
    hosted.NotThere("The file at this link is empty.", code="empty"),
    *(kind() for kind in hosted.FetchProblem.__subclasses__() if kind is not hosted.TooMuch),
    Busy("checking links"),
)
STORE = (errors.StoreUnavailable(),)


def problems(*which: errors.Problem) -> dict[Any, Any]:
    """The answers that tell these problems: one for each status, with an example of each code."""
    by_status: dict[int, dict[str, errors.Problem]] = defaultdict(dict)
    for problem in which:
        by_status[problem.status].setdefault(problem.code, problem)
    return {
        (status, JSON): OpenApiResponse(
            answers.Problem,
            description=" ".join(f"`{problem.code}`: {problem.message}" for problem in told.values()),
            examples=[
                OpenApiExample(
                    problem.code,
                    {"code": problem.code, "message": problem.message}
                    | ({"detail": problem.detail} if problem.detail else {}),
                    response_only=True,
                    status_codes=[str(status)],
                )
                for problem in told.values()
            ],
        )
        for status, told in sorted(by_status.items())
    }


def manifest(description: str) -> OpenApiResponse:
    """The answer that is a manifest."""
    return OpenApiResponse(
        answers.Manifest,
        description=description,
        examples=[OpenApiExample("A song", examples.MANIFEST, response_only=True, status_codes=["200"])],
    )


def files(*types: str) -> dict[Any, Any]:
    """The answer that is a file of one of these types."""
    return {(200, kind): OpenApiResponse(OpenApiTypes.BINARY, description="the file") for kind in types}


def operation(name: str, tag: str, summary: str, *, owner: bool = False, **more: Any) -> Any:
    """`extend_schema` in our words. `owner`: it asks for the edit token."""
    auth: list[Any] = [{"edit_token": []}] if owner else []
    said = {"description": "", **more}
    said["description"] = said["description"].strip()
    return extend_schema(operation_id=name, tags=[tag], summary=summary, auth=auth, **said)


def describe(view: str, methods: Mapping[str, Any]) -> None:
    """Have drf-spectacular say this about a view's methods."""

    def view_replacement(_self: OpenApiViewExtension) -> Any:
        return extend_schema_view(**methods)(type(name, (import_string(view),), {}))

    name = view.rpartition(".")[2]
    type(
        f"{name}Description",
        (OpenApiViewExtension,),
        {"target_class": view, "view_replacement": view_replacement},
    )
