"""Stems that exist already: what strangers name and send goes nowhere it must not, and tells nothing it should not."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from sharing.bringing import Wish
from tests.hosts import File, Host, redirect
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise
from tests.sharing.imports import bring, make_of, make_of_files, now, work
from tests.sharing.shares import Installation

pytestmark = pytest.mark.django_db(transaction=True)
SOUND = wav(noise(RATE // 10))
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202egnp.exe", "a\u200b\u2066b"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text_on_every_page(client: Client, host: Host, name: str) -> None:
    stems = [{"url": host.at("/a.wav", File(SOUND)), "name": name}]
    made = client.post(
        "/api/shares/", {"stems": stems, "title": name}, content_type="application/json"
    ).json()
    for path in (f"/{made['id']}", f"/{made['id']}/embed", f"/api/shares/{made['id']}/"):
        text = client.get(path).content.decode()
        assert not set(text) & set("\u202e\u200b\u2066")
        if not path.startswith("/api/"):
            assert "<script>alert" not in text
            assert "<img src=x" not in text


def test_what_is_to_be_fetched_is_nobody_s_business(client: Client, host: Host) -> None:
    secret, upload = host.at("/secret.wav", File(SOUND)), bring(SOUND)
    made = make_of(Wish(url=secret, keep=True, name="a"), Wish(upload=upload, name="b"))
    for headers in ({}, made.owner):
        for path in (f"/{made.id}", f"/{made.id}/embed", made.path):
            text = client.get(path, headers=headers).content.decode()
            assert "secret.wav" not in text
            assert upload not in text


def test_a_host_that_leads_inside_when_it_is_fetched_leads_nowhere(
    host: Host, installation: Installation, settings: Settings
) -> None:
    """When the link was pasted it was honest."""
    settings.STEMLINK_HEARTBEAT_SECONDS = 60
    with Host("127.0.0.1") as canary:
        canary.at("/inside.wav", File(SOUND))
        made = make_of(Wish(url=host.at("/a.wav", File(SOUND)), keep=True, name="a"))
        host.at("/a.wav", redirect(canary.url("/inside.wav")))
        work(made.id)
        error = now(made.id).stems[0].error
        assert error
        assert (error.code, canary.asked) == ("refused_address", [])
    assert installation.files("shares") == []


def test_a_link_that_turns_into_something_else_is_not_kept(
    host: Host, installation: Installation, settings: Settings
) -> None:
    settings.STEMLINK_HEARTBEAT_SECONDS = 60
    for other, code in (
        (File(b"<!doctype html>" + b"x" * 5000, "text/html"), "not_audio"),
        (File(b"RIFF\0\0\0\0WAVE" + b"\xff" * 5000), "damaged"),
        (File(b"#EXTM3U\nfile:///etc/passwd\n"), "not_audio"),
    ):
        made = make_of(Wish(url=host.at("/a.wav", File(SOUND)), keep=True, name="a"))
        host.at("/a.wav", other)
        work(made.id)
        error = now(made.id).stems[0].error
        assert error
        assert error.code == code
    assert installation.files("shares") == []


def test_another_share_s_file_can_not_be_had_by_its_address(client: Client) -> None:
    """The id is the capability, and it works once."""
    made = make_of_files(SOUND)
    incoming = now(made.id).stems[0].incoming
    assert incoming
    stems = [{"upload": f"/api/uploads/{incoming.upload}"}]
    response = client.post("/api/shares/", {"stems": stems}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (422, "upload_taken")


@pytest.mark.parametrize(
    "upload",
    ["../sources/x", "..%2f..", "uploads/../../x", "\0" * 22, "a" * 100_000, {"id": "x"}, ["x"], 7, None],
)
def test_an_address_of_an_upload_leads_to_uploads_only(client: Client, upload: Any) -> None:
    stems = [{"upload": upload}]
    response = client.post("/api/shares/", {"stems": stems}, content_type="application/json")
    assert response.status_code == 422
    assert response.json()["message"]


@pytest.mark.parametrize("stem_id", ["..", "../../1", "a/b", "\u202e", "__proto__", "x" * 5000])
def test_a_stem_s_id_is_one_that_we_gave(client: Client, host: Host, stem_id: str) -> None:
    made = make_of(Wish(url=host.at("/a.wav", File(SOUND)), name="a"))
    for body in ({"remove": [stem_id]}, {"order": [stem_id]}, {"stems": [{"id": stem_id, "muted": True}]}):
        response = client.patch(
            made.path, body, content_type="application/json", headers=made.owner | {"If-Match": "*"}
        )
        assert response.status_code == 422


def test_a_hundred_stems_cost_nothing(client: Client, host: Host) -> None:
    stems = [{"url": host.at("/a.wav", File(SOUND))}] * 100
    response = client.post("/api/shares/", {"stems": stems}, content_type="application/json")
    assert (response.status_code, host.asked) == (422, [])
