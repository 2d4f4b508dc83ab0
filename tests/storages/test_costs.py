"""How many requests things take: each is paid for, and waited for."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from sharing.storages import MediaStorage
from sharing.storages.bucket import BLOCK, PART
from tests.storages.proxy import Proxy

NAME = "shares/TryTheStems/1/vocals/flac/0.flac"
SEGMENT = b"s" * 600_000


@pytest.fixture(params=["s3", "gcs"])
def storage(request: pytest.FixtureRequest) -> MediaStorage:
    """A bucket that was used before: Google's client asks once what it is."""
    found: MediaStorage = request.getfixturevalue(request.param)
    found.check()
    time.sleep(0.5)
    return found


@pytest.fixture
def asked(request: pytest.FixtureRequest, storage: MediaStorage) -> Callable[[], int]:
    """How many requests there were since the last look."""
    proxy: Proxy = request.getfixturevalue("s3_proxy" if "S3" in type(storage).__name__ else "gcs_proxy")

    def count() -> int:
        done = len(proxy.asked)
        proxy.asked.clear()
        return done

    count()
    return count


def test_a_segment_is_one_request_to_write_and_one_to_read(
    storage: MediaStorage, asked: Callable[[], int]
) -> None:
    storage.put(NAME, SEGMENT)
    assert asked() == 1
    with storage.open_version(NAME).file as file:
        assert file.read() == SEGMENT
    assert asked() == 1


def test_a_song_takes_as_many_as_it_has_parts_and_two_more(
    storage: MediaStorage, asked: Callable[[], int]
) -> None:
    incoming = storage.incoming(NAME)
    for _ in range(4):
        incoming.write(b"x" * PART)
    incoming.keep()
    assert asked() <= 4 + 2
    with storage.local(NAME):
        pass
    assert asked() <= 4 * PART / BLOCK + 2


def test_a_small_song_takes_one(storage: MediaStorage, asked: Callable[[], int]) -> None:
    incoming = storage.incoming(NAME)
    incoming.write(b"x" * (PART - 1))
    incoming.keep()
    assert asked() == 1


def test_a_folder_is_deleted_with_few(storage: MediaStorage, asked: Callable[[], int]) -> None:
    for number in range(150):
        storage.put(f"shares/TryTheStems/1/{number}", b"x")
    asked()
    storage.delete_prefix("shares/TryTheStems/")
    assert asked() <= 4


def test_a_child_makes_a_client_of_its_own(storage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made before a fork shares its connections."""
    before = storage.client
    assert storage.client is before
    with monkeypatch.context() as fork:
        fork.setattr(os, "getpid", lambda: -1)
        child = storage.client
    assert child is not before
    child.close()
    before.close()
