"""Every change needs the share's own edit token."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sharing.services import find
from tests.security.addresses import patterns
from tests.sharing.shares import Installation, Made, make

pytestmark = pytest.mark.django_db

Send = Callable[[Client, Made, dict[str, str]], Any]


def patch(client: Client, made: Made, headers: dict[str, str]) -> Any:
    return client.patch(
        made.path, {"title": "Taken"}, "application/json", headers=headers | {"If-Match": '"1"'}
    )


def patch_nonsense(client: Client, made: Made, headers: dict[str, str]) -> Any:
    return client.patch(made.path, "{", "application/json", headers=headers)


def delete(client: Client, made: Made, headers: dict[str, str]) -> Any:
    return client.delete(made.path, headers=headers)


def cancel(client: Client, made: Made, headers: dict[str, str]) -> Any:
    return client.post(f"{made.path}cancel/", headers=headers)


def add(client: Client, made: Made, headers: dict[str, str]) -> Any:
    body = {"stems": [{"url": "https://stems.example/kick.wav"}]}
    return client.post(f"{made.path}stems/", body, "application/json", headers=headers | {"If-Match": '"1"'})


def check(client: Client, made: Made, headers: dict[str, str]) -> Any:
    return client.post(f"{made.path}check/", headers=headers)


CHANGES: list[Send] = [patch, patch_nonsense, delete, cancel, add, check]
# Routes by which a stranger may make something (a share, an upload), or ask what a link or a file name means.
OPEN = {
    ("api-shares", "POST"),
    ("home", "POST"),
    ("api-uploads", "POST"),
    ("api-links", "POST"),
    ("api-names", "POST"),
    # An upload belongs to whoever knows its id, which nobody can guess.
    ("api-upload", "PATCH"),
    ("api-upload", "DELETE"),
}
OWNED = {
    ("api-share", "PATCH"),
    ("api-share", "DELETE"),
    ("api-cancel", "POST"),
    ("api-add-stems", "POST"),
    ("api-check", "POST"),
}


def test_no_other_route_changes_anything(client: Client, installation: Installation) -> None:
    for path, pattern in patterns():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            if (pattern.name, method) not in OPEN | OWNED:
                status = client.generic(method, path, headers={"Tus-Resumable": "1.0.0"}).status_code
                assert status in {404, 405}, f"{method} {path}: if it changes something, add it to CHANGES"
    assert installation.files() == []


@pytest.fixture
def unchanged(installation: Installation) -> Any:
    """A share of which nothing may change."""
    made = make("Mine")
    share, files = find(made.id), installation.files()
    yield made
    assert find(made.id) == share
    assert installation.files() == files


@pytest.mark.parametrize("send", CHANGES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer  "},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Cookie": "edit_token=x"},
    ],
)
def test_without_a_token(client: Client, unchanged: Made, send: Send, headers: dict[str, str]) -> None:
    response = send(client, unchanged, headers)
    assert (response.status_code, response.json()["code"]) == (401, "token_required")
    assert "Authorization: Bearer" in response.json()["message"]
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("send", CHANGES)
@pytest.mark.parametrize("token", ["x", "Mine", "null", "x" * 100_000, "ünïcode", "' OR 1=1 --"])
def test_with_a_wrong_token(client: Client, unchanged: Made, send: Send, token: str) -> None:
    response = send(client, unchanged, {"Authorization": f"Bearer {token}"})
    assert (response.status_code, response.json()["code"]) == (403, "token_wrong")


@pytest.mark.parametrize("send", CHANGES)
def test_with_another_shares_token(client: Client, unchanged: Made, send: Send) -> None:
    other = make("Other")
    response = send(client, unchanged, other.owner)
    assert (response.status_code, response.json()["code"]) == (403, "token_wrong")
    find(other.id)
    client.delete(other.path, headers=other.owner)


@pytest.mark.parametrize("send", CHANGES)
def test_with_almost_the_right_one(client: Client, unchanged: Made, send: Send) -> None:
    for token in (
        unchanged.token[:-1],
        unchanged.token + "x",
        unchanged.token.swapcase(),
        find(unchanged.id).token_hash,
    ):
        assert send(client, unchanged, {"Authorization": f"Bearer {token}"}).status_code == 403


@pytest.mark.parametrize("send", CHANGES)
def test_the_token_counts_only_in_its_header(client: Client, unchanged: Made, send: Send) -> None:
    client.cookies["edit_token"] = unchanged.token
    with_query = Made(f"{unchanged.id}/?edit_token={unchanged.token}&x=", unchanged.token)
    assert send(client, with_query, {"X-Edit-Token": unchanged.token}).status_code in {401, 405}


@pytest.mark.parametrize("send", [patch, delete, cancel])
def test_with_the_right_token(client: Client, send: Send) -> None:
    made = make()
    assert send(client, made, made.owner).status_code in {200, 204}


@pytest.mark.parametrize("send", CHANGES)
def test_of_a_share_that_is_not_there(client: Client, send: Send) -> None:
    nobody = Made("2222222222A", "x")
    assert send(client, nobody, nobody.owner).status_code == 404


def test_tokens_are_not_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    made, other = make(), make()
    with caplog.at_level(logging.DEBUG):
        for send in CHANGES:
            send(client, made, other.owner)
        for send in CHANGES:
            send(client, made, made.owner)
    assert made.token not in caplog.text
    assert other.token not in caplog.text
