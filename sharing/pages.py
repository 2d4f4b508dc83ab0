"""Pages for people: a view asks the domain for one thing and renders it. Whatever is refused becomes a page, too."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import select_template
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from separation import catalogue
from sharing import bringing, csp, embedding, links, manifest, palette, services, throttling
from sharing.api import bodies, songs
from sharing.api.base import refuse_other_origins
from sharing.api.links import looking
from sharing.api.problems import to_problem, to_response
from sharing.bringing import Wish
from sharing.demo import find_demo
from sharing.domain import MOST_STEMS, Share
from sharing.errors import BadRequest, Invalid, Problem
from sharing.manifest import Manifest
from sharing.services import Created

View = Callable[..., HttpResponse]
LINKS_FORM = "application/x-www-form-urlencoded"
FOR_PROGRAMS = ("/api/", "/media/")  # what asks below these reads JSON


def page(view: View) -> View:
    """A view whose problems are shown as pages, and whose answers are asked for anew each time."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Problem as problem:
            return problem_page(request, problem)
        patch_cache_control(response, no_cache=True)
        return response

    return shown


@page
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The first page. Its form works without JavaScript: a song posted to it becomes a share."""
    if request.method == "POST":
        return _create(request)
    demo = find_demo()
    context = {
        "max_bytes": settings.STEMLINK_MAX_UPLOAD_BYTES,
        "max_size": _size(settings.STEMLINK_MAX_UPLOAD_BYTES),
        "max_length": _length(settings.STEMLINK_MAX_SECONDS),
        "keeps_source": settings.STEMLINK_KEEP_SOURCE,
        "models": catalogue.models(),
        "demo": demo and _manifest(request, demo),
        "max_stems": MOST_STEMS,
        "palette": _palette(),
        "embed_head": embedding.HEAD,
        "embed_lane": embedding.LANE,
    }
    return csp.with_player(request, render(request, "home.html", context), hosted=True)  # it tries links


@page
@require_safe
def share(request: HttpRequest, share_id: str) -> HttpResponse:
    """A share: its title, its state and the names of its stems are there before any script runs."""
    with throttling.watch_guesses(request):
        # Browsers send this header to load a page again: whoever does wants to see how it is now.
        found = services.find(share_id, fresh="Cache-Control" in request.headers)
    described, here = _manifest(request, found), links.of_request(request)
    states = [stem["state"] for stem in described["stems"]]
    context = {
        "manifest": described,
        "failed": states.count("failed"),
        "truncated": any(stem.truncated for stem in found.stems),
        "there": states.count("ready"),
        "percent": int(described["progress"] * 100),
        "preview": here.preview(share_id),
        "oembed_json": here.oembed(share_id, "json"),
        "oembed_xml": here.oembed(share_id, "xml"),
        "embed_code": embedding.code(described),
        "stem_names": ", ".join(stem["name"] for stem in described["stems"]),
        "hosted": bool(found.hosted),
        "palette": _palette(),
        "max_bytes": settings.STEMLINK_MAX_UPLOAD_BYTES,
    }
    response = render(request, "share.html", context)
    # Its owner may add files; from other hosts it plays only what it has.
    return csp.with_player(request, response, hosted=bool(found.hosted), measures=True)


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The page that tells a problem: the one for its status, else the one for its kind."""
    kind = 500 if problem.status >= 500 else 400
    template = select_template([f"errors/{problem.status}.html", f"errors/{kind}.html"])
    body = template.render({"status": problem.status, "message": problem.message}, request)
    headers = {"Cache-Control": "no-store", **problem.headers}
    return HttpResponse(body, status=problem.status, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for 400. The likeliest reason is a host name that nobody has allowed: say which setting."""
    if not isinstance(exception, DisallowedHost):
        return _answer(request, to_problem(exception))
    host = request.META.get("HTTP_HOST", "")[:100]  # get_host() would refuse again
    message = _(
        'This service does not answer to the name "%(host)s". Whoever runs it can allow that name '
        "with the setting ALLOWED_HOSTS and start it again."
    ) % {"host": host}
    return _answer(request, BadRequest(message))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for 403."""
    return _answer(request, to_problem(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for 404."""
    return _answer(request, to_problem(exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler for 500; Django has logged the reason."""
    return _answer(request, Problem())


def _create(request: HttpRequest) -> HttpResponse:
    """What the API does with a song or with links, answered by the new share's manage link instead of JSON."""
    refuse_other_origins(request)
    throttling.limit_creation(request)
    created = _of_links(request) if request.content_type == LINKS_FORM else songs.create(request)
    response = HttpResponse(status=303)
    response["Location"] = links.of_request(request).manage(created.share.id, created.token)
    return response


def _of_links(request: HttpRequest) -> Created:
    """A share of hosted stems, one for each line; their names are guessed."""
    bodies.give_length(request)
    lines = [line.strip() for line in request.POST.get("links", "").splitlines()]
    wishes = [Wish(url=line) for line in lines if line]
    if not wishes:
        raise Invalid("There is no link in this form. Paste the links to the stems, one a line.")
    if len(wishes) > MOST_STEMS:
        raise Invalid(f"A share has at most {MOST_STEMS} stems; these are {len(wishes)}.")
    with looking(request, len(wishes)):
        stems = bringing.new_stems(wishes, links.of_request(request).base)
    return services.create_stems(stems, title=request.POST.get("title", ""))


def _manifest(request: HttpRequest, found: Share) -> Manifest:
    return manifest.describe(found, links.of_request(request))


def _palette() -> str:
    """The hues as a page's scripts read them."""
    return json.dumps(palette.named())


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """JSON for programs, a page for people."""
    return to_response(problem) if request.path.startswith(FOR_PROGRAMS) else problem_page(request, problem)


def _length(seconds: int) -> str:
    """A cap on length in words: "3 hours", "90 minutes"."""
    if seconds % 3600 == 0:
        hours = seconds // 3600
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    minutes = seconds // 60
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def _size(count: int) -> str:
    """A cap on size in words, in decimal units as file managers count: "500 MB"."""
    return f"{count / 1e9:g} GB" if count >= 1e9 else f"{count / 1e6:g} MB"
