"""A page asks nobody else for anything, and runs nothing that stands in it."""

import pytest
from django.test import Client

from tests.pages.html import Page, parse
from tests.sharing.shares import make_done

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["/", "/share", "/nowhere"])
def page(request: pytest.FixtureRequest, client: Client) -> Page:
    """Each kind of page."""
    path = f"/{make_done().id}" if request.param == "/share" else request.param
    return parse(client.get(path))


def test_everything_comes_from_here(page: Page) -> None:
    assert all(a.startswith(("/", "#", "http://testserver/")) or a == "" for a in page.addresses())


def test_there_is_no_inline_script_or_style(page: Page) -> None:
    assert all("src" in script for script in page.all("script"))
    assert not page.all("style")
    assert not [e for e in page.elements if any(n == "style" or n.startswith("on") for n in e.attributes)]


def test_the_policy_forbids_both(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "frame-ancestors 'self'" in policy
