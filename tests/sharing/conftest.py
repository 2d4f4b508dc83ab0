"""Every test of this room has an installation of its own."""

import pytest

from sharing.stores.embedded import EmbeddedStore
from tests.firestore.fixtures import firestore_store, stand_in
from tests.sharing.fixtures import host, installation, patience, server, web

__all__ = ["firestore_store", "host", "installation", "patience", "server", "stand_in", "web"]


@pytest.fixture
def embedded_store(transactional_db: None) -> EmbeddedStore:
    """The embedded store on an empty database: SQLite, or Postgres where DATABASE_URL names one."""
    return EmbeddedStore()
