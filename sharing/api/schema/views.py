"""`/api/schema/`: the description for programs."""

import hashlib
from functools import cache

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from rest_framework.request import Request

from sharing.api.base import ApiView
from sharing.api.schema import document

RENDERERS = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}


class SchemaView(ApiView):
    """`/api/schema/`"""

    def get(self, request: Request) -> HttpResponseBase:
        """OpenAPI as JSON, or as YAML where the client wants that."""
        asked = request.GET.get("format") or request.headers.get("Accept", "")
        kind = "yaml" if "yaml" in asked.lower() else "json"
        body = _rendered(kind)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "max-age=300", "Vary": "Accept"}
        answer = HttpResponse(body, content_type=RENDERERS[kind].media_type, headers=headers)
        return get_conditional_response(request._request, etag=etag, response=answer) or answer


@cache
def _rendered(kind: str) -> bytes:
    rendered = RENDERERS[kind]().render(document())
    return rendered.encode() if isinstance(rendered, str) else rendered
