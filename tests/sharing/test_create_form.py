"""A song in a form: `curl -F song=@song.flac`, or a page without JavaScript."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sharing.services import find
from tests.sharing.shares import SONG, Installation, post_form

pytestmark = pytest.mark.django_db


def test_it_works(client: Client, installation: Installation) -> None:
    response = post_form(client, title="Mine", model="classical")
    assert response.status_code == 201
    share = find(response.json()["id"])
    assert (share.title, share.job.model) == ("Mine", "classical")
    assert share.job.source is not None
    assert installation.files() == [share.job.source]
    assert (installation.media / share.job.source).read_bytes() == SONG


def test_title_and_model_may_be_in_the_address_as_those_of_a_raw_body_are(client: Client) -> None:
    form = {"song": SimpleUploadedFile("s.flac", SONG)}
    share = find(client.post("/api/shares/?title=Mine&model=classical", form).json()["id"])
    assert (share.title, share.job.model) == ("Mine", "classical")
    form = {"song": SimpleUploadedFile("s.flac", SONG)}
    assert client.post("/api/shares/?model=nonsense", form).json()["code"] == "unknown_model"


def test_without_a_title_the_file_name_is_it(client: Client) -> None:
    assert find(post_form(client, filename="So What.flac").json()["id"]).title == "So What"


def test_a_large_song_arrives_whole(client: Client, installation: Installation) -> None:
    song = SONG * 200
    assert post_form(client, song).status_code == 201
    (path,) = installation.files()
    assert (installation.media / path).read_bytes() == song


def test_only_the_field_song_is_taken(client: Client, installation: Installation) -> None:
    files = {"cover": SimpleUploadedFile("c.png", b"\x89PNG"), "song": SimpleUploadedFile("s.flac", SONG)}
    response = client.post("/api/shares/", {**files, "more": SimpleUploadedFile("m.flac", SONG)})
    assert response.status_code == 201
    assert len(installation.files()) == 1


def test_a_form_without_a_song_is_refused(client: Client, installation: Installation) -> None:
    response = post_form(client, None, title="x")
    assert (response.status_code, response.json()["code"]) == (400, "no_song")
    assert installation.files() == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"nonsense", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (
            b"--x\r\nContent-Disposition: form-data; name=song; filename=a\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n%%%%%\r\n--x--",
            "multipart/form-data; boundary=x",
        ),
        (b"", "multipart/form-data; boundary=" + "x" * 300),
    ],
)
def test_a_broken_form_is_refused(
    client: Client, installation: Installation, body: bytes, content_type: str
) -> None:
    response = client.generic("POST", "/api/shares/", body, content_type=content_type)
    assert response.status_code in {400, 415}
    assert response.json()["message"]
    assert installation.files() == []


def test_fields_without_end_are_refused(client: Client, installation: Installation) -> None:
    response = post_form(client, title="x" * 1_500_000)
    assert response.status_code == 413
    assert installation.files() == []
