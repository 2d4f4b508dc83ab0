"""An installation that may be hurt: short leases, so that waiting for them takes seconds."""

from collections.abc import Iterator

import pytest

from tests.running import Service


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real thing with leases of 6 s and a reaper that passes every second."""
    running = Service(
        tmp_path_factory.mktemp("fragile"), STEMLINK_LEASE_SECONDS="6", STEMLINK_REAPER_SECONDS="1"
    )
    try:
        running.start()
        yield running
    finally:
        left = running.stop()
    assert left == 0, "stopping left processes behind"
