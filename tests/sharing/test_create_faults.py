"""Store, disk or broker fail while a share is made: a 503 in words, and nothing half done."""

import errno
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from sharing import doorbell, media
from sharing.models import ShareRow
from sharing.storages.folder import FolderIncoming
from sharing.stores import get_store
from tests.sharing.shares import Installation, post_form, post_song

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("post", [post_song, post_form])
def test_the_store_is_down(
    client: Client, installation: Installation, monkeypatch: pytest.MonkeyPatch, post: Any
) -> None:
    def locked(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(ShareRow, "save", locked)
    response = post(client)
    assert (response.status_code, response.json()["code"]) == (503, "store_unavailable")
    assert response["Retry-After"]
    assert installation.files() == []
    assert installation.bells == []


@pytest.mark.parametrize("method", ["write", "keep"])
@pytest.mark.parametrize("post", [post_song, post_form])
def test_the_disk_is_full(
    client: Client, installation: Installation, monkeypatch: pytest.MonkeyPatch, post: Any, method: str
) -> None:
    def full(*_args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FolderIncoming, method, full)
    response = post(client)
    assert (response.status_code, response.json()["code"]) == (503, "media_unavailable")
    assert installation.files() == []
    assert get_store().waiting_count() == 0


@pytest.mark.parametrize("post", [post_song, post_form])
def test_the_disk_is_nearly_full(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, post: Any
) -> None:
    monkeypatch.setattr(media, "free", lambda: settings.STEMLINK_MIN_FREE_BYTES + 100)
    monkeypatch.setattr(media, "receive", lambda _key: pytest.fail("it began to come in"))
    response = post(client)
    assert (response.status_code, response.json()["code"]) == (503, "disk_full")
    assert "disk is nearly full" in response.json()["message"]


@pytest.mark.parametrize("post", [post_song, post_form])
def test_the_disk_fills_while_a_song_comes(
    client: Client, installation: Installation, monkeypatch: pytest.MonkeyPatch, post: Any
) -> None:
    left = iter([10**18])
    monkeypatch.setattr(media, "free", lambda: next(left, 0))
    response = post(client)
    assert (response.status_code, response.json()["code"]) == (503, "disk_full")
    assert installation.files() == []
    assert get_store().waiting_count() == 0


def test_media_is_read_only(client: Client, installation: Installation) -> None:
    installation.media.write_text("a file where a folder should be")
    response = post_song(client)
    assert (response.status_code, response.json()["code"]) == (503, "media_unavailable")


def test_the_broker_is_down(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused() -> None:
        raise ConnectionError("connection refused")

    monkeypatch.undo()
    monkeypatch.setattr(doorbell, "_connection", refused)
    monkeypatch.setattr(doorbell, "_down_until", 0.0)
    with caplog.at_level(logging.WARNING):
        assert post_song(client).status_code == 201
        doorbell._bellboy().submit(int).result(5)
    assert "the reaper will ring" in caplog.text


def test_an_error_nobody_expected_leaves_nothing_and_tells_no_secrets(
    client: Client, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("secret /path/inside")

    monkeypatch.setattr(ShareRow, "save", broken)
    response = post_song(client)
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert "secret" not in response.content.decode()
    assert installation.files() == []
