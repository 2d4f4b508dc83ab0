"""Errors as pages for people, and as JSON for programs."""

import json
import logging

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from sharing import pages
from sharing.errors import StoreUnavailable, TooMany
from sharing.identity import new_id
from tests.pages.html import parse

pytestmark = pytest.mark.django_db


def test_a_page_that_nobody_knows(client: Client) -> None:
    response = client.get("/nowhere/at/all")
    assert response.status_code == 404
    page = parse(response)
    assert page.texts("h1") == ["There is nothing here"]
    assert page.all("a", href="/")


def test_a_program_is_answered_in_json(client: Client) -> None:
    response = client.get("/media/nowhere")
    assert response.status_code == 404
    assert json.loads(response.content)["code"] == "not_found"


def test_a_host_name_that_is_not_allowed_names_the_setting(client: Client) -> None:
    response = client.get("/", headers={"host": "studio.lan:8000"})
    assert response.status_code == 400
    text = parse(response).text
    assert 'the name "studio.lan:8000"' in text
    assert "ALLOWED_HOSTS" in text


def test_a_stranger_who_is_refused_is_nothing_for_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Else anybody who scans the net writes errors into it, with thirty lines of traceback each."""
    assert client.get("/", headers={"host": "a b"}).status_code == 400
    assert client.post("/", {"title": "x" * 2_000_000}).status_code == 413
    assert client.post("/", {f"field{number}": "" for number in range(2000)}).status_code == 400
    assert caplog.records == []


def test_whoever_guesses_is_told_to_wait(client: Client, settings: Settings) -> None:
    settings.STEMLINK_MISS_LIMIT = "1/minute"
    client.get(f"/{new_id()}")
    response = client.get(f"/{new_id()}")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert parse(response).texts("h1") == ["That was a little too fast"]


def test_a_store_that_is_away_is_said_in_words(rf: RequestFactory) -> None:
    response = pages.problem_page(rf.get("/"), StoreUnavailable())
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert parse(response).texts("h1") == ["The service cannot answer right now"]


def test_what_nobody_expected_tells_nothing_of_the_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(pages, "find_demo", broken)
    client.raise_request_exception = False
    with caplog.at_level(logging.CRITICAL):
        response = client.get("/")
    assert response.status_code == 500
    assert parse(response).texts("h1") == ["Something broke on our side"]
    assert b"secret" not in response.content


@pytest.mark.parametrize("problem", [TooMany(7), StoreUnavailable()])
def test_a_problem_is_kept_by_no_cache(rf: RequestFactory, problem: TooMany | StoreUnavailable) -> None:
    assert pages.problem_page(rf.get("/"), problem)["Cache-Control"] == "no-store"
