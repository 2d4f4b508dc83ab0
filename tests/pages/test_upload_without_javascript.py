"""The form of the first page, sent by a browser that runs no script."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sharing.services import find, find_owned
from tests.pages.html import parse
from tests.sharing.shares import SONG, Installation

pytestmark = pytest.mark.django_db


def test_it_works(client: Client) -> None:
    song = SimpleUploadedFile("So What.flac", SONG)
    response = client.post("/", {"song": song, "model": "classical"})
    assert response.status_code == 303
    address, token = response["Location"].split("#edit=")
    share = find(address.rsplit("/", 1)[1])
    assert (share.title, share.job.model) == ("So What", "classical")
    assert find_owned(share.id, token) == share
    assert client.get(address).status_code == 200


def test_what_is_not_sound_is_refused_in_words(client: Client, installation: Installation) -> None:
    song = SimpleUploadedFile("cover.png", b"\x89PNG\r\n\x1a\n" + bytes(5000))
    response = client.post("/", {"song": song})
    assert response.status_code == 415
    assert "This is a .png file" in parse(response).text
    assert installation.files() == []


def test_a_page_of_another_site_cannot_send_it(client: Client, installation: Installation) -> None:
    song = SimpleUploadedFile("s.flac", SONG)
    response = client.post("/", {"song": song}, headers={"origin": "https://elsewhere.example"})
    assert response.status_code == 403
    assert installation.files() == []
