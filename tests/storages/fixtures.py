"""Fixtures: every kind of storage, empty, and the servers behind them."""

import gc
import os
import secrets
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.module_loading import import_string
from pytest_django import Settings

from config.media import media
from sharing.storages import MediaStorage
from sharing.storages.folder import FolderStorage
from tests.storages import gcs_server, s3_server
from tests.storages.gcs_server import GcsServer
from tests.storages.proxy import Proxy
from tests.storages.s3_server import S3Server

PREFIX = "below/here"
GIVEN = os.environ.get("TEST_MEDIA_STORAGE", "")  # s3://bucket/prefix or gs://bucket/prefix, with credentials


@pytest.fixture(scope="session")
def s3_process() -> Iterator[S3Server]:
    """Moto, started once."""
    server = S3Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3_server_(s3_process: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """An empty S3 server, and credentials for it in the environment."""
    for name, value in s3_server.KEYS.items():
        monkeypatch.setenv(name, value)
    s3_process.empty()
    return s3_process


@pytest.fixture
def gcs_server_() -> Iterator[GcsServer]:
    """An empty stand-in for Google's."""
    server = GcsServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3_proxy(s3_server_: S3Server) -> Iterator[Proxy]:
    """What stands between us and S3."""
    yield from _proxy(s3_server_.port)


@pytest.fixture
def gcs_proxy(gcs_server_: GcsServer) -> Iterator[Proxy]:
    """What stands between us and Google's."""
    yield from _proxy(gcs_server_.port)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> MediaStorage:
    """A folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return FolderStorage()


@pytest.fixture
def s3(
    s3_proxy: Proxy, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MediaStorage]:
    """A bucket that speaks S3."""
    yield from _storage("s3", s3_proxy, settings, tmp_path, monkeypatch)


@pytest.fixture
def gcs(
    gcs_proxy: Proxy, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MediaStorage]:
    """A bucket of Google's."""
    yield from _storage("gcs", gcs_proxy, settings, tmp_path, monkeypatch)


@pytest.fixture
def given(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaStorage]:
    """A folder of its own in the bucket that the environment names."""
    address, _, query = GIVEN.partition("?")
    monkeypatch.setenv("MEDIA_STORAGE", f"{address.rstrip('/')}/{secrets.token_hex(8)}?{query}")
    settings.STEMLINK_DATA = tmp_path
    found = media(Path("unused")).storage
    made: MediaStorage = import_string(found["BACKEND"])(**found["OPTIONS"])
    yield made
    made.delete_prefix("")
    close(made)


def options(kind: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of a bucket behind a proxy, made as they are at start."""
    if kind == "s3":
        address = f"s3://{s3_server.BUCKET}/{PREFIX}?endpoint={proxy.url}"
    else:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        address = f"gs://{gcs_server.BUCKET}/{PREFIX}"
    monkeypatch.setenv("MEDIA_STORAGE", address)
    return media(Path("unused")).storage


def close(storage: Any) -> None:
    """Close its connections, and those that its client lost sight of when an answer broke off."""
    storage.client.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _storage(
    kind: str, proxy: Proxy, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MediaStorage]:
    settings.STEMLINK_DATA = folder  # for copies
    found = options(kind, proxy, monkeypatch)
    made: MediaStorage = import_string(found["BACKEND"])(**found["OPTIONS"])
    yield made
    close(made)


def _proxy(port: int) -> Iterator[Proxy]:
    proxy = Proxy(port)
    proxy.start()
    yield proxy
    proxy.stop()
