"""Uploads in pieces, on every storage: cut, gone on with elsewhere, joined and swept."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from threading import Barrier

import pytest

from sharing import media, pieces, resumable
from sharing.clock import now
from sharing.storages import MediaStorage
from sharing.uploads import CHUNK

SOUND = b"fLaC" + Random(5).randbytes(2_500_000)


@pytest.fixture(params=["folder", "s3", "gcs"], autouse=True)
def storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MediaStorage:
    """Media on each of them."""
    found: MediaStorage = request.getfixturevalue(request.param)
    monkeypatch.setattr(media, "storage", lambda: found)
    monkeypatch.setattr(pieces, "PIECE", 700_000)
    return found


def body(data: bytes, *, cut: bool = False) -> Callable[[int], bytes]:
    def parts() -> Iterator[bytes]:
        for start in range(0, len(data), CHUNK):
            yield data[start : start + CHUNK]
        if cut:
            raise ConnectionError

    left = parts()
    return lambda _size: next(left, b"")


def sweep(at: datetime, wanted: Callable[[str, str], bool]) -> None:
    for _upload in resumable.sweep(at, wanted):
        pass


def test_an_upload_goes_on_and_becomes_a_file() -> None:
    upload = resumable.create(len(SOUND), "Lead Vox.flac")
    for length in (3, 1_000_000, 5_000):
        upload = resumable.find(upload.id)
        here = upload.offset
        with suppress(ConnectionError):
            resumable.append(upload, here, body(SOUND[here : here + length], cut=True))
        assert resumable.find(upload.id).offset == here + length
    upload = resumable.find(upload.id)
    resumable.append(upload, upload.offset, body(SOUND[upload.offset :]))
    resumable.take(upload.id, "a share")
    assert resumable.find(upload.id).taken_by == "a share"
    assert resumable.find(upload.id).filename == "Lead Vox.flac"
    with resumable.local_file(upload.id) as path:
        assert path.read_bytes() == SOUND
    assert not path.exists()
    resumable.delete(upload.id)
    with pytest.raises(pieces.UploadNotFound):
        resumable.find(upload.id)
    assert list(media.uploads()) == []


def test_what_nobody_wants_is_swept() -> None:
    unfinished, wanted = (resumable.create(len(SOUND), "") for _ in range(2))
    resumable.append(wanted, 0, body(SOUND))
    resumable.take(wanted.id, "a share")
    late = resumable.create(len(SOUND), "")
    resumable.delete(late.id)
    media.put_upload(late.id, pieces.Piece(0, 10).name, SOUND[:10])  # was on its way when it was deleted
    sweep(now(), lambda _share, _upload: True)
    assert set(media.uploads()) == {unfinished.id, wanted.id, late.id}
    sweep(now() + timedelta(days=2), lambda _share, _upload: True)
    assert list(media.uploads()) == [wanted.id]


def test_of_many_shares_that_want_an_upload_one_gets_it() -> None:
    upload = resumable.create(len(SOUND), "")
    resumable.append(upload, 0, body(SOUND))
    barrier = Barrier(6)

    def take(share_id: str) -> str | None:
        barrier.wait(10)
        with suppress(resumable.UploadTaken):
            resumable.take(upload.id, share_id)
            return share_id
        return None

    with ThreadPoolExecutor(6) as pool:
        got = [share_id for share_id in pool.map(take, "abcdef") if share_id]
    assert got == [resumable.find(upload.id).taken_by]
