"""`/api/links/`: can these links be played?"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from sharing import throttling
from sharing.api.base import ApiView, refuse_other_origins
from sharing.domain import MOST_STEMS
from sharing.hosted.check import Checked, check_all
from sharing.links import of_request
from sharing.slots import Slots

AT_ONCE = 4  # requests, of the 16 threads of a web process that answer: each may wait for slow hosts


class AnyTextField(serializers.Field[str, Any, str, Any]):
    """Text with whatever is in it: what is wrong with a link is told in its own row."""

    def to_internal_value(self, data: Any) -> str:
        """The text as it is."""
        if not isinstance(data, str):
            raise serializers.ValidationError("A link is a text.")
        return data


class LinksSerializer(serializers.Serializer[Any]):
    """The links to look at."""

    urls = serializers.ListField(child=AnyTextField(), allow_empty=False, max_length=MOST_STEMS)


class LinksView(ApiView):
    """`/api/links/`"""

    parser_classes = (JSONParser,)

    def post(self, request: Request) -> Response:
        """Look at up to 32 links: what is wrong with one is said in its row, and hinders no other."""
        plain = request._request
        refuse_other_origins(plain)
        asked = LinksSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        texts = asked.validated_data["urls"]
        with looking(plain, len(texts)):
            found = check_all(texts, origin=of_request(plain).base)
        return Response({"links": [describe(one) for one in found]})


def describe(found: Checked) -> dict[str, Any]:
    """A row of the answer."""
    problem = found.problem
    return {
        "original_url": found.original_url,
        "url": found.url or None,
        "name": found.name,
        "host": found.host,
        "ok": found.ok,
        "problem": {"code": problem.code, "message": problem.message} if problem else None,
        "content_type": found.content_type or None,
        "size": found.size,
        "seconds": found.seconds,
        "range": found.range,
        "cors": found.cors,
        "keepable": found.keepable,
    }


@contextmanager
def looking(request: HttpRequest, count: int) -> Iterator[None]:
    """While so many links are looked at for a client, if there are any. Raises `TooMany` or `Busy`."""
    if not count:
        yield
        return
    throttling.limit_checks(request, count)
    with slots().held(throttling.client_key(request)):
        yield


@cache
def slots() -> Slots:
    """Those of this process."""
    return Slots(AT_ONCE, "checking links")
