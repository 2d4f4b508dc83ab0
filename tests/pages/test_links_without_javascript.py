"""The form for links on the first page, sent by a browser that runs no script."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from sharing.services import find, find_owned
from tests.hosts import File, Host
from tests.pages.html import parse
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(settings: Settings) -> Iterator[Host]:
    """Somebody else's server, from which this one may fetch."""
    settings.STEMLINK_FETCH_NETWORKS = ["127.0.0.0/8"]
    with Host() as host:
        yield host


def post(client: Client, *lines: str, **more: Any) -> Any:
    """Send the form as a browser does."""
    fields = {"links": "\r\n".join(lines), "title": "Mine"}
    return client.post("/", urlencode(fields), "application/x-www-form-urlencoded", **more)


def test_it_works(client: Client, host: Host) -> None:
    sound = wav(noise(RATE // 2))
    links = [host.at(path, File(sound)) for path in ("/03_Lead%20Vox.wav", "/04_Drums.wav")]
    response = post(client, "", f"  {links[0]} ", links[1])
    assert response.status_code == 303
    address, token = response["Location"].split("#edit=")
    share = find(address.rsplit("/", 1)[1])
    assert find_owned(share.id, token) == share
    assert share.title == "Mine"
    assert [(stem.name, stem.hosted and stem.hosted.url) for stem in share.stems] == [
        ("Lead Vox", links[0]),
        ("Drums", links[1]),
    ]
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), "There is no link in this form."),
        (("javascript:alert(1)",), "can't be played here"),
        (("https://a.example/x.wav",) * 33, "at most 32 stems"),
    ],
)
def test_what_is_no_list_of_links_is_refused_in_words(
    client: Client, lines: tuple[str, ...], words: str
) -> None:
    response = post(client, *lines)
    assert response.status_code == 422
    assert words in parse(response).text


def test_a_page_of_another_site_cannot_send_it(client: Client) -> None:
    response = post(client, "https://a.example/x.wav", headers={"origin": "https://elsewhere.example"})
    assert response.status_code == 403


def test_a_client_may_have_so_many_links_looked_at(client: Client, host: Host, settings: Settings) -> None:
    settings.STEMLINK_CHECK_LIMIT = "1/hour"
    response = post(client, host.url("/a.wav"), host.url("/b.wav"))
    assert response.status_code == 429
    assert host.asked == []
