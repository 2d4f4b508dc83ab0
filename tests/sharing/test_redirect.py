"""Media in a bucket behind our routes: by default its bytes go through us, by a setting players are sent to it."""

from collections.abc import Iterator

import pytest
import requests
from django.core.files.storage import storages
from django.test import Client
from pytest_django import Settings

from sharing import delivery, media, services
from tests.sharing.shares import SONG, Installation, Made, begin, make, post_song
from tests.storages.fixtures import close, options, s3_process, s3_proxy, s3_server_
from tests.storages.proxy import Fault, Proxy
from tests.storages.s3_server import S3Server

__all__ = ["s3_process", "s3_proxy", "s3_server_"]
pytestmark = pytest.mark.django_db
SOUND = b"sound" * 1000


@pytest.fixture
def made(
    installation: Installation,
    s3_server_: S3Server,
    s3_proxy: Proxy,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Made]:
    """A share that grows in a bucket."""
    bucket = options("s3", s3_proxy, monkeypatch)
    settings.STORAGES = {**settings.STORAGES, "default": bucket}
    growing = make()
    begin(growing.id, available=176_400)
    yield growing
    close(storages["default"])


def segment(made: Made, name: str = "flac/0.flac") -> str:
    return f"/media/{made.id}/1/vocals/{name}"


def test_a_segment_comes_through_us(client: Client, made: Made) -> None:
    response = client.get(segment(made), headers={"Range": "bytes=5-8"})
    assert (response.status_code, response.getvalue()) == (206, SOUND[5:9])
    assert response["Content-Range"] == "bytes 5-8/5000"
    etag = client.head(segment(made))["ETag"]
    assert client.get(segment(made), headers={"If-None-Match": etag}).status_code == 304
    missing = client.get(segment(made, "flac/1.flac"))
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_sound")


def test_or_its_player_is_sent_to_the_bucket(client: Client, made: Made, settings: Settings) -> None:
    settings.STEMLINK_MEDIA_REDIRECT = True
    response = client.get(segment(made), headers={"Range": "bytes=5-8", "Origin": "null"})
    assert response.status_code == 302
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "X-Amz-Expires=600" in response["Location"]
    assert requests.get(response["Location"], timeout=10).content == SOUND
    peaks = client.get(segment(made, "peaks.bin"))  # they grow, so they are asked for anew
    assert (peaks.status_code, len(peaks.getvalue())) == (200, 800)


def test_a_deleted_share_is_silent(
    client: Client, made: Made, settings: Settings, s3_server_: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_known", type(delivery._known)(seconds=0))
    settings.STEMLINK_MEDIA_REDIRECT = True
    link = client.get(segment(made))["Location"]
    services.remove(made.id)
    assert client.get(segment(made)).status_code == 410
    assert requests.get(link, timeout=10).status_code == 404
    assert s3_server_.contents() == []


def test_a_bucket_that_fails_is_told(client: Client, made: Made, s3_proxy: Proxy) -> None:
    s3_proxy.faults = lambda _asked: Fault(403)
    response = client.get(segment(made))
    assert (response.status_code, response.json()["code"]) == (503, "media_unavailable")
    assert response["Retry-After"]
    assert response["Cache-Control"] == "no-store"
    assert post_song(client).status_code == 503


def test_a_worker_gets_a_copy_that_does_not_stay(made: Made, installation: Installation) -> None:
    key = media.new_source_key(made.id)
    incoming = media.receive(key)
    incoming.write(SONG)
    incoming.keep()
    with media.local_source(key) as path:
        assert path.read_bytes() == SONG
    assert not path.exists()
