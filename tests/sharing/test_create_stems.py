"""`POST /api/shares/` with JSON: stems that exist already."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from sharing import bringing, resumable, services
from sharing.bringing import Wish
from sharing.clock import now
from sharing.domain import State
from sharing.errors import OutcomeUnknown
from sharing.hosted import check
from sharing.models import ShareRow
from sharing.services import find
from sharing.stores import get_store
from sharing.stores.embedded import EmbeddedStore
from tests.hosts import File, Host, status
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise
from tests.sharing.imports import ORIGIN, silence
from tests.sharing.shares import Installation

pytestmark = pytest.mark.django_db
SOUND = wav(noise(RATE // 2))


def bring(filename: str) -> str:
    """The id of an upload that is complete."""
    upload = resumable.create(len(SOUND), filename)
    file = io.BytesIO(SOUND)
    resumable.append(upload, 0, file.read)
    return upload.id


def failing(error: Exception) -> Callable[..., None]:
    """Whatever it is asked, it raises this."""

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise error

    return fail


def create(client: Client, *stems: Any, **more: Any) -> Any:
    return client.post("/api/shares/", {"stems": stems, **more}, content_type="application/json")


def test_links_become_a_share_that_plays_at_once(
    client: Client, host: Host, installation: Installation
) -> None:
    vocals, bass = host.at("/03_Lead%20Vox.wav", File(SOUND)), host.at("/04_Bass.wav", File(SOUND))
    stems = [
        {"url": vocals, "muted": True, "volume": 0.5, "pan": -1},
        {"url": bass, "name": "Low", "color": "#00ff00"},
    ]
    response = create(client, *stems, title="Mine", exclusive=True, downloads=False, indexed=True)
    made = response.json()
    assert (
        response.status_code,
        made["state"],
        response["Location"].endswith(f"/api/shares/{made['id']}/"),
    ) == (
        201,
        "done",
        True,
    )
    manifest = client.get(f"/api/shares/{made['id']}/").json()
    for name, value in {
        "title": "Mine",
        "exclusive": True,
        "downloads": False,
        "indexed": True,
        "state": "done",
        "growing": False,
        "job": "import",
        "model": None,
        "sample_rate": 44_100,
        "frames": RATE // 2,
        "gain": 1.0,
        "progress": 1.0,
        "revision": 1,
        "zip": {},
    }.items():
        assert (name, manifest[name]) == (name, value)
    checked_at = manifest["stems"][0].pop("checked_at")
    assert checked_at == manifest["created_at"]
    assert manifest["stems"][0] == {
        "id": "lead-vox",
        "name": "Lead Vox",
        "color": "#E8702A",
        "muted": True,
        "soloed": False,
        "volume": 0.5,
        "pan": -1,
        "kind": "hosted",
        "state": "ready",
        "error": None,
        "url": vocals,
        "original_url": vocals,
        "seconds": 0.5,
        "size": len(SOUND),
        "range": True,
        "cors": True,
    }
    assert [manifest["stems"][1][name] for name in ("id", "name", "color")] == ["low", "Low", "#00ff00"]
    assert installation.bells == []
    assert installation.files() == []


def test_what_shall_be_kept_waits_for_a_worker_while_the_rest_plays(
    client: Client, host: Host, installation: Installation
) -> None:
    url = host.at("/a.wav", File(SOUND))
    made = create(client, {"url": url, "name": "Drums"}, {"url": url, "name": "Bass", "keep": True}).json()
    assert made["state"] == "queued"
    assert installation.bells == [made["id"]]
    manifest = client.get(f"/api/shares/{made['id']}/").json()
    assert [(stem["kind"], stem["state"]) for stem in manifest["stems"]] == [
        ("hosted", "ready"),
        ("kept", "pending"),
    ]
    assert "url" not in manifest["stems"][1]


def test_ids_are_short_names_of_which_no_two_are_the_same(client: Client, host: Host) -> None:
    url = host.at("/a.wav", File(SOUND))
    names = ["Lead Vox", "Lead Vox", "LEAD_VOX!", "\u0645\u0631\u062d\u0628\u0627", "<b>Bass</b>", "x" * 300]
    made = create(client, *({"url": url, "name": name} for name in names)).json()
    stems = find(made["id"]).stems
    assert [stem.id for stem in stems] == ["lead-vox", "lead-vox-2", "lead_vox", "stem", "bbassb", "x" * 40]
    assert stems[3].name == "\u0645\u0631\u062d\u0628\u0627"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a\u202eb\u200bc", "abc"),
        (" two\n lines ", "two lines"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("x" * 500, "x" * 80),
    ],
)
def test_names_are_cleaned(client: Client, host: Host, name: str, kept: str) -> None:
    made = create(client, {"url": host.at("/a.wav", File(SOUND)), "name": name}).json()
    assert find(made["id"]).stems[0].name == kept


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("no link at all", "bad_link"),
        ("javascript:alert(1)", "bad_scheme"),
        ("file:///etc/passwd", "bad_scheme"),
        ("data:audio/wav;base64,UklGRg==", "bad_scheme"),
        ("https://user:secret@example.org/a.wav", "credentials"),
        ("https://example.org/" + "a" * 3000, "too_long"),
        ("https://drive.google.com/file/d/1/view", "unplayable_host"),
        ("https://www.dropbox.com/sh/abc/def", "folder"),
        ("http://169.254.169.254/latest/meta-data", "refused_address"),
        ("{host}/nothing.wav", "not_found"),
        ("{host}/page.html", "not_audio"),
        ("{host}/login.wav", "forbidden"),
    ],
)
def test_a_link_that_cannot_be_is_refused_and_nothing_is_stored(
    client: Client, host: Host, installation: Installation, link: str, code: str
) -> None:
    good = host.at("/a.wav", File(SOUND))
    host.at("/page.html", File(b"<!doctype html><title>Log in</title>", "text/html"))
    host.at("/login.wav", status(403))
    for keep in ({}, {"keep": True}):
        response = create(client, {"url": good}, {"url": link.replace("{host}", host.url("")), **keep})
        found = response.json()
        assert (response.status_code, found["code"]) == (422, code)
        assert found["message"].startswith("Stem 2: ")
        assert found["detail"]["stems"]["1"]["code"] == code
        assert "0" not in found["detail"]["stems"]
    assert installation.bells == []
    assert installation.files() == []


def test_each_bad_link_is_told(client: Client) -> None:
    found = create(client, {"url": "x y"}, {"url": "file:///x"}).json()
    assert {index: why["code"] for index, why in found["detail"]["stems"].items()} == {
        "0": "bad_link",
        "1": "bad_scheme",
    }


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stems": []},
        {"stems": {}},
        {"stems": [{}]},
        {"stems": [{"name": "x"}]},
        {"stems": [{"url": "https://x.org/a.wav", "upload": "x"}]},
        {"stems": [{"upload": "x", "keep": True}]},
        {"stems": [{"url": "https://x.org/a.wav"}] * 33},
        {"stems": [{"url": "https://x.org/a.wav"}] * 100},
        {"stems": [{"url": "https://x.org/a.wav", "href": "x"}]},
        {"stems": [{"url": "https://x.org/a.wav", "volume": 3}]},
        {"stems": [{"url": "https://x.org/a.wav", "color": "red"}]},
        {"stems": [{"url": "https://x.org/a.wav", "name": "\u202e"}]},
        {"stems": [{"url": ["https://x.org/a.wav"]}]},
        {"stems": [{"url": "https://x.org/a.wav"}], "state": "done"},
        {"stems": [{"url": "https://x.org/a.wav"}], "title": ""},
        {"stems": [{"url": "https://x.org/a.wav"}], "expires_at": "soon"},
        [],
        None,
    ],
)
def test_values_that_cannot_be_are_refused_in_words(
    client: Client, body: Any, installation: Installation
) -> None:
    response = client.post("/api/shares/", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert response.json()["message"]
    assert installation.bells == []


def test_a_file_that_was_brought_waits_for_a_worker(client: Client, installation: Installation) -> None:
    by_id, by_address = bring("01 Drums.wav"), bring("02 Bass.wav")
    made = create(client, {"upload": by_id}, {"upload": f"http://testserver/api/uploads/{by_address}"}).json()
    assert (made["state"], installation.bells) == ("queued", [made["id"]])
    stems = find(made["id"]).stems
    assert [(stem.id, stem.incoming and stem.incoming.upload) for stem in stems] == [
        ("drums", by_id),
        ("bass", by_address),
    ]
    assert {resumable.find(upload).taken_by for upload in (by_id, by_address)} == {made["id"]}
    text = client.get(f"/api/shares/{made['id']}/").content.decode()
    assert by_id not in text
    assert by_address not in text


def test_what_two_shares_want_the_first_one_gets(client: Client) -> None:
    upload = bring("a.wav")
    assert create(client, {"upload": upload}).status_code == 201
    response = create(client, {"upload": upload})
    assert (response.status_code, response.json()["code"]) == (422, "upload_taken")


def test_of_two_requests_at_the_same_moment_one_gets_the_upload(
    client: Client, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both found it free."""
    upload, other = bring("a.wav"), bring("b.wav")
    found = bringing.new_stems([Wish(upload=upload)], ORIGIN)
    late = bringing.new_stems([Wish(upload=other), Wish(upload=upload)], ORIGIN)
    first = services.create_stems(found).share
    monkeypatch.setattr(bringing, "new_stems", lambda *_asked: late)
    response = create(client, {"upload": other}, {"upload": upload})
    assert (response.status_code, response.json()["code"]) == (409, "upload_taken")
    assert installation.bells == [share.id for share in get_store().waiting(9)] == [first.id]
    assert [resumable.find(one).taken_by for one in (upload, other)] == [first.id, None]


def test_a_store_that_is_down_takes_no_upload(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = bring("a.wav")
    with monkeypatch.context() as patch:
        patch.setattr(ShareRow, "save", failing(OperationalError("database is locked")))
        assert create(client, {"upload": upload}).status_code == 503
    assert create(client, {"upload": upload}).status_code == 201


def test_what_may_have_become_a_share_stays_taken(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise two could be made of it."""
    upload = bring("a.wav")
    monkeypatch.setattr(EmbeddedStore, "create", failing(OutcomeUnknown()))
    assert create(client, {"upload": upload}).status_code == 503
    assert resumable.find(upload).taken_by


def test_an_upload_that_cannot_be_had_is_refused(client: Client, installation: Installation) -> None:
    half = resumable.create(len(SOUND), "a.wav").id
    whole = bring("b.wav")
    for uploads, code in {
        ("A" * 22,): "upload_not_found",
        ("../../etc/passwd",): "bad_upload",
        (half,): "upload_unfinished",
        (whole, whole): "twice",
    }.items():
        response = create(client, *({"upload": upload} for upload in uploads))
        assert (response.status_code, response.json()["code"]) == (422, code)
    assert installation.bells == []
    assert resumable.find(whole).taken_by is None


def test_a_host_that_takes_too_long_is_believed_for_now(
    client: Client, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "ALL_SECONDS", 0.3)
    made = create(client, {"url": host.at("/a.wav", silence)}).json()
    share = find(made["id"])
    assert (share.state, share.frames) == (State.DONE, None)
    hosted = share.stems[0].hosted
    assert hosted
    assert (hosted.checked_at, hosted.seconds, hosted.range) == (None, None, None)


def test_an_end_can_be_chosen_within_what_the_server_allows(
    client: Client, host: Host, settings: Settings
) -> None:
    url, soon = host.at("/a.wav", File(SOUND)), now() + timedelta(days=2)
    made = create(client, {"url": url}, expires_at=soon.isoformat()).json()
    assert find(made["id"]).expires_at == soon
    past = create(client, {"url": url}, expires_at="2020-01-01T00:00:00Z")
    assert (past.status_code, past.json()["detail"]) == (422, {"field": "expires_at"})
    for far in ("9999-12-31T23:59:59Z", "2226-01-01T00:00:00Z"):
        refused = create(client, {"url": url}, expires_at=far)
        assert (refused.status_code, refused.json()["detail"]) == (422, {"field": "expires_at"})
    settings.STEMLINK_EXPIRE_DAYS = 1
    for late in (soon.isoformat(), None):
        assert "at most a day after" in create(client, {"url": url}, expires_at=late).json()["message"]
    assert find(create(client, {"url": url}).json()["id"]).expires_at is not None


def test_many_shares_in_a_short_time_are_slowed_down(client: Client, host: Host, settings: Settings) -> None:
    settings.STEMLINK_CREATE_LIMIT = "2/hour"
    url = host.at("/a.wav", File(SOUND))
    statuses = [create(client, {"url": url}).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]


def test_pages_of_other_sites_may_not(client: Client, host: Host) -> None:
    body = {"stems": [{"url": host.at("/a.wav", File(SOUND))}]}
    response = client.post(
        "/api/shares/", body, content_type="application/json", headers={"Origin": "https://elsewhere.example"}
    )
    assert (response.status_code, response.json()["code"]) == (403, "other_origin")
