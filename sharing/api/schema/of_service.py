"""What the description says about the service itself."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from sharing import embedding, errors
from sharing.api.schema import answers, examples
from sharing.api.schema.saying import MISSING, STORE, operation, problems

SERVICE = "This service"

MODELS_VIEW = {
    "get": operation(
        "list_models",
        SERVICE,
        "What can separate",
        description="All models, the default first, with their stems and licences.",
        responses={200: OpenApiResponse(answers.Model(many=True), description="all models")},
    )
}
SCHEMA_VIEW = {
    "get": operation(
        "get_schema",
        SERVICE,
        "This description",
        description="OpenAPI 3.1, as JSON, or as YAML where `format` or `Accept` wants that.",
        parameters=[OpenApiParameter("format", str, enum=("json", "yaml"), default="json")],
        responses={
            (200, "application/vnd.oai.openapi+json"): OpenApiResponse(OpenApiTypes.OBJECT, description="it"),
            (200, "application/vnd.oai.openapi"): OpenApiResponse(OpenApiTypes.STR, description="it"),
        },
    )
}
OEMBED = operation(
    "oembed",
    SERVICE,
    "The player for a link",
    description="[oEmbed](https://oembed.com/) 1.0: HTML that puts the player of a share into another page. "
    "The page of each share says this address itself.",
    parameters=[
        OpenApiParameter(
            "url", str, required=True, examples=[OpenApiExample("link", examples.CREATED["url"])]
        ),
        OpenApiParameter("format", str, enum=("json", "xml"), default="json"),
        OpenApiParameter("maxwidth", int, description="CSS pixels"),
        OpenApiParameter("maxheight", int, description="CSS pixels"),
    ],
    responses={
        (200, "application/json"): OpenApiResponse(answers.OEmbed, description="the player"),
        (200, "text/xml"): OpenApiResponse(OpenApiTypes.STR, description="the same as XML"),
        **problems(errors.BadRequest(), *MISSING, embedding.UnknownFormat(), *STORE),
    },
)
HEALTHZ = operation(
    "healthz",
    SERVICE,
    "Does the process answer?",
    responses={200: OpenApiResponse(answers.Alive, description="it does")},
)
READYZ = operation(
    "readyz",
    SERVICE,
    "Can it do its work?",
    responses={
        200: OpenApiResponse(answers.Ready, description="shares can be made and heard"),
        503: OpenApiResponse(answers.Ready, description="they can't; `checks` says why"),
    },
)

VIEWS = {
    "sharing.api.views.ModelsView": MODELS_VIEW,
    "sharing.api.schema.views.SchemaView": SCHEMA_VIEW,
}
PLAIN = {("GET", "/oembed"): OEMBED, ("GET", "/healthz"): HEALTHZ, ("GET", "/readyz"): READYZ}
