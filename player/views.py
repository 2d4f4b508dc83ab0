"""The embed page: any site may put it into a frame, and it asks for nothing that a sandboxed frame lacks."""

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from sharing import csp, links, manifest, services, throttling
from sharing.errors import Problem


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # typed for views without arguments
@require_safe
def embed(request: HttpRequest, share_id: str) -> HttpResponse:
    """The player alone. What went wrong is told inside the frame, where nothing else could tell it."""
    try:
        with throttling.watch_guesses(request):
            share = services.find(share_id)
        described = manifest.describe(share, links.of_request(request))
    except Problem as problem:
        body = render_to_string("player/unavailable.html", {"message": problem.message}, request)
        response = HttpResponse(body, status=problem.status, headers=problem.headers)
    else:
        rendered = render(request, "player/embed.html", {"manifest": described})
        response = csp.with_player(request, rendered, hosted=bool(share.hosted))
    patch_cache_control(response, no_cache=True)
    return response
