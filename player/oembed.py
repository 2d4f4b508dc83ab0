"""oEmbed 1.0 (oembed.com): a site sends the link that its author pasted and gets the player for it, as HTML."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from sharing import embedding, links, manifest, services, throttling
from sharing.api.base import add_headers
from sharing.api.problems import to_response
from sharing.errors import BadRequest, Problem, ShareNotFound
from sharing.identity import ID_PATTERN
from sharing.links import Links, Preview
from sharing.manifest import Manifest

WIDTH = 720  # wide enough for lanes that do not fold
CACHE_SECONDS = 3600
_SHARE = re.compile(rf"/({ID_PATTERN})(?:/|/embed)?")
_NOT_XML = str.maketrans("", "", "\ufffe\uffff")  # of what a title may hold, all that XML can't
Answer = Mapping[str, str | int]


@require_safe
def answer(request: HttpRequest) -> HttpResponse:
    """The player for `url`, in a frame that fits `maxwidth` and `maxheight`."""
    try:
        write = _FORMATS.get(request.GET.get("format", "json"))
        if write is None:
            raise embedding.UnknownFormat
        widest, tallest = _most(request, "maxwidth"), _most(request, "maxheight")
        share_id = _share_id(request, request.GET.get("url", ""))
        with throttling.watch_guesses(request):
            share = services.find(share_id)
        here = links.of_request(request)
        response = write(_describe(manifest.describe(share, here), here, widest, tallest))
    except Problem as problem:
        response = to_response(problem)
    add_headers(response)
    return response


def _describe(described: Manifest, here: Links, widest: int | None, tallest: int | None) -> Answer:
    width = min(WIDTH, widest or WIDTH)
    natural = embedding.height(described)
    height = min(natural, tallest or natural)
    picture = here.preview(described["id"])
    fits = picture.width <= (widest or picture.width) and picture.height <= (tallest or picture.height)
    return {
        "version": "1.0",
        "type": "rich",
        "title": described["title"],
        "provider_name": "Stemlink",
        "provider_url": f"{here.base}/",
        "cache_age": CACHE_SECONDS,
        "width": width,
        "height": height,
        "html": embedding.code(described, width=width, tall=height),
        **(_thumbnail(picture) if fits else {}),
    }


def _thumbnail(picture: Preview) -> Answer:
    return {
        "thumbnail_url": picture.url,
        "thumbnail_width": picture.width,
        "thumbnail_height": picture.height,
    }


def _most(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", text) or not int(text):
        raise BadRequest(f"{name} must be a whole number of pixels.", detail={"field": name})
    return int(text)


def _share_id(request: HttpRequest, url: str) -> str:
    """The share that an address of this installation is of. Raises `BadRequest` or `ShareNotFound`."""
    if not url:
        raise BadRequest("Send the link of a share as url.", detail={"field": "url"})
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ShareNotFound from None
    found = _SHARE.fullmatch(parts.path)
    hosts = {request.get_host().lower(), urlsplit(settings.PUBLIC_URL).netloc.lower()}
    if parts.scheme not in {"http", "https"} or parts.netloc.lower() not in hosts or found is None:
        raise ShareNotFound
    return found[1]


def _json(found: Answer) -> HttpResponse:
    return JsonResponse(found)


def _xml(found: Answer) -> HttpResponse:
    root = ElementTree.Element("oembed")
    for name, value in found.items():
        ElementTree.SubElement(root, name).text = str(value).translate(_NOT_XML)
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(body, content_type="text/xml; charset=utf-8")


_FORMATS: dict[str, Callable[[Answer], HttpResponse]] = {"json": _json, "xml": _xml}
