"""The embed page, which any site may put into a frame."""

import pytest
from django.test import Client

from sharing import services
from sharing.identity import new_id
from tests.pages.html import parse
from tests.sharing.shares import make, make_done

pytestmark = pytest.mark.django_db


def test_it_works(client: Client) -> None:
    made = make_done()
    response = client.get(f"/{made.id}/embed")
    assert response.status_code == 200
    page = parse(response)
    assert page.one("div", class_="player")["data-manifest-url"] == f"/api/shares/{made.id}/"
    assert page.one("meta", name="robots")["content"] == "noindex"


def test_any_site_may_frame_it(client: Client) -> None:
    response = client.get(f"/{make_done().id}/embed")
    assert "X-Frame-Options" not in response
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'self'" in policy


def test_a_share_that_is_gone_says_so_inside_the_frame(client: Client) -> None:
    made = make()
    services.delete(made.id, made.token)
    response = client.get(f"/{made.id}/embed")
    assert response.status_code == 410
    assert "X-Frame-Options" not in response
    assert "was deleted or has expired" in parse(response).text


def test_an_unknown_share_says_so_inside_the_frame(client: Client) -> None:
    response = client.get(f"/{new_id()}/embed")
    assert response.status_code == 404
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert "There is no share at this link" in parse(response).text
