"""Every test of this folder talks to a stand-in of its own."""

import pytest

from sharing.stores import firestore
from tests.firestore.fixtures import firestore_store, stand_in
from tests.firestore.server import StandIn

__all__ = ["firestore_store", "stand_in"]


@pytest.fixture
def store(stand_in: StandIn) -> firestore.FirestoreStore:
    """A store on the stand-in, whatever the environment names."""
    return firestore.FirestoreStore()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries, but not for long: the tests don't wait until patience runs out."""
    for name in ("patiently", "until_undisturbed"):
        retry = getattr(firestore, name)
        monkeypatch.setattr(firestore, name, retry.with_delay(0.001, 0.002).with_timeout(0.15))
