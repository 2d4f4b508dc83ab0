"""Files that come in over broken connections: whatever cuts them, nothing that arrived is lost or mixed up."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pytest_django import Settings

from sharing import media, pieces, resumable
from sharing.api.bodies import Interrupted
from sharing.clock import now
from sharing.errors import DiskFull, Invalid
from sharing.pieces import Piece, Upload, UploadNotFound
from sharing.sniff import NotAudio
from sharing.uploads import Empty, TooLarge
from tests.sharing.shares import Installation

SOUND = b"fLaC" + Random(6).randbytes(300_000)


def sending(data: bytes, *, cut: bool = False) -> Callable[[int], bytes]:
    """A request's body, which may end with a broken connection."""

    def parts() -> Iterator[bytes]:
        for start in range(0, len(data), 7_000):
            yield data[start : start + 7_000]
        if cut:
            raise Interrupted

    left = parts()
    return lambda _size: next(left, b"")


def whole(upload_id: str) -> bytes:
    with resumable.local_file(upload_id) as path:
        return path.read_bytes()


def sweep(at: datetime, wanted: Callable[[str, str], bool]) -> None:
    for _upload in resumable.sweep(at, wanted):
        pass


def begun(length: int = len(SOUND)) -> Upload:
    return resumable.create(length, "03_Lead Vox.flac")


@given(cuts=st.lists(st.integers(1, len(SOUND)), max_size=8), piece=st.integers(1_000, 200_000))
@limits(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cuts_lose_nothing(cuts: list[int], piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pieces, "PIECE", piece)
        upload = begun()
        for length in cuts:
            upload = resumable.find(upload.id)
            part = SOUND[upload.offset :][:length]
            with pytest.raises(Interrupted):
                resumable.append(upload, upload.offset, sending(part, cut=True))
            assert resumable.find(upload.id).offset == upload.offset + len(part)
        upload = resumable.find(upload.id)
        assert resumable.append(upload, upload.offset, sending(SOUND[upload.offset :])) == len(SOUND)
        assert resumable.find(upload.id).complete
        assert whole(upload.id) == SOUND
        resumable.delete(upload.id)


@given(
    came=st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda p: Piece(p[0], sum(p))), max_size=12
    )
)
def test_what_is_here_only_grows(came: list[Piece]) -> None:
    reached = 0
    for count in range(len(came) + 1):
        upload = Upload(id="x", length=60, filename="", created_at=now(), pieces=tuple(came[:count]))
        covered = next(n for n in range(61) if not any(p.start <= n < p.end for p in came[:count]))
        assert upload.offset == covered >= reached
        reached = upload.offset


def test_pieces_that_overlap_are_joined_where_they_meet() -> None:
    upload = begun(20)
    for piece in (Piece(0, 8), Piece(0, 5), Piece(4, 12), Piece(6, 10), Piece(12, 20)):
        media.put_upload(upload.id, piece.name, SOUND[piece.start : piece.end])
    assert whole(upload.id) == SOUND[:20]


def test_a_beginning_in_crumbs_that_overlap_is_sound() -> None:
    upload = begun()
    for piece in (Piece(0, 3), Piece(1, 6)):
        media.put_upload(upload.id, piece.name, SOUND[piece.start : piece.end])
    resumable.append(resumable.find(upload.id), 6, sending(SOUND[6:]))
    assert whole(upload.id) == SOUND


def test_the_same_bytes_at_once_do_no_harm_and_lie_here_once(
    monkeypatch: pytest.MonkeyPatch, installation: Installation
) -> None:
    monkeypatch.setattr(pieces, "PIECE", 20_000)
    upload = begun()
    lengths = (120_000, len(SOUND), 50_001, len(SOUND), 7)

    def send(length: int) -> None:
        part = SOUND[:length]
        with suppress(Interrupted):
            resumable.append(upload, 0, sending(part, cut=length < len(SOUND)))

    with ThreadPoolExecutor(len(lengths)) as pool:
        list(pool.map(send, lengths))
    assert resumable.find(upload.id).complete
    assert whole(upload.id) == SOUND
    assert sum(path.stat().st_size for path in installation.media.rglob("uploads/*/*-*")) == len(SOUND)


def test_pieces_are_small_on_a_slow_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE_SECONDS", 0.0)
    upload = begun()
    offsets = []

    def read(_size: int) -> bytes:
        offsets.append(resumable.find(upload.id).offset)
        return SOUND[len(offsets) * 10 - 10 : len(offsets) * 10] if len(offsets) < 4 else b""

    resumable.append(upload, 0, read)
    assert offsets == [0, 10, 20, 30], "others see each of them at once"


def test_it_goes_on_only_where_it_was() -> None:
    upload = begun()
    for offset in (1, len(SOUND)):
        with pytest.raises(resumable.OffsetMismatch) as refused:
            resumable.append(upload, offset, sending(SOUND[offset:]))
        assert refused.value.headers == {"Upload-Offset": "0"}


def test_more_than_announced_is_refused_and_what_fits_stays() -> None:
    upload = begun(10_000)
    with pytest.raises(pieces.PastTheEnd):
        resumable.append(upload, 0, sending(SOUND[:14_001]))
    assert resumable.find(upload.id).offset == 7_000
    resumable.append(resumable.find(upload.id), 7_000, sending(SOUND[7_000:10_000]))
    assert whole(upload.id) == SOUND[:10_000]


def test_crumbs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECES", 3)
    upload = begun()
    for offset in range(3):
        resumable.append(resumable.find(upload.id), offset, sending(SOUND[offset : offset + 1]))
    with pytest.raises(pieces.TooManyPieces):
        resumable.append(resumable.find(upload.id), 3, sending(SOUND[3:4]))


def test_crumbs_are_refused_within_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECES", 3)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", 0.0)
    upload = begun()
    with pytest.raises(pieces.TooManyPieces):
        resumable.append(upload, 0, sending(SOUND[:35_000]))
    assert resumable.find(upload.id).offset == 21_000


def test_what_is_stored_twice_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """As other processes may, who didn't see each other's pieces."""
    monkeypatch.setattr(pieces, "PIECE", 1_000)
    upload = begun(20_000)
    for end in range(3_000, 9_000, 1_000):
        media.put_upload(upload.id, Piece(0, end).name, SOUND[:end])
    with pytest.raises(pieces.TooManyPieces):
        resumable.append(resumable.find(upload.id), 8_000, sending(SOUND[8_000:20_000]))


def test_a_disk_that_is_nearly_full_takes_no_upload(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, installation: Installation
) -> None:
    left = settings.STEMLINK_MIN_FREE_BYTES + len(SOUND)
    monkeypatch.setattr(media, "free", lambda: left)
    upload = begun()
    with pytest.raises(DiskFull):
        begun(len(SOUND) + 1)
    before, left = installation.files(), settings.STEMLINK_MIN_FREE_BYTES + 10
    with pytest.raises(DiskFull):
        resumable.append(upload, 0, sending(SOUND))
    assert installation.files() == before
    left += len(SOUND)
    resumable.append(upload, 0, sending(SOUND))
    assert whole(upload.id) == SOUND


def test_a_bucket_has_no_disk(settings: Settings) -> None:
    settings.STEMLINK_MIN_FREE_BYTES = 10**18
    with pytest.raises(DiskFull):
        begun()
    settings.MEDIA = replace(settings.MEDIA, folder=None)
    begun()


@pytest.mark.parametrize("first", [100, 5_000])
def test_what_is_no_sound_is_refused_early_and_gone(first: int, installation: Installation) -> None:
    page = b"<html>" + bytes(10_000)
    upload = resumable.create(len(page), "song.mp3")
    with pytest.raises((Interrupted, NotAudio)):
        resumable.append(upload, 0, sending(page[:first], cut=True))
    if first == 100:
        with pytest.raises(NotAudio):
            resumable.append(resumable.find(upload.id), 100, sending(page[100:5_000], cut=True))
    with pytest.raises(pieces.UploadNotFound):
        resumable.find(upload.id)
    assert not list(installation.media.rglob("uploads/*"))


def test_a_very_short_sound_is_looked_at_too() -> None:
    upload = resumable.create(5, "x.wav")
    with pytest.raises(NotAudio):
        resumable.append(upload, 0, sending(b"Hello"))


def test_a_part_of_a_file_is_no_file() -> None:
    upload = begun()
    resumable.append(upload, 0, sending(SOUND[:-1]))
    with pytest.raises(resumable.UploadUnfinished), resumable.local_file(upload.id):
        pass
    with pytest.raises(resumable.UploadUnfinished):
        resumable.take(upload.id, "share-1")


def test_one_that_is_deleted_while_it_comes_takes_no_more(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its sender would hear that all is here, and what came would lie there until a sweep."""
    monkeypatch.setattr(pieces, "PIECE", 100_000)
    upload, send = begun(), sending(SOUND)

    def read(size: int) -> bytes:
        if len(installation.files()) == 2:
            resumable.delete(upload.id)
        return send(size)

    with pytest.raises(UploadNotFound):
        resumable.append(upload, 0, read)
    assert installation.files() == []


def test_the_joined_file_is_gone_afterwards() -> None:
    upload = begun()
    resumable.append(upload, 0, sending(SOUND))
    with resumable.local_file(upload.id) as path:
        assert path.is_file()
    assert not path.exists()


@pytest.mark.parametrize(("length", "problem"), [(0, Empty), (500_000_001, TooLarge)])
def test_sizes_have_bounds(length: int, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        resumable.create(length, "")


def test_a_share_takes_an_upload_for_itself() -> None:
    upload = begun()
    resumable.append(upload, 0, sending(SOUND))
    resumable.take(upload.id, "share-1")
    assert resumable.find(upload.id).taken_by == "share-1"
    for other in ("share-1", "share-2"):  # a share as well can want it for two stems, in two requests
        with pytest.raises(resumable.UploadTaken):
            resumable.take(upload.id, other)
    assert resumable.find(upload.id).taken_by == "share-1"


def test_what_was_taken_for_a_share_that_never_came_can_be_taken_again(settings: Settings) -> None:
    settings.STEMLINK_UPLOAD_SECONDS = 4 * 3600
    upload, later = begun(), now() + timedelta(hours=2)
    resumable.append(upload, 0, sending(SOUND))
    resumable.take(upload.id, "share-1")
    sweep(now(), lambda _share, _upload: False)  # its share may be on its way
    sweep(later, lambda _share, _upload: True)
    assert resumable.find(upload.id).taken_by == "share-1"
    sweep(later, lambda _share, _upload: False)
    resumable.take(upload.id, "share-2")
    assert whole(upload.id) == SOUND


def test_what_was_taken_by_nobody_is_given_back(settings: Settings) -> None:
    """A process was killed in a folder without links."""
    upload = begun()
    media.put_upload(upload.id, "taken", b"")
    sweep(now() + timedelta(hours=2), lambda share, _upload: share == "")
    assert resumable.find(upload.id).taken_by is None


def test_what_expired_is_swept_unless_a_share_wants_it(settings: Settings) -> None:
    uploads = [begun() for _ in range(4)]
    unfinished, unwanted, wanted, ended = (upload.id for upload in uploads)
    for upload in uploads[1:3]:
        resumable.append(upload, 0, sending(SOUND))
        resumable.take(upload.id, f"share of {upload.id}")
    later = now() + timedelta(seconds=settings.STEMLINK_UPLOAD_SECONDS + 5)

    sweep(now(), lambda _share, _upload: False)
    assert set(media.uploads()) == {unfinished, unwanted, wanted, ended}
    sweep(later, lambda share, upload: share == f"share of {upload}" and upload == wanted)
    assert set(media.uploads()) == {wanted}
    assert whole(wanted) == SOUND


def test_a_piece_that_came_after_the_end_is_swept(settings: Settings) -> None:
    upload = begun()
    resumable.delete(upload.id)
    media.put_upload(upload.id, "0-100", SOUND[:100])
    with pytest.raises(UploadNotFound):
        resumable.find(upload.id)
    sweep(now(), lambda _share, _upload: False)
    assert list(media.uploads()) == [upload.id]
    sweep(now() + timedelta(hours=2), lambda _share, _upload: False)
    assert list(media.uploads()) == []


def test_a_damaged_one_hinders_no_sweep(settings: Settings) -> None:
    damaged, expired = begun().id, begun().id
    media.put_upload(damaged, "info", b"{")
    with pytest.raises(pieces.UploadNotFound):
        resumable.find(damaged)
    sweep(now() + timedelta(days=2), lambda _share, _upload: False)
    assert list(media.uploads()) == []
    with pytest.raises(pieces.UploadNotFound):
        resumable.find(expired)


def test_an_upload_s_time_ends(settings: Settings) -> None:
    settings.STEMLINK_UPLOAD_SECONDS = -1
    with pytest.raises(resumable.UploadExpired):
        resumable.find(begun().id)


def test_an_upload_is_known_by_its_address() -> None:
    upload = begun()
    for text in (
        upload.id,
        f"https://stems.example.org/api/uploads/{upload.id}",
        f" /api/uploads/{upload.id}/ ",
    ):
        assert resumable.id_of(text) == upload.id
    for text in ("", "x", "../../etc/passwd", f"{upload.id}x", f"{upload.id}/../x", "https://example.org/"):
        with pytest.raises(Invalid):
            resumable.id_of(text)
