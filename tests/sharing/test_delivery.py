"""`/media/<share>/<attempt>/<stem>/...`: segments and peaks for players."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharing import delivery, media, services
from sharing.clock import now
from sharing.stores import get_store
from tests.sharing.fixtures import forget
from tests.sharing.recordings import body
from tests.sharing.shares import Installation, Made, begin, make

pytestmark = pytest.mark.django_db
SOUND = b"sound" * 1000


@pytest.fixture
def made() -> Made:
    """A share of which the first segment is there."""
    growing = make()
    begin(growing.id, available=176_400)
    return growing


def segment(made: Made, name: str = "flac/0.flac") -> str:
    return f"/media/{made.id}/1/vocals/{name}"


def test_a_segment_is_served_for_ever_and_for_everybody(client: Client, made: Made) -> None:
    response = client.get(segment(made))
    assert (response.status_code, body(response)) == (200, SOUND)
    expected = {
        "Content-Type": "audio/flac",
        "Content-Length": "5000",
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Content-Length, Content-Range, Accept-Ranges, ETag",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert {name: response.get(name) for name in expected} == expected


def test_a_piece_of_the_small_rendition_too(client: Client, made: Made) -> None:
    media.put(f"shares/{made.id}/1/vocals/aac/0.m4a", SOUND)
    response = client.get(segment(made, "aac/0.m4a"))
    assert (response.status_code, body(response), response["Content-Type"]) == (200, SOUND, "audio/mp4")
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"


def test_peaks_are_asked_for_anew_while_they_grow(client: Client, made: Made) -> None:
    response = client.get(segment(made, "peaks.bin"))
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/octet-stream", "no-cache")
    assert len(body(response)) == 800
    known = {"If-None-Match": response["ETag"]}
    assert client.get(segment(made, "peaks.bin"), headers=known).status_code == 304
    media.put(f"shares/{made.id}/1/vocals/peaks.bin", b"\x80\x7f" * 800)
    assert len(body(client.get(segment(made, "peaks.bin"), headers=known))) == 1600


def test_a_part_of_it(client: Client, made: Made) -> None:
    response = client.get(segment(made), headers={"Range": "bytes=5-8"})
    assert (response.status_code, body(response)) == (206, SOUND[5:9])
    assert (response["Content-Range"], response["Content-Length"]) == ("bytes 5-8/5000", "4")


@given(first=st.integers(0, 6000), length=st.integers(1, 6000))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_are_those_of_the_whole(client: Client, made: Made, first: int, length: int) -> None:
    response = client.get(segment(made), headers={"Range": f"bytes={first}-{first + length - 1}"})
    if first >= len(SOUND):
        assert (response.status_code, response["Content-Range"]) == (416, "bytes */5000")
    else:
        assert (response.status_code, body(response)) == (206, SOUND[first : first + length])


def test_several_parts_are_answered_with_the_whole(client: Client, made: Made) -> None:
    response = client.get(segment(made), headers={"Range": "bytes=0-1,5-6"})
    assert (response.status_code, body(response)) == (200, SOUND)


def test_if_range_holds_only_for_this_version(client: Client, made: Made) -> None:
    etag = client.head(segment(made))["ETag"]
    for version, status in (
        (etag, 206),
        ('"other"', 200),
        (f"W/{etag}", 200),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 200),
    ):
        response = client.get(segment(made), headers={"Range": "bytes=0-1", "If-Range": version})
        assert response.status_code == status
        body(response)


def test_head_has_the_length_and_no_body(client: Client, made: Made) -> None:
    response = client.head(segment(made), headers={"Range": "bytes=0-1"})
    assert (response.status_code, response["Content-Length"], response.content) == (200, "5000", b"")


def test_another_site_may_ask_first(client: Client, made: Made) -> None:
    response = client.options(segment(made))
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Access-Control-Allow-Headers"] == "Range, If-Range, If-None-Match"


def test_it_is_never_compressed(client: Client, made: Made) -> None:
    response = client.get(segment(made), headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in response
    assert body(response) == SOUND


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_can_only_be_read(client: Client, made: Made, method: str) -> None:
    response = getattr(client, method)(segment(made))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_segment_that_is_not_there_yet(client: Client, made: Made) -> None:
    response = client.get(segment(made, "flac/1.flac"))
    assert (response.status_code, response.json()["code"]) == (404, "no_such_sound")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"


def test_a_deleted_share_is_silent_at_once(client: Client, made: Made) -> None:
    body(client.get(segment(made)))
    services.remove(made.id)
    assert client.get(segment(made)).status_code == 410


def test_it_is_silent_even_where_its_sound_could_not_be_deleted(
    client: Client, made: Made, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_known", type(delivery._known)(seconds=0))
    body(client.get(segment(made)))
    get_store().delete(made.id, at=now())
    assert installation.files("shares")
    assert client.get(segment(made)).status_code == 410


def test_the_store_is_asked_once_for_many_segments(
    client: Client, made: Made, django_assert_num_queries: Any
) -> None:
    forget()
    with django_assert_num_queries(1):
        for _ in range(5):
            body(client.get(segment(made)))


def test_sound_of_nobody(client: Client) -> None:
    assert client.get("/media/2222222222A/1/vocals/flac/0.flac").status_code == 404
