"""`/api/uploads/`: the tus protocol, header by header."""

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from pytest_django import Settings

from sharing import resumable
from tests.sharing.shares import SONG, Installation

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"
NAME = b64encode("03_Lead Vóx.flac".encode()).decode()


def create(client: Client, **headers: str) -> "Response":
    given = {
        **TUS,
        "Upload-Length": str(len(SONG)),
        "Upload-Metadata": f"filename {NAME},filetype YQ==",
        **headers,
    }
    return client.post("/api/uploads/", headers=given, content_type="application/x-none")


def patch(client: Client, address: str, offset: int, data: bytes, **changes: Any) -> "Response":
    headers = {**TUS, "Upload-Offset": str(offset), **changes.pop("headers", {})}
    return client.generic("PATCH", address, data, **{"content_type": PIECE, **changes}, headers=headers)


def at(answer: "Response") -> str:
    return answer.headers["Location"]


def test_a_file_comes_in_by_pieces(client: Client, installation: Installation) -> None:
    made = create(client)
    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["Location"].startswith("/api/uploads/")
    assert made.headers["Upload-Expires"].endswith("GMT")
    first = patch(client, at(made), 0, SONG[:6_000])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "6000")
    asked = client.head(at(made), headers=TUS)
    assert asked.status_code == 200
    assert asked.headers["Upload-Offset"] == "6000"
    assert asked.headers["Upload-Length"] == str(len(SONG))
    assert asked.headers["Upload-Metadata"] == f"filename {NAME}"
    assert asked.headers["Cache-Control"] == "no-store"
    last = patch(client, at(made) + "/", 6_000, SONG[6_000:])
    assert last.headers["Upload-Offset"] == str(len(SONG))
    for answer in (made, first, asked, last):
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        assert "Upload-Offset" in answer.headers["Access-Control-Expose-Headers"]
    upload = resumable.find(resumable.id_of(made.headers["Location"]))
    assert upload.filename == "03_Lead Vóx.flac"
    with resumable.local_file(upload.id) as path:
        assert path.read_bytes() == SONG


def test_a_first_piece_may_come_at_once(client: Client) -> None:
    headers = {**TUS, "Upload-Length": str(len(SONG))}
    made = client.post("/api/uploads/", SONG[:5_000], content_type=PIECE, headers=headers)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "5000")


def test_what_the_server_can_do_is_told_without_a_version(client: Client, settings: Settings) -> None:
    answer = client.options("/api/uploads/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "expiration",
        "termination",
    }
    assert answer.headers["Tus-Max-Size"] == str(settings.STEMLINK_MAX_UPLOAD_BYTES)
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert "Upload-Offset" in answer.headers["Access-Control-Allow-Headers"]


def test_pages_of_other_sites_can_t_begin(client: Client, settings: Settings) -> None:
    assert create(client, Origin="https://evil.example").status_code == 403
    settings.STEMLINK_CREATE_ORIGINS = ["https://blog.example"]
    assert create(client, Origin="https://blog.example").status_code == 201
    assert create(client, Origin="http://testserver").status_code == 201


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412, "tus_version"),
        ({"Tus-Resumable": ""}, 412, "tus_version"),
        ({"Upload-Length": ""}, 400, "bad_request"),
        ({"Upload-Length": "-1"}, 400, "bad_request"),
        ({"Upload-Length": "1e3"}, 400, "bad_request"),
        ({"Upload-Length": "٣"}, 400, "bad_request"),
        ({"Upload-Length": "0"}, 400, "empty"),
        ({"Upload-Length": "500000001"}, 413, "too_large"),
        ({"Upload-Length": "9" * 40}, 400, "bad_request"),
        ({"Upload-Metadata": "filename %%%"}, 400, "bad_request"),
    ],
)
def test_what_can_t_begin_says_why(
    headers: dict[str, str], status: int, code: str, client: Client, installation: Installation
) -> None:
    answer = create(client, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert installation.files() == []


def test_a_piece_must_fit(client: Client) -> None:
    address = at(create(client))
    assert patch(client, address, 0, SONG, content_type="audio/flac").status_code == 415
    elsewhere = patch(client, address, 10, SONG[10:])
    assert (elsewhere.status_code, elsewhere.headers["Upload-Offset"]) == (409, "0")
    assert patch(client, address, 0, SONG + b"more").status_code == 413
    assert patch(client, address, 0, SONG, headers={"Upload-Offset": "x"}).status_code == 400
    assert patch(client, address, 0, SONG, headers={"Tus-Resumable": "2"}).status_code == 412
    assert client.head(address, headers=TUS).headers["Upload-Offset"] == "0"


def test_what_is_no_sound_is_refused_in_words(client: Client, installation: Installation) -> None:
    address = at(create(client))
    answer = patch(client, address, 0, b"%PDF-1.7" + bytes(5_000))
    assert (answer.status_code, answer.json()["code"]) == (415, "not_audio")
    assert ".pdf" in answer.json()["message"]
    assert client.head(address, headers=TUS).status_code == 404
    assert installation.files() == []


def test_it_can_be_given_up(client: Client, installation: Installation) -> None:
    address = at(create(client))
    patch(client, address, 0, SONG[:5_000])
    assert client.delete(address, headers=TUS).status_code == 204
    assert installation.files() == []
    gone = client.head(address, headers=TUS)
    assert gone.status_code == 404
    assert "Upload-Offset" not in gone.headers
    assert patch(client, address, 0, SONG).status_code == 404


def test_what_a_share_has_taken_can_t_be_taken_away(client: Client) -> None:
    address = at(create(client))
    patch(client, address, 0, SONG)
    resumable.take(resumable.id_of(address), "share-1")
    assert client.delete(address, headers=TUS).status_code == 409
    assert "Upload-Expires" not in client.head(address, headers=TUS).headers


def test_an_expired_one_is_gone(client: Client, settings: Settings) -> None:
    address = at(create(client))
    settings.STEMLINK_UPLOAD_SECONDS = -1
    assert client.head(address, headers=TUS).status_code == 410
    assert patch(client, address, 0, SONG).status_code == 410


def test_clients_that_know_only_post(client: Client) -> None:
    address = at(create(client))
    headers = {**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.post(address, SONG, content_type=PIECE, headers=headers).status_code == 204
    headers = {**TUS, "X-HTTP-Method-Override": "DELETE"}
    assert client.post(address, b"", content_type=PIECE, headers=headers).status_code == 204
    headers = {**TUS, "X-HTTP-Method-Override": "TRACE"}
    assert client.post(address, b"", content_type=PIECE, headers=headers).status_code == 405


def test_beginning_is_limited(client: Client, settings: Settings) -> None:
    settings.STEMLINK_UPLOAD_LIMIT = "2/hour"
    assert [create(client).status_code for _ in range(3)] == [201, 201, 429]


@pytest.mark.parametrize("name", ["..%2f..%2fetc", "a" * 21, "a" * 23, "a" * 20 + "./", "info"])
def test_other_addresses_lead_nowhere(name: str, client: Client) -> None:
    assert client.head(f"/api/uploads/{name}", headers=TUS).status_code == 404
