"""Pages reach other hosts only where hosted stems are played or tried."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from sharing import csp
from tests.sharing.shares import make_done

pytestmark = pytest.mark.django_db


def policy(response: Any) -> dict[str, set[str]]:
    """Directive by directive."""
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in parts}


def test_a_share_of_kept_stems_reaches_nobody_else(client: Client) -> None:
    made = make_done()
    for path in (f"/{made.id}", f"/{made.id}/embed"):
        directives = policy(client.get(path))
        assert directives["connect-src"] == {"'self'"}
        assert directives["media-src"] - {"blob:"} == {"'self'"}
        assert directives["script-src"] == {"'self'", "'wasm-unsafe-eval'"}


def test_the_page_of_a_share_may_ask_a_chosen_file_how_long_it_plays(client: Client) -> None:
    """Its owner adds files to it; the embed page has no owner."""
    made = make_done()
    assert "blob:" in policy(client.get(f"/{made.id}"))["media-src"]
    assert "blob:" not in policy(client.get(f"/{made.id}/embed"))["media-src"]


def test_the_first_page_may_try_links_and_files(client: Client) -> None:
    over_https = policy(client.get("/", secure=True))
    assert over_https["connect-src"] == over_https["media-src"] == {"'self'", "https:", "blob:"}
    at_home = policy(client.get("/"))
    assert at_home["connect-src"] == {"'self'", "https:", "http:", "blob:"}
    assert at_home["script-src"] == {"'self'", "'wasm-unsafe-eval'"}


def test_what_has_no_hosted_stem_is_not_widened() -> None:
    answer = HttpResponse()
    csp.with_player(RequestFactory().get("/"), answer, hosted=False)
    assert answer._csp_update == {"script-src": ["'wasm-unsafe-eval'"]}  # type: ignore[attr-defined]  # of django-csp
