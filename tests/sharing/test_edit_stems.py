"""The owner's changes of stems: add, replace, reorder, remove, check again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from sharing import leftovers, resumable
from sharing.bringing import Wish
from sharing.clock import now
from sharing.domain import State
from sharing.errors import MediaUnavailable
from sharing.hosted import check
from sharing.pieces import UploadNotFound
from sharing.services import find
from tests.hosts import File, Host, status
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise
from tests.sharing.imports import bring, make_of, silence
from tests.sharing.shares import Installation, Made, begin, make, make_done

pytestmark = pytest.mark.django_db
SOUND = wav(noise(RATE // 2))


@pytest.fixture
def made(host: Host) -> Made:
    """A share of two hosted stems."""
    return make_of(Wish(url=host.at("/Vocals.wav", File(SOUND))), Wish(url=host.at("/Bass.wav", File(SOUND))))


def patch(client: Client, made: Made, body: Any, revision: str = '"1"') -> Any:
    headers = made.owner | {"If-Match": revision}
    return client.patch(made.path, body, content_type="application/json", headers=headers)


def add(client: Client, made: Made, *stems: Any, revision: str = '"1"') -> Any:
    headers = made.owner | {"If-Match": revision}
    return client.post(
        f"{made.path}stems/", {"stems": stems}, content_type="application/json", headers=headers
    )


def look(client: Client, made: Made) -> Any:
    return client.post(f"{made.path}check/", headers=made.owner)


def test_stems_are_added_behind_the_others(
    client: Client, host: Host, made: Made, installation: Installation
) -> None:
    response = add(
        client, made, {"url": host.at("/bass.wav", File(SOUND))}, {"upload": bring(SOUND, "drums.wav")}
    )
    assert response.status_code == 200
    found = response.json()
    assert [stem["id"] for stem in found["stems"]] == ["vocals", "bass", "bass-2", "drums"]
    assert len({stem["color"] for stem in found["stems"]} - {None}) >= 3
    assert (found["revision"], found["state"], installation.bells) == (2, "queued", [made.id])


def test_they_can_be_added_to_a_song_that_was_separated(client: Client, host: Host) -> None:
    made = make_done()
    found = add(client, made, {"url": host.at("/flute.wav", File(SOUND))}).json()
    assert (found["state"], found["stems"][-1]["id"]) == ("done", "flute")
    assert found["model"] == find(made.id).job.model


def test_there_is_an_end_to_how_many(client: Client, host: Host, made: Made) -> None:
    stems = [{"url": host.url("/Bass.wav")}] * 31
    response = add(client, made, *stems)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert "at most 32" in response.json()["message"]
    assert add(client, made, *stems[:30]).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 403),
        ({"If-Match": None}, 428),
        ({"If-Match": '"9"'}, 412),
    ],
)
def test_only_the_owner_of_what_is_there_adds(
    client: Client, host: Host, made: Made, headers: dict[str, str | None], status: int
) -> None:
    given = {"If-Match": '"1"'} | (headers if "If-Match" not in headers else {**made.owner, **headers})
    kept = {name: value for name, value in given.items() if value is not None}
    asked = len(host.asked)
    response = client.post(
        f"{made.path}stems/",
        {"stems": [{"url": host.url("/Bass.wav")}]},
        content_type="application/json",
        headers=kept,
    )
    assert response.status_code == status
    assert find(made.id).revision == 1
    if status in {401, 403, 428}:
        assert len(host.asked) == asked, "a stranger had a host asked"


def test_an_order_and_what_is_left_out(client: Client, made: Made) -> None:
    found = patch(client, made, {"order": ["bass", "vocals"]}).json()
    assert [stem["id"] for stem in found["stems"]] == ["bass", "vocals"]
    found = patch(client, made, {"remove": ["bass"]}, '"2"').json()
    assert [stem["id"] for stem in found["stems"]] == ["vocals"]
    response = patch(client, made, {"remove": ["vocals"]}, '"3"')
    assert (response.status_code, "at least one stem" in response.json()["message"]) == (422, True)


def test_removing_a_kept_stem_deletes_its_sound(client: Client, installation: Installation) -> None:
    made = make_done()
    assert patch(client, made, {"remove": ["drums", "bass"]}).status_code == 200
    assert {path.split("/")[3] for path in installation.files("shares")} == {"vocals", "other"}


def test_removing_a_file_that_waits_deletes_it(
    client: Client, made: Made, installation: Installation
) -> None:
    upload = bring(SOUND, "drums.wav")
    add(client, made, {"upload": upload})
    found = patch(client, made, {"remove": ["drums"]}, '"2"').json()
    assert found["state"] == "done"
    with pytest.raises(UploadNotFound):
        resumable.find(upload)


def test_a_link_takes_the_place_of_another(client: Client, host: Host, made: Made) -> None:
    new = host.at("/better.wav", File(SOUND))
    found = patch(client, made, {"stems": [{"id": "bass", "url": new, "volume": 0.5}]}).json()
    assert [stem.get("url") for stem in found["stems"]] == [host.url("/Vocals.wav"), new]
    assert (found["stems"][1]["name"], found["stems"][1]["volume"]) == ("Bass", 0.5)


def test_a_file_takes_the_place_when_it_is_there(
    client: Client, made: Made, installation: Installation
) -> None:
    upload = bring(SOUND)
    found = patch(client, made, {"stems": [{"id": "bass", "upload": upload}]}).json()
    assert (found["state"], found["stems"][1]["kind"], found["stems"][1]["state"]) == (
        "queued",
        "hosted",
        "ready",
    )
    assert resumable.find(upload).taken_by == made.id
    assert installation.bells == [made.id]


def test_a_change_that_is_refused_gives_its_files_back(client: Client, made: Made) -> None:
    upload = bring(SOUND)
    body = {"stems": [{"id": "bass", "upload": upload}]}
    assert patch(client, made, body, '"7"').status_code == 412
    assert add(client, made, {"upload": upload}, revision='"7"').status_code == 412
    assert resumable.find(upload).taken_by is None
    assert patch(client, made, body).status_code == 200


def test_a_change_that_was_made_keeps_its_files_whatever_follows(
    client: Client, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = bring(SOUND)

    def away(*_shares: object) -> None:
        raise MediaUnavailable

    monkeypatch.setattr(leftovers, "delete", away)
    assert add(client, made, {"upload": upload}).status_code == 503
    assert resumable.find(upload).taken_by == made.id


def test_a_copy_can_be_kept_here(client: Client, host: Host, made: Made) -> None:
    url = host.url("/Bass.wav")
    found = patch(client, made, {"stems": [{"id": "bass", "url": url, "keep": True}]}).json()
    assert found["state"] == "queued"
    incoming = find(made.id).stems[1].incoming
    assert incoming
    assert incoming.url == url


@pytest.mark.parametrize(
    ("stem", "code"),
    [
        ({"url": "javascript:alert(1)"}, "bad_scheme"),
        ({"url": "{host}/nothing.wav"}, "not_found"),
        ({"upload": "A" * 22}, "upload_not_found"),
    ],
)
def test_what_can_not_be_had_changes_nothing(
    client: Client, host: Host, made: Made, stem: dict[str, str], code: str
) -> None:
    before = find(made.id)
    body = {name: value.replace("{host}", host.url("")) for name, value in stem.items()}
    response = patch(client, made, {"title": "x", "stems": [{"id": "bass", **body}]})
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert find(made.id) == before


def test_what_is_being_separated_has_to_be_waited_for(client: Client, host: Host) -> None:
    made = make()
    begin(made.id)
    for body in ({"remove": ["drums"]}, {"stems": [{"id": "drums", "url": host.at("/a.wav", File(SOUND))}]}):
        response = patch(client, made, body)
        assert (response.status_code, response.json()["code"]) == (409, "being_made")


def test_settings_of_the_owner(client: Client, made: Made) -> None:
    end = (now() + timedelta(days=3)).replace(microsecond=0)
    found = patch(client, made, {"indexed": True, "expires_at": end.isoformat()}).json()
    assert (found["indexed"], found["expires_at"]) == (True, end.isoformat().replace("+00:00", "Z"))
    found = patch(client, made, {"expires_at": None, "indexed": False}, '"2"').json()
    assert (found["indexed"], found["expires_at"]) == (False, None)


def test_a_link_that_died_is_told_and_one_that_came_back_too(client: Client, host: Host, made: Made) -> None:
    host.at("/Bass.wav", status(404))
    found = look(client, made).json()
    stems = client.get(made.path).json()["stems"]
    assert found["stems"] == stems
    assert [(stem["state"], stem["error"] and stem["error"]["code"]) for stem in stems] == [
        ("ready", None),
        ("failed", "not_found"),
    ]
    assert (stems[1]["size"], found["state"], found["revision"]) == (len(SOUND), "done", 1)
    for path in ("/Vocals.wav", "/Bass.wav"):
        host.at(path, File(SOUND, cors=None))
    stems = look(client, made).json()["stems"]
    assert [(stem["state"], stem["cors"]) for stem in stems] == [("ready", False), ("ready", False)]


def test_a_host_that_takes_too_long_is_left_as_it_was(
    client: Client, host: Host, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "ALL_SECONDS", 0.3)
    slow = make_of(Wish(url=host.at("/a.wav", silence)))
    before = find(slow.id)
    assert look(client, slow).status_code == 200
    assert find(slow.id) == before


def test_only_the_owner_has_links_looked_at(
    client: Client, made: Made, host: Host, settings: Settings
) -> None:
    asked = len(host.asked)
    assert client.post(f"{made.path}check/").status_code == 401
    assert len(host.asked) == asked
    settings.STEMLINK_CHECK_LIMIT = "5/hour"
    statuses = [look(client, made).status_code for _ in range(3)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_a_share_without_links_has_nothing_to_look_at(client: Client) -> None:
    made = make_done()
    assert look(client, made).json()["state"] == str(State.DONE)
