"""The routes of the API."""

import hashlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
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
from sharing import bringing, links, manifest, services, throttling
from sharing.api import songs
from sharing.api.base import ApiView, bearer_token, refuse_other_origins, revision_of
from sharing.api.links import looking
from sharing.api.serializers import read_added, read_edit, read_new
from sharing.bringing import Wish
from sharing.domain import Share
from sharing.errors import Problem, ShareNotFound
from sharing.links import Links
from sharing.services import Created

JSON = "application/json"


class SharesView(ApiView):
    """`/api/shares/`"""

    parser_classes = (JSONParser,)

    def post(self, request: Request) -> Response:
        """Make a share of a song (raw body, or a form) or of stems that exist already (JSON).

        Answers as soon as the song is in media; of stems, when their hosts have answered or a few seconds are over.
        """
        plain = request._request
        refuse_other_origins(plain)
        throttling.limit_creation(plain)
        address = links.of_request(plain)
        created = _of_stems(request, address) if plain.content_type == JSON else songs.create(plain)
        share = created.share
        body = {
            "id": share.id,
            "url": address.share(share.id),
            "embed_url": address.embed(share.id),
            "manage_url": address.manage(share.id, created.token),
            "edit_token": created.token,
            "state": str(share.state),
        }
        return Response(body, status=201, headers={"Location": address.manifest(share.id)})


def _of_stems(request: Request, address: Links) -> Created:
    order = read_new(request.data)
    with _looking(request, order.stems):
        new = bringing.new_stems(order.stems, address.base)
    return services.create_stems(new, **order.settings)


def _looking(request: Request, wishes: Iterable[Wish]) -> AbstractContextManager[None]:
    """While hosts are asked for what these wishes link to."""
    return looking(request._request, sum(wish.url is not None for wish in wishes))


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
        """Change settings of the share and its stems, their order, and their sound. Answers the manifest."""
        token = bearer_token(request)
        services.find_owned(share_id, token)  # a stranger is told so before anything else
        revision = revision_of(request._request)
        change, wishes = read_edit(request.data)
        if wishes:
            throttling.limit_creation(request._request)
            with _looking(request, wishes.values()):
                found = bringing.sounds(list(wishes.values()), links.of_request(request._request).base)
            change = change.with_sounds(dict(zip(wishes, (one.sound for one in found), strict=True)))
        share = services.edit(share_id, token, change, revision=revision)
        return _described(request, share)

    def delete(self, request: Request, share_id: str) -> Response:
        """Delete the share and its sound."""
        services.delete(share_id, bearer_token(request))
        return Response(status=204)


class CancelView(OneShareView):
    """`/api/shares/<id>/cancel/`"""

    def post(self, request: Request, share_id: str) -> Response:
        """Stop the work. Answers the manifest."""
        share = services.cancel(share_id, bearer_token(request))
        return _described(request, share)


class StemsView(OneShareView):
    """`/api/shares/<id>/stems/`"""

    parser_classes = (JSONParser,)

    def post(self, request: Request, share_id: str) -> HttpResponseBase:
        """Add stems. Answers the manifest."""
        token = bearer_token(request)
        services.find_owned(share_id, token)
        revision = revision_of(request._request)
        wishes = read_added(request.data)
        throttling.limit_creation(request._request)
        with _looking(request, wishes):
            new = bringing.new_stems(wishes, links.of_request(request._request).base)
        return _described(request, services.add_stems(share_id, token, new, revision=revision))


class CheckView(OneShareView):
    """`/api/shares/<id>/check/`"""

    def post(self, request: Request, share_id: str) -> Response:
        """Look at all hosted stems again. Answers the manifest."""
        share = services.find_owned(share_id, bearer_token(request))
        with looking(request._request, len(share.hosted)):
            found = bringing.look_again(share, links.of_request(request._request).base)
        return _described(request, services.learn(share_id, found))


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


def _described(request: Request, share: Share) -> Response:
    """The manifest of a share that its owner has just changed."""
    return Response(manifest.describe(share, links.of_request(request._request)))


def _manifest(request: HttpRequest, share: Share) -> HttpResponse:
    """The manifest with its ETag, or 304."""
    body = JSONRenderer().render(manifest.describe(share, links.of_request(request)))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    answer = HttpResponse(body, content_type="application/json", headers=headers)
    return get_conditional_response(request, etag=etag, response=answer) or answer
