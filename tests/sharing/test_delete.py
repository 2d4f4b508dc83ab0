"""`DELETE /api/shares/<id>/`"""

import pytest
from django.test import Client

from sharing import jobs
from sharing.errors import Deleted
from tests.sharing.shares import Installation, begin, make, make_done

pytestmark = pytest.mark.django_db


def test_nothing_of_it_is_left(client: Client, installation: Installation) -> None:
    made = make_done()
    assert installation.files()
    response = client.delete(made.path, headers=made.owner)
    assert (response.status_code, response.content) == (204, b"")
    assert installation.files() == []
    response = client.get(made.path)
    assert (response.status_code, response.json()["code"]) == (410, "gone")


def test_a_share_that_waits_is_deleted_with_its_song(client: Client, installation: Installation) -> None:
    made = make()
    assert client.delete(made.path, headers=made.owner).status_code == 204
    assert installation.files() == []


def test_its_worker_is_told(client: Client, installation: Installation) -> None:
    made = make()
    claim = begin(made.id)
    assert client.delete(made.path, headers=made.owner).status_code == 204
    claim.put("vocals/flac/1.flac", b"written too late")
    with pytest.raises(Deleted):
        jobs.beat(claim, jobs.Progress(1, 0.1))
    jobs.discard(claim)
    assert installation.files() == []


def test_deleting_twice_says_that_it_is_gone(client: Client) -> None:
    made = make()
    client.delete(made.path, headers=made.owner)
    assert client.delete(made.path, headers=made.owner).status_code == 410
