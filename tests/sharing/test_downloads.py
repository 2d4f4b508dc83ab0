"""`/api/shares/<id>/stems/<stem>.<format>` and `/api/shares/<id>/stems.zip`"""

import io
import zipfile
from typing import Any

import numpy as np
import psutil
import pytest
from django.conf import LazySettings
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharing import jobs, media, services
from sharing.domain import Edit, ShareError, StemEdit
from tests.sharing.recordings import RATE, SEGMENT, begin_recording, body, decoded, record
from tests.sharing.shares import Installation, Made, change, make, stretch, watch_reads

pytestmark = pytest.mark.django_db
FORMATS = {"flac": "audio/flac", "wav": "audio/wav", "mp3": "audio/mpeg"}


@pytest.fixture
def made() -> Made:
    """A share whose stems are there."""
    return record()[0]


def stem(made: Made, name: str = "vocals.wav") -> str:
    return f"{made.path}stems/{name}"


def edit(made: Made, **changes: Any) -> None:
    services.edit(made.id, made.token, Edit(**changes), revision=None)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_stem_as_a_file(client: Client, kind: str) -> None:
    made, sounds = record(title="Mein Lied")
    response = client.get(stem(made, f"vocals.{kind}"))
    file = body(response)
    assert (response.status_code, response["Content-Type"]) == (200, FORMATS[kind])
    assert response["Content-Disposition"] == (
        f'attachment; filename="Mein Lied - Vocals.{kind}"; '
        f"filename*=UTF-8''Mein%20Lied%20-%20Vocals.{kind}"
    )
    assert response.get("Content-Length") == (None if kind == "flac" else str(len(file)))
    heard = decoded(file)
    assert heard.shape == sounds["vocals"].shape
    if kind != "mp3":
        np.testing.assert_array_equal(heard, sounds["vocals"])


@pytest.mark.parametrize("kind", FORMATS)
def test_all_stems_in_a_zip(client: Client, kind: str) -> None:
    made, sounds = record(title="Über")
    response = client.get(f"{made.path}stems.zip", {"format": kind})
    file = body(response)
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert "filename*=UTF-8''%C3%9Cber.zip" in response["Content-Disposition"]
    assert response.get("Content-Length") == (None if kind == "flac" else str(len(file)))
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        assert packed.testzip() is None
        entries = packed.infolist()
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
        assert {entry.extract_version for entry in entries} == {20}, "zip64 isn't needed here"
        names = [f"Über - {name.capitalize()}.{kind}" for name in sounds]
        assert [entry.filename for entry in entries] == names
        for entry, sound in zip(entries, sounds.values(), strict=True):
            heard = decoded(packed.read(entry))
            assert heard.shape == sound.shape
            if kind != "mp3":
                np.testing.assert_array_equal(heard, sound)


def test_flac_is_what_a_zip_holds_unless_something_else_is_asked_for(client: Client, made: Made) -> None:
    with zipfile.ZipFile(io.BytesIO(body(client.get(f"{made.path}stems.zip")))) as packed:
        assert all(name.endswith(".flac") for name in packed.namelist())
    response = client.get(f"{made.path}stems.zip?format=exe")
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_stems_of_one_name_don_t_overwrite_each_other(client: Client, made: Made) -> None:
    edit(made, stems=(StemEdit(id="vocals", name="take"), StemEdit(id="drums", name="TAKE")))
    with zipfile.ZipFile(io.BytesIO(body(client.get(f"{made.path}stems.zip?format=wav")))) as packed:
        assert packed.namelist()[:2] == ["A song - take.wav", "A song - TAKE (2).wav"]


@given(first=st.integers(0, 730_000), length=st.integers(1, 730_000))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_wav_can_be_resumed_anywhere(client: Client, made: Made, first: int, length: int) -> None:
    whole = client.get(stem(made))
    file = body(whole)
    headers = {"Range": f"bytes={first}-{first + length - 1}", "If-Range": whole["ETag"]}
    response = client.get(stem(made), headers=headers)
    if first >= len(file):
        assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(file)}")
        return
    part = file[first : first + length]
    assert (response.status_code, body(response)) == (206, part)
    assert response["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(file)}"
    assert response["Content-Length"] == str(len(part))


def test_what_can_t_be_resumed_comes_whole(client: Client, made: Made) -> None:
    for kind in ("flac", "mp3"):
        response = client.get(stem(made, f"vocals.{kind}"), headers={"Range": "bytes=5-"})
        assert (response.status_code, response.get("Accept-Ranges"), response.get("ETag")) == (
            200,
            None,
            None,
        )
        body(response)


@pytest.mark.parametrize("name", ["stems/vocals.wav", "stems/vocals.mp3", "stems/vocals.flac", "stems.zip"])
def test_head_says_the_same_and_makes_nothing(
    client: Client, made: Made, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get(made.path + name)
    body(whole)
    read = watch_reads(monkeypatch)
    head = client.head(made.path + name)
    assert (head.status_code, body(head)) == (200, b"")
    requests = [{**response.headers, "X-Request-ID": ""} for response in (head, whole)]
    assert requests[0] == requests[1]
    assert {key.rpartition("/")[2] for key in read} == {"0.flac"}, "one look at each stem"


def test_other_sites_may_fetch_it_and_no_browser_may_run_it(client: Client, made: Made) -> None:
    response = client.get(stem(made), headers={"Accept-Encoding": "gzip, br"})
    body(response)
    expected = {
        "Access-Control-Allow-Origin": "*",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Content-Encoding": None,
    }
    assert {name: response.get(name) for name in expected} == expected
    assert client.options(stem(made)).status_code == 204
    assert client.post(stem(made)).status_code == 405


def test_not_before_all_of_it_is_there(client: Client) -> None:
    made, claim, _ = begin_recording(5_000)
    response = client.get(stem(made))
    assert (response.status_code, response.json()["code"]) == (409, "not_ready")
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"
    jobs.finish(claim)
    assert client.head(stem(made)).status_code == 200


def test_nothing_comes_of_a_song_that_could_not_be_separated(client: Client) -> None:
    made = make()
    change(made.id, state="failed", error=ShareError(code="damaged", message="It broke off."))
    assert client.get(stem(made)).json()["code"] == "no_stems"


def test_the_owner_may_forbid_it(client: Client, made: Made) -> None:
    edit(made, downloads=False)
    for path in (stem(made), f"{made.path}stems.zip"):
        response = client.get(path)
        assert (response.status_code, response.json()["code"]) == (403, "downloads_off")
    assert body(client.get(f"/media/{made.id}/1/vocals/flac/0.flac")), "players need it"
    edit(made, downloads=True)
    assert client.head(stem(made)).status_code == 200


def test_of_an_unknown_or_deleted_share(client: Client, made: Made) -> None:
    assert client.head("/api/shares/2222222222A/stems/vocals.wav").status_code == 404
    assert client.get(stem(made, "flute.wav")).json()["code"] == "no_stems"
    assert client.get(stem(made, "vocals.exe")).json()["code"] == "not_found"
    services.remove(made.id)
    for path in (stem(made), f"{made.path}stems.zip"):
        assert client.get(path).status_code == 410


def test_a_damaged_stem_is_told(client: Client, made: Made) -> None:
    media.put(f"shares/{made.id}/1/vocals/flac/0.flac", b"no sound")
    client.raise_request_exception = False
    response = client.get(stem(made))
    assert (response.status_code, response.json()["code"]) == (500, "damaged")


def test_a_song_that_is_too_long_for_a_wav(client: Client, made: Made) -> None:
    stretch(made.id, 2**30)
    response = client.get(stem(made))
    assert (response.status_code, response.json()["code"]) == (422, "too_long")
    assert client.head(stem(made, "vocals.flac")).status_code == 200


def test_so_many_at_once_and_no_more(client: Client, made: Made, settings: LazySettings) -> None:
    settings.STEMLINK_DOWNLOADS = 4
    settings.STEMLINK_TRUSTED_PROXIES = 1
    slow: list[Any] = [
        client.get(stem(made), headers={"X-Forwarded-For": address})
        for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3")
    ]
    assert {response.status_code for response in slow} == {200}
    refused = client.get(stem(made), headers={"X-Forwarded-For": "10.0.0.1"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    refused = client.get(stem(made), headers={"X-Forwarded-For": "10.0.0.4"})
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert client.head(stem(made)).status_code == 200
    body(slow.pop())
    assert body(client.get(stem(made), headers={"X-Forwarded-For": "10.0.0.4"}))


@pytest.mark.parametrize("method", ["get", "head"])
def test_so_many_in_an_hour(client: Client, made: Made, settings: LazySettings, method: str) -> None:
    """Whoever asks for the size alone has a segment of each stem read as well."""
    settings.STEMLINK_DOWNLOAD_LIMIT = "2/hour"
    for _ in range(2):
        assert getattr(client, method)(made.path + "stems.zip").status_code == 200
    assert client.get(stem(made)).json()["code"] == "too_many_requests"
    assert client.head(stem(made)).status_code == 429


@pytest.mark.parametrize(
    ("path", "minutes"), [("stems/vocals.mp3", 1), ("stems/vocals.flac", 20), ("stems.zip?format=wav", 20)]
)
def test_memory_does_not_depend_on_the_length(
    client: Client, installation: Installation, path: str, minutes: int
) -> None:
    """Every segment is the same file on the disk."""
    made, _ = record(SEGMENT)
    body(client.get(made.path + path))
    count = minutes * 60 * RATE // SEGMENT
    for first in (installation.media / "shares" / made.id).glob("1/*/flac/0.flac"):
        for number in range(1, count):
            first.with_name(f"{number}.flac").hardlink_to(first)
    stretch(made.id, count * SEGMENT)
    process = psutil.Process()
    before = most = process.memory_info().rss
    response: Any = client.get(made.path + path)
    total = 0
    for part in response.streaming_content:
        total += len(part)
        most = max(most, process.memory_info().rss)
    assert total > count * 100_000
    assert most - before < 20_000_000
