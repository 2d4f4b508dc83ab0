"""For each test of the player a studio and a page of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.hosts import Host
from tests.player.studio import Studio


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A server with a short song; tests change it as they like."""
    server = Studio()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    """Somebody else's host: another origin."""
    with Host() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Host]:
    """One more."""
    with Host() as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must not complain: an error that a script lets through fails the test."""
    page = context.new_page()
    errors: list[Error] = []
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - playwright marks what it is given
    yield page
    assert not errors, errors
