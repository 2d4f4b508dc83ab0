"""A song as the body of a request: `curl --data-binary @song.flac`."""

import pytest
from django.test import Client

from sharing.services import find
from sharing.sniff import LOOK
from tests.sharing.shares import SONG, Installation, post_song

pytestmark = pytest.mark.django_db


def test_it_answers_with_the_link_at_once(client: Client, installation: Installation) -> None:
    response = post_song(client, query={"filename": "My_Song.flac"})
    assert response.status_code == 201
    body = response.json()
    assert body["url"] == f"http://testserver/{body['id']}"
    assert body["embed_url"] == f"http://testserver/{body['id']}/embed"
    assert body["manage_url"] == f"{body['url']}#edit={body['edit_token']}"
    assert body["state"] == "queued"
    assert response["Location"] == f"http://testserver/api/shares/{body['id']}/"
    assert installation.bells == [body["id"]]


def test_the_song_lies_in_media_as_it_was_sent(client: Client, installation: Installation) -> None:
    share = find(post_song(client).json()["id"])
    assert share.job.source is not None
    assert installation.files() == [share.job.source]
    assert (installation.media / share.job.source).read_bytes() == SONG


def test_title_and_model_come_with_the_address(client: Client) -> None:
    share = find(post_song(client, query={"title": "Für  Elise", "model": "classical"}).json()["id"])
    assert (share.title, share.job.model) == ("Für Elise", "classical")
    assert [stem.id for stem in share.stems] == ["vocals", "drums", "bass", "other"]


def test_the_token_is_told_once_and_not_kept(client: Client) -> None:
    body = post_song(client).json()
    assert body["edit_token"] not in repr(find(body["id"]))
    assert body["edit_token"] not in client.get(f"/api/shares/{body['id']}/").content.decode()


@pytest.mark.parametrize(
    "content_type",
    ["audio/mpeg", "application/octet-stream", "application/x-www-form-urlencoded", "video/mp4", ""],
)
def test_what_it_is_shows_in_the_bytes_not_in_the_type(client: Client, content_type: str) -> None:
    assert post_song(client, content_type=content_type).status_code == 201


def test_it_works_without_the_last_slash(client: Client) -> None:
    assert client.post("/api/shares", SONG, content_type="audio/flac").status_code == 201


@pytest.mark.parametrize(
    "filename", ["../../../etc/passwd", "/etc/passwd", "a\x00b.mp3", "x" * 5000 + ".mp3", "évil\u202e3pm.exe"]
)
def test_a_file_name_is_never_a_path(client: Client, installation: Installation, filename: str) -> None:
    body = post_song(client, query={"filename": filename}).json()
    (path,) = installation.files()
    assert path.startswith(f"sources/{body['id']}-")
    assert len(find(body["id"]).title) <= 200


@pytest.mark.parametrize("size", [5, LOOK - 1, LOOK, LOOK + 1, 1_000_000])
def test_songs_of_any_size_arrive_whole(client: Client, installation: Installation, size: int) -> None:
    song = (SONG * (size // len(SONG) + 1))[:size]
    assert post_song(client, song).status_code == 201
    (path,) = installation.files()
    assert (installation.media / path).read_bytes() == song
