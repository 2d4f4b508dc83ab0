"""Names and colours for stems that aren't shared yet."""

from typing import Any

import pytest
from django.test import Client

from sharing.palette import PALETTE

pytestmark = pytest.mark.django_db


def ask(client: Client, **body: Any) -> Any:
    """Ask the API."""
    return client.post("/api/names/", body, "application/json")


def test_it_works(client: Client) -> None:
    files = ["03_Lead Vox.wav", "https://www.dropbox.com/scl/fi/abc/04_Drums.wav?rlkey=x&dl=0"]
    stems = ask(client, files=files).json()["stems"]
    assert stems == [
        {"name": "Lead Vox", "color": PALETTE["vocals"]},
        {"name": "Drums", "color": PALETTE["drums"]},
    ]


def test_colours_that_are_taken_come_last(client: Client) -> None:
    taken = [PALETTE["vocals"].lower(), PALETTE["drums"]]
    (stem,) = ask(client, files=["Zither.wav"], taken=taken).json()["stems"]
    assert stem["color"] not in {PALETTE["vocals"], PALETTE["drums"]}


@pytest.mark.parametrize(
    "name", ["", "..", "<script>", "\u202eevil\u202c.wav", "x" * 5000, "https://[", "://"]
)
def test_whatever_it_is_called_it_has_a_name_fit_to_be_shown(client: Client, name: str) -> None:
    (stem,) = ask(client, files=[name]).json()["stems"]
    assert 0 < len(stem["name"]) <= 80
    assert "\u202e" not in stem["name"]


def test_more_than_a_share_can_have_is_refused(client: Client) -> None:
    assert ask(client, files=["a"] * 33).status_code == 422
