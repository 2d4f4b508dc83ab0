"""A Content-Type may name a charset, and anything for one: addresses and JSON are UTF-8 all the same."""

from typing import Any

import pytest
from django.test import Client

from config.wsgi import application
from sharing.services import find
from tests.sharing.shares import SONG, Installation, make

pytestmark = pytest.mark.django_db
CHARSETS = ["charset=hex", "charset=undefined", "charset=utf-16", "charset=no"]
UNREADABLE = ["charset*=utf-8''%00", "x*=no''y", "x*=a; x*0=b"]


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are made as gunicorn's are."""
    monkeypatch.setattr("django.test.client.WSGIRequest", application.request_class)


def send(client: Client, query: str, content_type: str, body: bytes = SONG) -> Any:
    return client.generic("POST", f"/api/shares/?{query}", body, content_type)


@pytest.mark.parametrize("charset", CHARSETS + UNREADABLE)
def test_an_address_is_utf_8_whatever_charset_the_type_names(client: Client, charset: str) -> None:
    answer = send(client, "title=F%C3%BCr", f"audio/flac; {charset}")
    assert answer.status_code == 201
    assert find(answer.json()["id"]).title == "Für"


@pytest.mark.parametrize("charset", [*CHARSETS, "charset=latin-1"])
def test_json_is_utf_8_whatever_charset_the_type_names(client: Client, charset: str) -> None:
    made, body = make(), '{"title": "Für"}'.encode()
    headers, content_type = made.owner | {"If-Match": "*"}, f"application/json; {charset}"
    answer = client.generic("PATCH", f"{made.path}?x=y", body, content_type, headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (200, "Für")


@pytest.mark.parametrize("charset", UNREADABLE)
def test_json_of_a_type_that_cannot_be_read_is_refused(
    client: Client, installation: Installation, charset: str
) -> None:
    answer = send(client, "", f"application/json; {charset}", b"{}")
    assert (answer.status_code, answer.json()["code"]) == (415, "not_audio")
    assert installation.files() == []


def test_too_many_words_in_an_address_are_refused(client: Client) -> None:
    answer = send(client, "a=b&" * 2000, "audio/flac; charset=utf-8")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
