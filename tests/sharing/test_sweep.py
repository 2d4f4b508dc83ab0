"""The sweep finds sound that no share knows, and leaves all other alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from sharing import media, reaper, uploads
from sharing.clock import now
from sharing.errors import MediaUnavailable
from sharing.identity import new_id
from sharing.models import ShareRow
from sharing.stores import get_store
from sharing.stores.firestore import FirestoreStore
from tests.firestore.server import StandIn
from tests.sharing.imports import bring, make_of_files
from tests.sharing.shares import SONG, Installation, begin, change, make, make_done, receive, share

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=2)
DAYS = timedelta(days=9)


def sweep(at: datetime) -> None:
    for _step in reaper.sweep(at):
        pass


def test_what_is_in_use_stays(installation: Installation, settings: Settings) -> None:
    make()
    begin(make().id)
    make_done()
    settings.STEMLINK_KEEP_SOURCE = True
    make_done()
    before = installation.files()
    sweep(now() + HOURS)
    assert installation.files() == before


def test_a_song_without_a_share_goes_when_it_is_old(installation: Installation) -> None:
    receive()
    sweep(now())
    assert len(installation.files()) == 1
    sweep(now() + HOURS)
    assert installation.files() == []


def test_a_song_that_its_share_no_longer_needs_goes(installation: Installation) -> None:
    made = make()
    share = get_store().get(made.id)
    key = media.new_source_key(made.id)
    incoming = media.receive(key)
    incoming.write(SONG)
    incoming.keep()
    sweep(now() + HOURS)
    assert installation.files() == [share.job.source]


def test_an_upload_whose_process_died_goes_when_it_is_old(installation: Installation) -> None:
    reception = uploads.Reception()
    reception.write(SONG)
    sweep(now())
    assert len(installation.files()) == 1
    sweep(now() + HOURS)
    assert installation.files() == []
    reception.drop()


def test_stems_of_a_share_that_was_deleted_go(installation: Installation) -> None:
    made = make_done()
    get_store().delete(made.id, at=now())
    sweep(now() + HOURS)
    assert installation.files() == []


def test_stems_that_come_before_their_share_stay(installation: Installation) -> None:
    media.put(f"shares/{new_id()}/1/vocals/peaks.bin", b"x")
    sweep(now())
    assert len(installation.files()) == 1


def test_stems_of_attempts_before_the_current_one_go(installation: Installation) -> None:
    made = make_done()
    share = get_store().get(made.id)
    for stem in share.stems:
        media.put(f"shares/{made.id}/2/{stem.id}/peaks.bin", b"x")
    before = installation.files(f"shares/{made.id}/2")
    again = tuple(replace(stem, attempt=2) for stem in share.stems)
    change(made.id, job=replace(share.job, attempt=2), stems=again)
    sweep(now() + HOURS)
    assert installation.files() == before


def test_each_folder_of_a_stem_that_no_stem_names_goes(installation: Installation) -> None:
    """Stems of one share may have come in different attempts."""
    made = make_done()
    stems = get_store().get(made.id).stems
    for attempt in (1, 2, 3):
        for stem in (*stems, replace(stems[0], id="gone")):
            media.put(f"shares/{made.id}/{attempt}/{stem.id}/peaks.bin", b"x")
    spread = tuple(replace(stem, attempt=1 + n % 2) for n, stem in enumerate(stems))
    change(made.id, job=replace(get_store().get(made.id).job, attempt=3), stems=spread)
    sweep(now() + HOURS)
    found = {tuple(path.split("/")[2:4]) for path in installation.files("shares")}
    assert found == {(str(stem.attempt), stem.id) for stem in spread}


def test_what_a_worker_is_filling_stays_as_it_is(installation: Installation) -> None:
    made = make_of_files(SONG, SONG)
    claim = begin(made.id)
    claim.put("c/peaks.bin", b"x")
    before = installation.files("shares")
    sweep(now() + DAYS)
    assert installation.files("shares") == before


def test_files_that_were_brought_stay_for_as_long_as_a_share_waits_for_them(
    installation: Installation,
) -> None:
    unused, made, gone = bring(SONG), make_of_files(SONG), make_of_files(SONG)
    broken = make_of_files(SONG)
    get_store().delete(gone.id, at=now())
    ShareRow.objects.filter(pk=broken.id).update(document={"schema": 99})
    sweep(now())
    assert len({path.split("/")[1] for path in installation.files("uploads")}) == 4
    sweep(now() + DAYS)
    waiting = get_store().get(made.id).stems[0].incoming
    assert waiting
    left = {path.split("/")[1] for path in installation.files("uploads")}
    assert waiting.upload in left
    assert len(left) == 2, "what a damaged share may need is kept"
    assert unused not in left


def test_all_old_tombstones_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are."""
    monkeypatch.setattr(reaper, "BATCH", 2)
    for _ in range(5):
        get_store().delete(make().id, at=now())
    sweep(now() + timedelta(days=29))
    assert ShareRow.objects.count() == 5
    sweep(now() + timedelta(days=31))
    assert ShareRow.objects.count() == 0


def test_trouble_with_one_share_or_one_list_keeps_the_rest_from_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket that fails for a moment, in a sweep of hours."""
    gone, song, upload = [make_done() for _ in range(3)], receive(), bring(SONG)
    for made in gone:
        get_store().delete(made.id, at=now())
    changed, troubles = media.changed, iter([True])

    def trouble(prefix: str) -> datetime | None:
        if next(troubles, False):
            raise MediaUnavailable
        return changed(prefix)

    def no_list() -> None:
        raise MediaUnavailable

    monkeypatch.setattr(media, "changed", trouble)
    monkeypatch.setattr(media, "sources", no_list)
    steps = reaper.sweep(now() + DAYS)
    with pytest.raises(MediaUnavailable):
        list(steps)
    list(steps)
    assert len({path.split("/")[1] for path in installation.files("shares")}) == 1
    assert installation.files("uploads") == [], upload
    assert installation.files("sources") == [song.key]


def test_a_sweep_costs_a_read_for_each_share(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/firestore.md says; and two that find nothing: old tombstones, old workers."""
    store = FirestoreStore()
    monkeypatch.setattr(reaper, "get_store", lambda: store)
    for _ in range(7):
        kept = share(stems=())
        store.create(kept)
        media.put(f"shares/{kept.id}/1/vocals/peaks.bin", b"x")
    before = stand_in.database.bill["reads"]
    sweep(now() + HOURS)
    assert stand_in.database.bill["reads"] - before == 7 + 2
