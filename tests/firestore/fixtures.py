"""Fixtures: Firestore's stand-in, and stores that talk to it by the real client."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from pytest_django import Settings

from sharing.stores.firestore import FirestoreStore
from tests.firestore.server import PROJECT, StandIn

# Read once: a store's client writes the address that the settings name into the environment.
GIVEN = any(os.environ.get(name) for name in ("FIRESTORE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"))


@pytest.fixture
def stand_in(settings: Settings) -> Iterator[StandIn]:
    """An empty stand-in, which the settings name."""
    server = StandIn()
    server.start()
    settings.FIRESTORE_EMULATOR_HOST = server.host
    settings.GOOGLE_CLOUD_PROJECT = PROJECT
    yield server
    server.stop()


@pytest.fixture
def firestore_store(request: pytest.FixtureRequest) -> FirestoreStore:
    """A store with nothing in it: on the stand-in, or on what the environment names.

    FIRESTORE_EMULATOR_HOST: Google's emulator. GOOGLE_CLOUD_PROJECT and GOOGLE_APPLICATION_CREDENTIALS: a real
    project, in which the tests leave small collections of their own.
    """
    if not GIVEN:
        request.getfixturevalue("stand_in")
    return FirestoreStore(prefix=f"tests-{uuid4().hex[:12]}-")
