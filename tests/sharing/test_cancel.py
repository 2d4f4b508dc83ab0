"""`POST /api/shares/<id>/cancel/`"""

import errno

import pytest
from django.test import Client

from sharing import jobs
from sharing.errors import Cancelled
from sharing.storages.folder import FolderStorage
from tests.sharing.shares import Installation, begin, make, make_done

pytestmark = pytest.mark.django_db


def test_a_waiting_share_is_cancelled_and_its_song_deleted(
    client: Client, installation: Installation
) -> None:
    made = make()
    response = client.post(f"{made.path}cancel/", headers=made.owner)
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    assert installation.files() == []
    assert jobs.claim(made.id, "worker-1") is None


def test_a_running_share_is_taken_from_its_worker(client: Client, installation: Installation) -> None:
    made = make()
    claim = begin(made.id, available=176_400)
    found = client.post(f"{made.path}cancel/", headers=made.owner).json()
    assert (found["state"], found["stems"][0]["state"], found["stems"][0]["renditions"]) == (
        "cancelled",
        "failed",
        {},
    )
    with pytest.raises(Cancelled):
        jobs.beat(claim, jobs.Progress(1, 0.1))
    with pytest.raises(Cancelled):
        jobs.finish(claim)
    with pytest.raises(Cancelled):
        jobs.fail(claim, "x", "X.", retry=True)
    claim.put("vocals/flac/1.flac", b"written too late")
    jobs.discard(claim)
    assert installation.files() == []


def test_media_that_is_away_takes_no_cancelling_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make()
    begin(made.id)

    def away(_storage: FolderStorage, _prefix: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FolderStorage, "entries", away)
    assert client.post(f"{made.path}cancel/", headers=made.owner).status_code == 200


def test_cancelling_twice_is_fine(client: Client) -> None:
    made = make()
    for _ in range(2):
        assert client.post(f"{made.path}cancel/", headers=made.owner).status_code == 200


def test_what_is_done_is_not_cancelled(client: Client, installation: Installation) -> None:
    made = make_done()
    before = installation.files()
    response = client.post(f"{made.path}cancel/", headers=made.owner)
    assert (response.status_code, response.json()["code"]) == (409, "not_running")
    assert installation.files() == before
