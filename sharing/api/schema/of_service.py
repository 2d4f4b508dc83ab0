"""What the description says about the service itself."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from sharing.api.schema import answers
from sharing.api.schema.saying import operation

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
PLAIN = {("GET", "/healthz"): HEALTHZ, ("GET", "/readyz"): READYZ}
