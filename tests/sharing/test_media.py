"""Media: whole files or none, and no key but those that we make."""

import errno
import resource
import shutil
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from sharing import media
from sharing.errors import DiskFull, MediaUnavailable
from sharing.identity import new_id
from tests.sharing.shares import Installation

ID = "TryTheStems"
KEY = f"shares/{ID}/1/vocals/flac/0.flac"


def read(key: str) -> bytes:
    with media.open_stem_file(key).file as file:
        return file.read()


def test_a_file_is_replaced_whole(installation: Installation) -> None:
    media.put(KEY, b"first")
    before = media.open_stem_file(KEY)
    media.put(KEY, b"the second")
    after = media.open_stem_file(KEY)
    with before.file as file:
        assert (file.read(), before.size) == (b"first", 5)
    with after.file as file:
        assert (file.read(), after.size) == (b"the second", 10)
    assert before.etag != after.etag
    assert installation.files() == [KEY]


def test_a_write_that_fails_leaves_the_old_file_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    media.put(KEY, b"first")

    def full(*_args: Any) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(MediaUnavailable):
        media.put(KEY, b"second")
    assert read(KEY) == b"first"
    assert installation.files() == [KEY]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "sources/x",
        f"sources/{ID}-" + "0" * 31,
        f"shares/{ID}/1/vocals/flac/../../../../../secret_key",
        f"shares/{ID}/1/../../x/flac/0.flac",
        f"shares/{ID}/0/vocals/flac/0.flac",
        f"shares/{ID}/1/Vocals/flac/0.flac",
        f"shares/{ID}/1/vocals/flac/00.flac",
        f"shares/{ID}/1/vocals/aac/0.flac",
        f"shares/{ID}/1/vocals/aac/../flac/0.m4a",
        f"shares/{ID}/1/vocals/flac/0.flac\n",
        f"shares/{ID}/1/vocals/peaks.bin/",
        f"/etc/shares/{ID}/1/vocals/peaks.bin",
    ],
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no media key"):
        media.put(key, b"")
    with pytest.raises(ValueError, match="no media key"):
        media.open_stem_file(key)


def test_folders_are_deleted_with_their_empty_parent(installation: Installation) -> None:
    for attempt in (1, 2):
        media.put(f"shares/{ID}/{attempt}/vocals/peaks.bin", b"x")
    assert media.attempts(ID) == [1, 2]
    media.delete_stems(media.attempt_prefix(ID, 1))
    assert installation.files() == [f"shares/{ID}/2/vocals/peaks.bin"]
    media.delete_stems(media.attempt_prefix(ID, 2))
    assert not (installation.media / "shares" / ID).exists()
    media.delete_stems(media.share_prefix(ID))


def test_the_size_of_a_share_is_that_of_its_stems_files() -> None:
    assert media.size(ID) == 0
    media.put(KEY, b"12345")
    media.put(KEY.replace("vocals", "drums"), b"123")
    media.put(KEY.replace(ID, new_id()), b"of another share")
    assert media.size(ID) == 8


def test_deleting_what_is_not_there_is_no_error() -> None:
    media.delete_source(None)
    media.delete_source(media.new_source_key(new_id()))
    media.delete_stems(media.share_prefix(new_id()))


def test_a_song_is_a_file_of_this_machine() -> None:
    key = media.new_source_key(ID)
    incoming = media.receive(key)
    incoming.write(b"song")
    incoming.keep()
    with media.local_source(key) as path:
        assert path.read_bytes() == b"song"
    media.delete_source(key)
    with pytest.raises(FileNotFoundError), media.local_source(key):
        pass


def test_a_folder_that_vanishes_while_a_file_is_written_can_t_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever deletes a share takes its empty folder away, perhaps between making it and the file's coming."""

    def gone(*_args: Any) -> Path:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(Path, "replace", gone)
    with pytest.raises(MediaUnavailable):
        media.put(KEY, b"first")


def test_a_disk_that_does_not_answer_can_t_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def stale(_folder: Path) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(shutil, "disk_usage", stale)
    with pytest.raises(MediaUnavailable):
        media.need(1)


def test_the_check_notices_a_disk_that_takes_no_byte(installation: Installation) -> None:
    """As one does that is full, or on which our quota is used up: files can be made, and nothing written to them."""
    media.check()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(MediaUnavailable):
            media.check()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert installation.files() == []


def test_the_check_leaves_nothing(installation: Installation) -> None:
    media.check()
    assert installation.files() == []


def test_stems_leave_the_database_its_part_of_the_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, installation: Installation
) -> None:
    """On a disk that is full nobody could fail or delete the share that fills it: it stayed so for ever."""
    left = settings.STEMLINK_MIN_FREE_BYTES // 10 + 100
    monkeypatch.setattr(media, "free", lambda: left)
    with pytest.raises(DiskFull):
        media.put(KEY, b"x" * 101)
    assert installation.files() == []
    media.put(KEY, b"x" * 100)
    assert media.get(KEY) == b"x" * 100


def test_a_disk_that_stays_full_is_told_of_once_a_minute(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker's threads ask every second whether there is room by now: it filled the log instead."""
    now = 100.0
    monkeypatch.setattr("sharing.media.time.monotonic", lambda: now)
    monkeypatch.setattr(media, "free", lambda: settings.STEMLINK_MIN_FREE_BYTES)
    for second in range(121):
        now = 100.0 + second
        with pytest.raises(DiskFull):
            media.need(1 + second)
    assert len(caplog.records) == 3


def test_a_trouble_that_lasts_is_told_of_once_and_another_one_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    troubles = [OSError(errno.ENOSPC, "No space left on device", f"/media/{n}") for n in range(3)]
    troubles += [OSError(errno.EROFS, "Read-only file system", f"/media/{n}") for n in range(2)]
    for trouble in troubles:

        def fail(*_args: Any, trouble: OSError = trouble) -> Path:
            raise trouble

        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(MediaUnavailable):
            media.put(KEY, b"x")
    assert ["No space" in line for line in caplog.messages] == [True, False]
