"""What a page's Content Security Policy lets its player do: as little as its share needs."""

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse

SPEED_AND_PITCH = {"script-src": [WASM_UNSAFE_EVAL]}  # WebAssembly, and no more than that


def with_player(
    request: HttpRequest, response: HttpResponse, *, hosted: bool, measures: bool = False
) -> HttpResponse:
    """An answer whose page has the player.

    `hosted`: it plays, or tries, sound that lies on any host or in a file that a visitor has chosen.
    `measures`: it asks such files how long they play, and plays none.
    """
    directives = dict(SPEED_AND_PITCH)
    if hosted:
        # A page that came over https couldn't read http anyway; one on a home network may play from its neighbour.
        anywhere = ["https:", "blob:", *([] if request.is_secure() else ["http:"])]
        directives |= {"connect-src": anywhere, "media-src": anywhere}
    elif measures:
        directives |= {"media-src": ["blob:"]}
    csp_update(directives)(lambda _request: response)(request)  # notes it on the answer that is there
    return response
