"""Fixtures for all rooms: a running installation, a browser, songs to upload."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.melodies import bass_and_clicks
from tests.running import Service

# Names like those on a home network, which the browser is told to find on loopback.
HOME_NAME = "studio.home.example"
METRICS_KEY = "a key for the metrics of tests"
expect.set_options(timeout=20_000)  # machines that test are busy


def chromium_path() -> str | None:
    """Where this machine has its Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real thing, shared by all tests that do it no harm."""
    running = Service(
        tmp_path_factory.mktemp("service"),
        ALLOWED_HOSTS=HOME_NAME,
        STEMLINK_LOG="json",
        STEMLINK_ACCESS_LOG="1",
        STEMLINK_METRICS_KEY=METRICS_KEY,
        STEMLINK_FETCH_NETWORKS="127.0.0.0/8",  # where tests host stems
    )
    try:
        running.start()
        yield running
    finally:
        left = running.stop()
    assert left == 0, "stopping left processes behind"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, which talks to loopback only."""
    path = chromium_path()
    if path is None:
        pytest.fail("The browser tests need Chromium: sudo apt install chromium")
    arguments = [
        "--no-sandbox",  # tests may run as root, where the sandbox doesn't
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        f"--host-resolver-rules=MAP {HOME_NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield chromium
        finally:
            chromium.close()


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of a low tone and clicks, which are easy to tell apart."""
    return bass_and_clicks(tmp_path_factory.mktemp("songs") / "tone and clicks.flac", seconds=120)


@pytest.fixture(scope="session")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty minutes of the same, which keep even a fast machine busy for a while."""
    return bass_and_clicks(tmp_path_factory.mktemp("songs") / "long.flac", seconds=1_200)


@pytest.fixture(scope="session")
def short_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of the same."""
    return bass_and_clicks(tmp_path_factory.mktemp("songs") / "short.flac", seconds=10)


@pytest.fixture
def own_signals() -> Iterator[None]:
    """A command that the test calls answers to SIGTERM; this process shall go on as it did."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
