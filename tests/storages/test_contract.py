"""What every storage of media does, on a folder, on S3 and on Google Cloud Storage."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from sharing.storages import MediaStorage
from tests.storages.fixtures import GIVEN

NAME = "shares/TryTheStems/1/vocals/flac/0.flac"
LARGE = 20_000_000  # three parts to send, five blocks to read
HOUR = timedelta(hours=1)


# A real bucket too, if the environment names one; it is left as empty as it was.
KINDS = ["folder", "s3", "gcs", *(["given"] if GIVEN else [])]


@pytest.fixture(params=KINDS)
def storage(request: pytest.FixtureRequest) -> MediaStorage:
    """Each of them, empty."""
    found: MediaStorage = request.getfixturevalue(request.param)
    return found


def read(storage: MediaStorage, name: str = NAME) -> bytes:
    with storage.open_version(name).file as file:
        return file.read()


def version(storage: MediaStorage) -> tuple[int, str]:
    """Size and ETag of what is there now."""
    opened = storage.open_version(NAME)
    opened.file.close()
    return opened.size, opened.etag


def receive(storage: MediaStorage, name: str, pieces: Iterable[bytes]) -> None:
    incoming = storage.incoming(name)
    try:
        for piece in pieces:
            incoming.write(piece)
        incoming.keep()
    finally:
        incoming.drop()


def pieces(data: bytes, size: int = 300_000) -> Iterable[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [0, 1, 4 * 1024 * 1024, 8 * 1024 * 1024, LARGE])
def test_what_came_in_is_read_back(storage: MediaStorage, size: int) -> None:
    data = secrets.token_bytes(size)
    receive(storage, "sources/a-song", pieces(data))
    opened = storage.open_version("sources/a-song")
    with opened.file as file:
        assert opened.size == size
        assert file.read() == data
    with storage.local("sources/a-song") as path:
        assert path.read_bytes() == data


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_a_small_file_is_stored_at_once(storage: MediaStorage, size: int) -> None:
    data = secrets.token_bytes(size)
    storage.put(NAME, data)
    assert read(storage) == data


def test_a_later_file_replaces_an_earlier_one(storage: MediaStorage) -> None:
    storage.put(NAME, b"first")
    before = storage.open_version(NAME)
    storage.put(NAME, b"the second")
    after = storage.open_version(NAME)
    with before.file as old, after.file as new:
        assert (before.size, old.read()) == (5, b"first")
        assert (after.size, new.read()) == (10, b"the second")
    assert before.etag != after.etag
    assert version(storage) == (10, after.etag)
    assert after.etag[0] == after.etag[-1] == '"'


def test_a_file_is_created_once(storage: MediaStorage) -> None:
    assert storage.create(NAME, b"first")
    assert not storage.create(NAME, b"the second")
    assert read(storage) == b"first"
    storage.delete(NAME)
    assert storage.create(NAME, b"the third")
    assert read(storage) == b"the third"


def test_of_many_that_create_a_file_at_once_one_does(storage: MediaStorage) -> None:
    barrier = Barrier(8)

    def create(number: int) -> bool:
        barrier.wait(10)
        return storage.create(NAME, b"%d" % number)

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(create, range(8)))
    assert created.count(True) == 1
    assert read(storage) == b"%d" % created.index(True)
    assert {entry.name for entry in storage.entries("shares/TryTheStems/1/vocals/flac")} == {"0.flac"}


def test_a_folder_without_links_is_no_worse(folder: MediaStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_paths: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    test_a_file_is_created_once(folder)
    folder.delete(NAME)
    test_of_many_that_create_a_file_at_once_one_does(folder)


def test_a_large_file_that_is_replaced_is_never_mixed(storage: MediaStorage) -> None:
    """Its reader gets the old one to its end, or an error."""
    receive(storage, NAME, [b"1" * LARGE])
    opened = storage.open_version(NAME)
    with opened.file as file:
        got = file.read(1_000_000)
        receive(storage, NAME, [b"2" * LARGE])
        try:
            got += file.read()
        except OSError:
            return
        assert got == b"1" * LARGE


def test_any_part_can_be_read(storage: MediaStorage) -> None:
    data = secrets.token_bytes(LARGE)
    receive(storage, NAME, pieces(data))
    with storage.open_version(NAME).file as file:
        for start, length in [(LARGE - 5, 5), (0, 3), (4_194_300, 10), (12_000_000, 5_000_000), (LARGE, 1)]:
            file.seek(start)
            assert file.read(length) == data[start : start + length]


def test_nothing_is_there_before_it_is_kept(storage: MediaStorage) -> None:
    incoming = storage.incoming(NAME)
    for piece in pieces(b"x" * LARGE):
        incoming.write(piece)
    with pytest.raises(FileNotFoundError):
        storage.open_version(NAME)
    assert list(storage.entries("shares/TryTheStems/1/vocals/flac")) == []
    incoming.keep()
    incoming.drop()
    assert version(storage)[0] == LARGE


@pytest.mark.parametrize("size", [10, LARGE])
def test_what_is_dropped_leaves_what_was_there(storage: MediaStorage, size: int) -> None:
    storage.put(NAME, b"first")
    incoming = storage.incoming(NAME)
    incoming.write(b"x" * size)
    incoming.drop()
    incoming.drop()
    assert read(storage) == b"first"


def test_an_upload_whose_receiver_died_is_swept_when_it_is_old(storage: MediaStorage) -> None:
    incoming = storage.incoming(NAME)
    for piece in pieces(b"x" * LARGE):
        incoming.write(piece)
    storage.delete_unfinished(datetime.now(UTC) - HOUR)  # it is young: its receiver may be slow
    incoming.keep()
    assert version(storage)[0] == LARGE
    left = storage.incoming(NAME)
    for piece in pieces(b"y" * LARGE):
        left.write(piece)
    storage.delete_unfinished(datetime.now(UTC) + HOUR)
    assert read(storage) == b"x" * LARGE
    left.drop()


def test_of_two_writers_one_wins(storage: MediaStorage) -> None:
    versions = [bytes([number]) * LARGE for number in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda data: receive(storage, NAME, pieces(data)), versions))
    assert read(storage) in versions


def test_what_is_not_there_is_not_found(storage: MediaStorage) -> None:
    with pytest.raises(FileNotFoundError):
        storage.open_version(NAME)
    with pytest.raises(FileNotFoundError), storage.local(NAME):
        pass
    assert storage.changed("shares/TryTheStems/") is None
    assert storage.size("shares/TryTheStems/") == 0
    assert list(storage.entries("shares")) == []
    storage.delete(NAME)
    storage.delete_prefix("shares/TryTheStems/")


def test_one_file_is_deleted(storage: MediaStorage) -> None:
    storage.put(NAME, b"x")
    storage.put(NAME + "2", b"y")
    storage.delete(NAME)
    with pytest.raises(FileNotFoundError):
        storage.open_version(NAME)
    assert read(storage, NAME + "2") == b"y"


def test_folders_with_more_than_a_listing_holds(storage: MediaStorage) -> None:
    """They are told and deleted whole, and not their neighbours."""
    names = {str(number) for number in range(1005)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: storage.put(f"shares/TryTheStems/1/{name}", b"x"), names))
    for name in ("shares/TryTheStems/10/a", "shares/TryTheStems/2/a", "shares/TryTheStemsX/1/a"):
        storage.put(name, b"y")
    files = dict(storage.entries("shares/TryTheStems/1"))
    assert set(files) == names
    now = datetime.now(UTC)
    changed = storage.changed("shares/TryTheStems/1/")
    assert all(time and abs(now - time) < HOUR for time in [*files.values(), changed])
    assert storage.size("shares/TryTheStems/") == 1007
    storage.delete_prefix("shares/TryTheStems/1/")
    assert list(storage.entries("shares/TryTheStems/1/")) == []
    assert {entry.name for entry in storage.entries("shares/TryTheStems/")} == {"10", "2"}
    storage.delete_prefix("shares/TryTheStems/")
    assert {entry.name for entry in storage.entries("shares")} == {"TryTheStemsX"}


def test_many_may_delete_a_folder_at_once(storage: MediaStorage) -> None:
    barrier = Barrier(8)

    def delete(_number: int) -> None:
        barrier.wait(10)
        storage.delete_prefix("shares/TryTheStems/1/")

    for name in range(60):
        storage.put(f"shares/TryTheStems/1/{name % 6}/{name}", b"x")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(delete, range(8)))
    assert list(storage.entries("shares")) == []


def test_a_folder_into_which_somebody_writes_is_deleted_all_the_same(
    folder: MediaStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker does until it hears that its share is deleted."""
    late: Iterator[str] = iter(["1", "2"])
    rmdir = os.rmdir

    def meanwhile(*place: Any, **more: Any) -> None:
        if name := next(late, None):
            folder.put(f"shares/TryTheStems/1/vocals/flac/{name}.flac", b"x")
        rmdir(*place, **more)

    monkeypatch.setattr(os, "rmdir", meanwhile)
    folder.put(NAME, b"x")
    folder.delete_prefix("shares/TryTheStems/")
    assert list(folder.entries("shares")) == []

    late = map(str, count())  # without end, as it looks where what is being read can't be deleted
    folder.put(NAME, b"x")
    with pytest.raises(OSError, match="not empty"):
        folder.delete_prefix("shares/TryTheStems/")


def test_the_check_leaves_nothing(storage: MediaStorage) -> None:
    storage.put(NAME, b"x")
    storage.check()
    assert {entry.name for entry in storage.entries("") if not entry.name.startswith(".")} == {"shares"}
