"""The embed page: any site may put it into a frame, and it asks for nothing that a sandboxed frame lacks."""

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from sharing import links, manifest, services, throttling
from sharing.errors import Problem


@xframe_options_exempt
@csp_update({"script-src": [WASM_UNSAFE_EVAL]})  # the player's speed and pitch
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
        response = render(request, "player/embed.html", {"manifest": described})
    patch_cache_control(response, no_cache=True)
    return response
