"""The first page, before any script runs."""

import pytest
from django.test import Client
from pytest_django import Settings

from separation import catalogue
from sharing import demo, documents
from sharing.services import remove
from tests.pages.html import parse

pytestmark = pytest.mark.django_db


def test_it_works(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-cache"
    page = parse(response)
    assert page.texts("h1") == ["Drop a song, get a link, hear its stems."]
    assert [option["value"] for option in page.all("option")] == [m.name for m in catalogue.models()]
    assert [o["value"] for o in page.all("option") if "selected" in o] == [catalogue.default().name]


def test_the_caps_are_said_and_given_to_the_script(client: Client, settings: Settings) -> None:
    settings.STEMLINK_MAX_UPLOAD_BYTES = 20_000_000
    settings.STEMLINK_MAX_SECONDS = 90 * 60
    page = parse(client.get("/"))
    assert page.one("form", id="drop")["data-max-bytes"] == "20000000"
    assert "Up to 20 MB and 90 minutes." in page.text


def test_it_may_be_indexed_as_shares_may_not(client: Client) -> None:
    assert not parse(client.get("/")).all("meta", name="robots")


def test_without_a_demo_there_is_no_place_for_it(client: Client) -> None:
    assert not parse(client.get("/")).all("div", class_="player")


def test_the_demo_is_there_until_it_is_deleted(client: Client) -> None:
    demo.publish({"vocals": (441_000, 1.0), "drums": (441_000, 0.5)}, sample_rate=44_100)
    page = parse(client.get("/"))
    assert page.one("div", class_="player")["data-manifest-url"] == f"/api/shares/{demo.DEMO_ID}/"
    remove(demo.DEMO_ID)
    assert not parse(client.get("/")).all("div", class_="player")


def test_a_demo_that_cannot_be_read_takes_nothing_else_from_the_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:  # as after an upgrade that was rolled back
        newer.setattr(documents, "SCHEMA", documents.SCHEMA + 1)
        demo.publish({"vocals": (441_000, 1.0)}, sample_rate=44_100)
    response = client.get("/")
    assert response.status_code == 200
    assert not parse(response).all("div", class_="player")


@pytest.mark.parametrize("keeps", [True, False])
def test_it_promises_to_delete_the_upload_only_where_that_is_so(
    client: Client, settings: Settings, keeps: bool
) -> None:
    settings.STEMLINK_KEEP_SOURCE = keeps
    assert ("The uploaded file is deleted" in parse(client.get("/")).text) is not keeps
