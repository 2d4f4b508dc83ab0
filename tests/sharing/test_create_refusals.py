"""What can't become a share: the right status, a sentence, and nothing left behind."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from sharing.stores import get_store
from tests.sharing.shares import SONG, Installation, post_form, post_song

pytestmark = pytest.mark.django_db


def check(response: Any, status: int, code: str, installation: Installation) -> str:
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert installation.files() == []
    assert installation.bells == []
    assert get_store().waiting_count() == 0
    message: str = response.json()["message"]
    assert message.endswith(".")
    return message


@pytest.mark.parametrize("post", [post_song, post_form])
def test_an_empty_file(client: Client, installation: Installation, post: Any) -> None:
    check(post(client, b""), 400, "empty", installation)


@pytest.mark.parametrize("post", [post_song, post_form])
def test_a_picture(client: Client, installation: Installation, post: Any) -> None:
    message = check(post(client, b"\x89PNG\r\n\x1a\n" + bytes(10_000)), 415, "not_audio", installation)
    assert ".png" in message


@pytest.mark.parametrize("post", [post_song, post_form])
def test_a_playlist_with_the_name_of_a_song(client: Client, installation: Installation, post: Any) -> None:
    check(post(client, b"#EXTM3U\nhttp://127.0.0.1/x.ts\n"), 415, "not_audio", installation)


@pytest.mark.parametrize("post", [post_song, post_form])
def test_a_byte_too_many(client: Client, installation: Installation, settings: Settings, post: Any) -> None:
    settings.STEMLINK_MAX_UPLOAD_BYTES = len(SONG) - 1
    check(post(client), 413, "too_large", installation)


@pytest.mark.parametrize("post", [post_song, post_form])
def test_exactly_the_largest_size_is_taken(client: Client, settings: Settings, post: Any) -> None:
    settings.STEMLINK_MAX_UPLOAD_BYTES = len(SONG)
    assert post(client).status_code == 201


@pytest.mark.parametrize("post", [post_song, post_form])
def test_an_announced_size_that_is_too_large_is_refused_before_it_comes(
    client: Client, installation: Installation, post: Any
) -> None:
    response = client.generic(
        "POST", "/api/shares/", b"fLaC", content_type="audio/flac", CONTENT_LENGTH=str(10**12)
    )
    check(response, 413, "too_large", installation)


def cut(client: Client, body: bytes, content_type: str) -> Any:
    """Announce more than is sent, as when a connection breaks."""
    broken: dict[str, Any] = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body) + 9000)}
    return client.generic("POST", "/api/shares/", body, content_type=content_type, **broken)


def test_fewer_bytes_than_announced(client: Client, installation: Installation) -> None:
    check(cut(client, SONG, "audio/flac"), 400, "interrupted", installation)


def test_a_form_that_ends_early(client: Client, installation: Installation) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="song"; filename="s.flac"\r\n\r\n'
    check(cut(client, head + SONG, "multipart/form-data; boundary=x"), 400, "interrupted", installation)


def test_a_form_whose_names_cannot_be_decoded(client: Client, installation: Installation) -> None:
    form = b"--x\r\nContent-Disposition: form-data; name*=a; name*0=b\r\n\r\nabc\r\n--x--\r\n"
    response = client.generic("POST", "/api/shares/", form, content_type="multipart/form-data; boundary=x")
    check(response, 400, "bad_form", installation)


def test_a_connection_that_breaks(client: Client, installation: Installation) -> None:
    class Broken(BytesIO):
        def read(self, *_args: Any) -> bytes:
            raise ConnectionResetError

    broken: dict[str, Any] = {"wsgi.input": Broken(), "CONTENT_LENGTH": "9000"}
    response = client.generic("POST", "/api/shares/", SONG, content_type="audio/flac", **broken)
    check(response, 400, "interrupted", installation)


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "²"])
def test_a_length_that_is_none(client: Client, installation: Installation, length: str) -> None:
    response = client.generic("POST", "/api/shares/", SONG, content_type="audio/flac", CONTENT_LENGTH=length)
    check(response, 411, "length_required", installation)


@pytest.mark.parametrize("content_type", ["audio/flac", "multipart/form-data; boundary=x"])
def test_chunks_that_the_server_cannot_end(
    client: Client, installation: Installation, content_type: str
) -> None:
    response = client.generic(
        "POST", "/api/shares/", SONG, content_type, headers={"Transfer-Encoding": "chunked"}
    )
    check(response, 411, "length_required", installation)


def test_no_body(client: Client, installation: Installation) -> None:
    check(client.generic("POST", "/api/shares/", content_type="audio/flac"), 400, "empty", installation)


def test_an_unknown_model_before_anything_is_read(client: Client, installation: Installation) -> None:
    message = check(post_song(client, query={"model": "magic"}), 422, "unknown_model", installation)
    assert "classical" in message


def test_an_unknown_model_in_a_form(client: Client, installation: Installation) -> None:
    check(post_form(client, model="<script>"), 422, "unknown_model", installation)
