"""oEmbed: a site sends a pasted link and gets the player for it."""

from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import Settings

from sharing import services
from sharing.identity import new_id
from tests.pages.html import parse
from tests.sharing.shares import Made, make, make_done

pytestmark = pytest.mark.django_db
HOSTILE = '"><script>alert(1)</script> & \ufffe\uffff "'


def ask(client: Client, url: str, **options: Any) -> Any:
    """The answer for a link."""
    return client.get("/oembed", {"url": url, **options})


def link(made: Made, end: str = "") -> str:
    """A share's link as somebody pastes it."""
    return f"http://testserver/{made.id}{end}"


@pytest.mark.parametrize("end", ["", "/", "/embed", "?loop=1-2", "#t=12"])
def test_a_link_becomes_the_player(client: Client, end: str) -> None:
    made = make_done()
    answer = ask(client, link(made, end))
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    found = answer.json()
    assert (found["version"], found["type"], found["title"]) == ("1.0", "rich", "A song")
    assert (found["provider_name"], found["provider_url"]) == ("Stemlink", "http://testserver/")
    (frame,) = parse(found["html"]).elements
    assert frame.tag == "iframe"
    assert frame["src"] == f"http://testserver/{made.id}/embed"
    assert (int(frame["width"]), int(frame["height"])) == (found["width"], found["height"])
    assert client.get(frame["src"]).status_code == 200


def test_a_page_says_where_to_ask(client: Client) -> None:
    made = make_done()
    page = parse(client.get(f"/{made.id}"))
    as_json = client.get(page.one("link", type="application/json+oembed")["href"])
    as_xml = client.get(page.one("link", type="text/xml+oembed")["href"])
    assert as_json.json()["title"] == "A song"
    assert as_xml["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(as_xml.content)
    assert root.tag == "oembed"
    assert {part.tag: part.text for part in root} == {
        name: str(value) for name, value in as_json.json().items()
    }


@pytest.mark.parametrize(
    ("widest", "tallest", "size"),
    [(320, 120, (320, 120)), (100, 5000, (100, 420)), (1200, 90, (720, 90)), (1200, 5000, (720, 420))],
)
def test_the_player_is_no_larger_than_the_site_allows(
    client: Client, widest: int, tallest: int, size: tuple[int, int]
) -> None:
    found = ask(client, link(make_done()), maxwidth=widest, maxheight=tallest).json()
    assert (found["width"], found["height"]) == size
    (frame,) = parse(found["html"]).elements
    assert (int(frame["width"]), int(frame["height"])) == (found["width"], found["height"])


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_a_title_is_text_and_never_markup(client: Client, kind: str) -> None:
    answer = ask(client, link(make(HOSTILE)), format=kind)
    if kind == "xml":
        found = {part.tag: part.text or "" for part in ElementTree.fromstring(answer.content)}
        assert found["title"] == '"><script>alert(1)</script> &  "'
    else:
        found = answer.json()
        assert found["title"] == HOSTILE
    (frame,) = parse(found["html"]).elements
    assert frame["title"] == found["title"]


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.example/{id}",
        "http://testserver.elsewhere.example/{id}",
        "http://user@testserver/{id}",
        "javascript://testserver/{id}",
        "//testserver/{id}",
        "http://testserver/{id}/more",
        "http://testserver/",
        "http://[",
        "{id}",
    ],
)
def test_only_links_of_this_installation_are_known(client: Client, url: str) -> None:
    answer = ask(client, url.format(id=make_done().id))
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_names_of_hosts_are_the_same_in_capitals(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://Stems.example"
    made = make()
    for host in ("Http://TestServer", "https://stems.Example"):
        assert ask(client, f"{host}/{made.id}").status_code == 200


def test_links_at_the_public_address_are_known(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://stems.example.org"
    assert ask(client, f"https://stems.example.org/{make_done().id}").status_code == 200


def test_what_is_not_there_is_said(client: Client) -> None:
    gone = make()
    services.delete(gone.id, gone.token)
    assert ask(client, link(gone)).status_code == 410
    assert ask(client, f"http://testserver/{new_id()}").status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "bad_request"),
        ({"format": "yaml"}, 501, "unknown_format"),
        ({"maxwidth": "wide"}, 400, "bad_request"),
        ({"maxheight": "0"}, 400, "bad_request"),
    ],
)
def test_what_cannot_be_answered_is_said(
    client: Client, query: dict[str, str], status: int, code: str
) -> None:
    if query:
        query = {"url": link(make_done()), **query}
    answer = client.get(f"/oembed?{urlencode(query)}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_format_that_nobody_makes_is_no_error_of_this_server(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """oEmbed's 501 is for who asks; an operator who is woken by errors isn't told of it."""
    answer = client.get(f"/oembed?{urlencode({'url': link(make_done()), 'format': 'yaml'})}")
    assert answer.status_code == 501
    assert caplog.records == []


def test_who_guesses_ids_is_stopped(client: Client, settings: Settings) -> None:
    settings.STEMLINK_MISS_LIMIT = "2/minute"
    statuses = [ask(client, f"http://testserver/{new_id()}").status_code for _ in range(4)]
    assert statuses[-1] == 429
