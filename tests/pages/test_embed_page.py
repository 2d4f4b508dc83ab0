"""The embed page, which any site may put into a frame."""

import gzip

import pytest
from django.conf import settings
from django.test import Client

from sharing import services
from sharing.identity import new_id
from sharing.scripts import imports_of
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


def test_a_title_reads_in_its_own_direction(client: Client) -> None:
    assert parse(client.get(f"/{make_done().id}/embed")).one("h1")["dir"] == "auto"


def test_its_scripts_are_asked_for_side_by_side(client: Client) -> None:
    page = parse(client.get(f"/{make_done().id}/embed"))
    preloads = [
        link["href"].removeprefix(settings.STATIC_URL) for link in page.all("link", rel="modulepreload")
    ]
    assert preloads == list(imports_of("player/embed.js"))
    assert "player/player.js" in preloads


def test_it_is_light(client: Client) -> None:
    """HTML, CSS and JS under 40 kB, compressed, before somebody asks to play."""
    response = client.get(f"/{make_done().id}/embed")
    links = parse(response).all("link")
    paths = [link["href"] for link in links if link["rel"] in ("stylesheet", "modulepreload")]
    files = [settings.STATIC_SOURCE / path.removeprefix(settings.STATIC_URL) for path in paths]
    assert len(files) > 30
    sizes = [len(gzip.compress(data)) for data in (response.content, *(file.read_bytes() for file in files))]
    assert sum(sizes) < 40_000
