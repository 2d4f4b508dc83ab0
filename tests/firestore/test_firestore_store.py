"""What is true of Firestore's store alone; what every store does is in `tests/sharing/test_store_contract.py`."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management.base import CommandError
from grpc import StatusCode
from pytest_django import Settings

from config.service import prepare
from sharing import checks
from sharing.domain import Stem
from sharing.errors import StoreUnavailable
from sharing.stores.firestore import FirestoreStore, ShareTooLarge
from tests.firestore.server import Fault, StandIn
from tests.sharing.shares import NOON, queued, share

DAY = timedelta(days=1)


def document(stand_in: StandIn, share_id: str) -> dict[str, object]:
    """A share's document as it lies in Firestore."""
    names = [name for name in stand_in.database.documents if name.endswith(f"/shares/{share_id}")]
    return dict(stand_in.database.documents[names[0]].fields)


def test_a_document_of_a_newer_schema_is_not_touched(store: FirestoreStore, stand_in: StandIn) -> None:
    older, newer = queued(NOON), queued(NOON)
    store.create(older)
    store.create(newer)
    document(stand_in, newer.id)["document"].map_value.fields["schema"].integer_value = 99  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable, match="newer Stemlink"):
        store.get(newer.id)
    with pytest.raises(StoreUnavailable, match="newer Stemlink"):
        store.update(newer.id, lambda found: found.cancel())
    assert store.waiting(9) == [older]
    assert store.present([older.id, newer.id]) == {older.id: older}


def test_a_share_that_is_too_large_is_refused_in_words(store: FirestoreStore) -> None:
    one = share()
    store.create(one)
    stems = tuple(Stem(id=str(n), name="x" * 20_000, color="#123456") for n in range(64))
    with pytest.raises(ShareTooLarge):
        store.update(one.id, lambda found: replace(found, stems=stems))
    with pytest.raises(ShareTooLarge):
        store.create(share(stems=stems))
    assert store.get(one.id) == one


def test_firestore_may_forget_what_is_long_over(
    store: FirestoreStore, stand_in: StandIn, settings: Settings
) -> None:
    settings.STEMLINK_TOMBSTONE_DAYS = 30
    staying, ending = share(), share(expires_at=NOON)
    for one in (staying, ending):
        store.create(one)
    assert "forget_at" not in document(stand_in, staying.id)
    store.delete(staying.id, at=NOON)
    for one in (staying, ending):
        time = document(stand_in, one.id)["forget_at"].timestamp_value  # type: ignore[attr-defined]
        assert time.ToDatetime(NOON.tzinfo) == NOON + 30 * DAY


def test_a_tombstone_keeps_nothing_of_the_share(store: FirestoreStore, stand_in: StandIn) -> None:
    one = share(expires_at=NOON)
    store.create(one)
    store.delete(one.id, at=NOON)
    assert document(stand_in, one.id).keys() == {"deleted_at", "forget_at", "writes"}


def test_what_a_heartbeat_costs(store: FirestoreStore, stand_in: StandIn) -> None:
    one = share()
    store.create(one)
    stand_in.database.bill.clear()
    store.update(one.id, lambda found: found.cancel())
    assert stand_in.database.bill == {"reads": 1, "writes": 1}


def test_a_child_makes_a_client_of_its_own(store: FirestoreStore) -> None:
    store.ping()
    before = store._clients.get()
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(write, b"other" if store._clients.get() is not before else b"same")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"other"
    os.close(read)
    os.close(write)
    assert store._clients.get() is before


def test_without_firestore_nothing_of_google_is_imported() -> None:
    code = (
        "import config.wsgi, sys; from sharing.stores import get_store; get_store(); import sharing.urls;"
        "assert not {'grpc', 'google.cloud.firestore'} & sys.modules.keys()"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=60)


@pytest.fixture
def on_firestore(settings: Settings, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation on the stand-in."""
    settings.STORE = "firestore"
    monkeypatch.setattr(checks, "get_store", FirestoreStore)


@pytest.mark.usefixtures("on_firestore")
def test_a_service_that_has_its_database_starts() -> None:
    prepare.store()


@pytest.mark.usefixtures("on_firestore")
def test_a_wrong_project_is_told_before_the_start(settings: Settings) -> None:
    settings.GOOGLE_CLOUD_PROJECT = "another"
    with pytest.raises(
        CommandError, match=r"no such Firestore database \(project another.*GOOGLE_CLOUD_PROJECT"
    ):
        prepare.store()


@pytest.mark.usefixtures("on_firestore")
@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (StatusCode.PERMISSION_DENIED, "roles/datastore.user"),
        (StatusCode.UNAUTHENTICATED, "GOOGLE_APPLICATION_CREDENTIALS"),
        (StatusCode.RESOURCE_EXHAUSTED, "quota"),
    ],
)
def test_a_refusal_of_google_is_told_before_the_start(
    stand_in: StandIn, code: StatusCode, advice: str
) -> None:
    stand_in.faults = lambda _method: Fault(code)
    with pytest.raises(CommandError, match=advice) as caught:
        prepare.store()
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("on_firestore")
def test_settings_that_are_missing_are_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FIRESTORE_EMULATOR_HOST = settings.GOOGLE_CLOUD_PROJECT = ""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    assert [found.id for found in checks.check_firestore_settings(None)] == ["sharing.E002", "sharing.E003"]


@pytest.mark.usefixtures("on_firestore")
def test_missing_credentials_are_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FIRESTORE_EMULATOR_HOST = ""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    (found,) = checks.check_firestore(None, databases=["default"])
    assert found.msg.startswith("Google doesn't accept our credentials.")
