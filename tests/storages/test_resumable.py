"""Uploads in pieces, on every storage: cut, gone on with elsewhere, joined and swept."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random

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
    assert resumable.take(upload.id, "a share").filename == "Lead Vox.flac"
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
    resumable.append(late, 0, body(SOUND[:10]))  # its last piece came after it was deleted
    resumable.sweep(now(), lambda _share, _upload: True)
    assert set(media.uploads()) == {unfinished.id, wanted.id, late.id}
    resumable.sweep(now() + timedelta(days=2), lambda _share, _upload: True)
    assert list(media.uploads()) == [wanted.id]
