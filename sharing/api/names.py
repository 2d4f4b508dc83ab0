"""`/api/names/`: names and colours for stems that aren't shared yet, so that a page guesses as the service does."""

from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from sharing import names, palette
from sharing.api.base import ApiView
from sharing.api.serializers import Strict
from sharing.domain import MOST_STEMS
from sharing.hosted import links


class NamesSerializer(Strict):
    """Names of files, or links to them, and the colours that the other stems of their share have."""

    files = serializers.ListField(
        child=serializers.CharField(allow_blank=True), allow_empty=False, max_length=MOST_STEMS
    )
    taken = serializers.ListField(child=serializers.CharField(), required=False, max_length=MOST_STEMS)


class NamesView(ApiView):
    """`/api/names/`"""

    parser_classes = (JSONParser,)

    def post(self, request: Request) -> Response:
        """Guess a name and a colour for each; nothing is fetched, and nothing is kept."""
        serializer = NamesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        guesses = names.from_filenames([_filename(text) for text in wanted["files"]])
        colors = palette.colors(guesses, wanted.get("taken", ()))
        return Response(
            {"stems": [{"name": name, "color": color} for name, color in zip(guesses, colors, strict=True)]}
        )


def _filename(text: str) -> str:
    """The name of a file, or the one that a link ends with."""
    if "://" not in text:
        return text
    link = links.direct(text)
    return names.url_filename(link.url) if link.url else link.name or text
