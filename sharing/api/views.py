"""The routes of the API."""

import hashlib
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.exceptions import NotFound
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from separation import catalogue
from sharing import links, manifest, services, throttling
from sharing.api.base import ApiView, bearer_token, refuse_other_origins, revision_of
from sharing.api.serializers import read_edit
from sharing.api.songs import read_order
from sharing.domain import Share
from sharing.errors import Problem, ShareNotFound


class HostedStemsUnsupported(Problem):
    """Stems by URL are not there yet."""

    status, code = 422, "hosted_stems_unsupported"
    message = "This server can't make a share of stems that exist already yet. Send a song to be separated."


class SharesView(ApiView):
    """`/api/shares/`"""

    def post(self, request: Request) -> Response:
        """Make a share of a song: raw body, or a form. Answers as soon as the song is in media."""
        plain = request._request
        refuse_other_origins(plain)
        throttling.limit_creation(plain)
        if plain.content_type == "application/json":
            raise HostedStemsUnsupported
        order = read_order(plain)
        created = services.create_separation(order.song, title=order.title, model=order.model)
        share, address = created.share, links.of_request(plain)
        body = {
            "id": share.id,
            "url": address.share(share.id),
            "embed_url": address.embed(share.id),
            "manage_url": address.manage(share.id, created.token),
            "edit_token": created.token,
            "state": str(share.state),
        }
        return Response(body, status=201, headers={"Location": address.manifest(share.id)})


class OneShareView(ApiView):
    """A view of one share: whoever guesses ids is slowed down."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before each method but OPTIONS."""
        super().initial(request, *args, **kwargs)
        throttling.refuse_guessers(request._request)

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        """After a method that raised."""
        if isinstance(exc, ShareNotFound):
            try:
                throttling.count_miss(self.request._request)
            except Problem as problem:
                exc = problem
        return super().handle_exception(exc)


class ShareView(OneShareView):
    """`/api/shares/<id>/`"""

    parser_classes = (JSONParser,)

    def get(self, request: Request, share_id: str) -> HttpResponseBase:
        """The manifest; 304 when the client has it."""
        asked_by_owner = bearer_token(request) is not None
        return _manifest(request._request, services.find(share_id, fresh=asked_by_owner))

    def patch(self, request: Request, share_id: str) -> HttpResponseBase:
        """Change title, exclusive solo, and stems. Answers the manifest."""
        token = bearer_token(request)
        services.find_owned(share_id, token)  # a stranger is told so before anything else
        revision = revision_of(request._request)
        share = services.edit(share_id, token, read_edit(request.data), revision=revision)
        return Response(manifest.describe(share, links.of_request(request._request)))

    def delete(self, request: Request, share_id: str) -> Response:
        """Delete the share and its sound."""
        services.delete(share_id, bearer_token(request))
        return Response(status=204)


class CancelView(OneShareView):
    """`/api/shares/<id>/cancel/`"""

    def post(self, request: Request, share_id: str) -> Response:
        """Stop the work. Answers the manifest."""
        share = services.cancel(share_id, bearer_token(request))
        return Response(manifest.describe(share, links.of_request(request._request)))


class ModelsView(ApiView):
    """`/api/models/`"""

    def get(self, _request: Request) -> Response:
        """What can separate, the default first."""
        return Response(
            [asdict(model) for model in catalogue.models()], headers={"Cache-Control": "max-age=300"}
        )


class NowhereView(ApiView):
    """Whatever else is asked for below `/api/`"""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Every method finds nothing."""
        raise NotFound


def _manifest(request: HttpRequest, share: Share) -> HttpResponse:
    """The manifest with its ETag, or 304."""
    body = JSONRenderer().render(manifest.describe(share, links.of_request(request)))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    answer = HttpResponse(body, content_type="application/json", headers=headers)
    return get_conditional_response(request, etag=etag, response=answer) or answer
