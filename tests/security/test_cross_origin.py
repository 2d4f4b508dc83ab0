"""Other sites: they may read and, with a token, change; only our own pages make shares."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.sharing.shares import Installation, make, post_form, post_song

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://testserver.evil.example", "http://testserver:81", "http://["],
)
def test_pages_of_other_sites_make_no_shares(client: Client, installation: Installation, origin: str) -> None:
    response = post_song(client, headers={"Origin": origin})
    assert (response.status_code, response.json()["code"]) == (403, "other_origin")
    assert installation.files() == []


def test_our_own_pages_do(client: Client) -> None:
    assert post_song(client, headers={"Origin": "http://testserver"}).status_code == 201
    assert post_song(client, headers={"Origin": "http://localhost:8000"}).status_code == 201, "PUBLIC_URL"
    assert post_form(client).status_code == 201


@pytest.mark.parametrize("allowed", ["https://blog.example", "*"])
def test_and_those_that_the_operator_names(client: Client, settings: Settings, allowed: str) -> None:
    settings.STEMLINK_CREATE_ORIGINS = [allowed]
    response = post_song(client, headers={"Origin": "https://blog.example"})
    assert response.status_code == 201
    assert response["Access-Control-Allow-Origin"] == "*"


def test_owners_change_their_shares_from_anywhere(client: Client) -> None:
    made = make()
    asked = client.options(
        made.path, headers={"Origin": "https://blog.example", "Access-Control-Request-Method": "PATCH"}
    )
    assert asked.status_code == 204
    assert {"PATCH", "DELETE"} <= set(asked["Access-Control-Allow-Methods"].split(", "))
    assert {"Authorization", "If-Match"} <= set(asked["Access-Control-Allow-Headers"].split(", "))
    response = client.patch(
        made.path,
        {"title": "x"},
        "application/json",
        headers=made.owner | {"Origin": "https://blog.example", "If-Match": "*"},
    )
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, "*")


def test_no_answer_allows_credentials(client: Client) -> None:
    made = make()
    for response in (client.get(made.path), client.options(made.path), client.get("/api/models/")):
        assert "Access-Control-Allow-Credentials" not in response
        assert not response.cookies
