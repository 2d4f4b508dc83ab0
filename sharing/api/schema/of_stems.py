"""What the description says about stems that exist already."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from sharing import errors
from sharing.api import base
from sharing.api.links import LinksSerializer
from sharing.api.names import NamesSerializer
from sharing.api.schema import answers, examples
from sharing.api.schema.saying import (
    BRINGING,
    EDITS,
    IF_MATCH,
    JSON,
    NOT_JSON,
    OWNERS,
    SHARE_ID,
    STORE,
    manifest,
    operation,
    problems,
)
from sharing.api.serializers import AddSerializer
from sharing.slots import Busy

STEMS = "Stems that exist already"


class AnyText(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it has no types
    """A link is a text, whatever is in it."""

    target_class = "sharing.api.links.AnyTextField"

    def map_serializer_field(self, _auto_schema: Any, _direction: Any) -> dict[str, Any]:
        """As drf-spectacular asks for it."""
        return {"type": "string"}


LINKS_VIEW = {
    "post": operation(
        "check_links",
        STEMS,
        "Can these links be played?",
        description="""
Looks at up to 32 links, at most 8 s for all. What is wrong with one is told in its row and hinders no other; null is
what nobody knows.
""",
        request={JSON: LinksSerializer},
        examples=[OpenApiExample("Two links", examples.LINKS, request_only=True)],
        responses={
            200: OpenApiResponse(
                answers.LinksAnswer,
                description="a row for each link, in order",
                examples=[
                    OpenApiExample("A row", examples.CHECKED, response_only=True, status_codes=["200"])
                ],
            ),
            **problems(
                *NOT_JSON,
                base.OtherOrigin(),
                errors.Invalid(),
                errors.TooMany(60),
                Busy("checking links"),
            ),
        },
    )
}

STEMS_VIEW = {
    "post": operation(
        "add_stems",
        STEMS,
        "Add stems",
        owner=True,
        description="Answers the manifest with its next `revision`. A share has at most 32 stems.",
        parameters=[SHARE_ID, IF_MATCH],
        request={JSON: AddSerializer},
        examples=[OpenApiExample("One stem", {"stems": examples.STEMS["stems"][:1]}, request_only=True)],
        responses={200: manifest("with its new stems"), **problems(*EDITS, *BRINGING, *STORE)},
    )
}
CHECK_VIEW = {
    "post": operation(
        "check_share",
        STEMS,
        "Look at its links again",
        owner=True,
        description="Asks the hosts of all hosted stems, and keeps what they say. Answers the manifest.",
        parameters=[SHARE_ID],
        request=None,
        responses={200: manifest("as it is now"), **problems(*OWNERS, Busy("checking links"), *STORE)},
    )
}
NAMES_VIEW = {
    "post": operation(
        "guess_names",
        STEMS,
        "What would these stems be called?",
        description="""
Guesses a name and a colour for each of up to 32 files or links, as they are guessed for stems that come without.
Nothing is fetched, and nothing is kept.
""",
        request={JSON: NamesSerializer},
        examples=[OpenApiExample("A file and a link", examples.FILES, request_only=True)],
        responses={
            200: OpenApiResponse(
                answers.NamesAnswer,
                description="a name and a colour for each, in order",
                examples=[OpenApiExample("Names", examples.NAMES, response_only=True, status_codes=["200"])],
            ),
            **problems(*NOT_JSON, errors.Invalid()),
        },
    )
}

VIEWS = {
    "sharing.api.links.LinksView": LINKS_VIEW,
    "sharing.api.names.NamesView": NAMES_VIEW,
    "sharing.api.views.StemsView": STEMS_VIEW,
    "sharing.api.views.CheckView": CHECK_VIEW,
}
