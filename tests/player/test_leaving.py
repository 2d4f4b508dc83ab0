"""A page that is left, and one that comes back as it was: out of the browser's back/forward cache."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import chromium_path
from tests.player.listening import level, play, status, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, square


@pytest.fixture(autouse=True)
def song(studio: Studio) -> None:
    """Half a minute."""
    studio.song = Song({"vocals": square(SEGMENT * 8, 0.4), "drums": square(SEGMENT * 8, 0.2)})


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Of a browser that keeps pages, which it is told not to for tests."""
    keeping = browser.browser_type.launch(
        executable_path=chromium_path(),
        args=["--no-sandbox", "--disable-dev-shm-usage"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    context = keeping.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(10_000)
    yield context
    keeping.close()


NOTE = """async () => {
  const {playerOf} = await import('/static/player/index.js')
  const player = playerOf(document.querySelector('.player'))
  addEventListener('pagehide', () => { window.left = player.currentTime })
}"""


def leave(page: Page, studio: Studio) -> None:
    """For a page of another site, as far as the browser is concerned."""
    page.goto(f"{studio.base.replace('127.0.0.1', 'localhost')}/blank")


def come_back(page: Page) -> None:
    """To a page that was kept: what it held in its memory is there."""
    page.evaluate("() => void setTimeout(() => history.back())")  # once this has been answered
    page.wait_for_url("**/AbCdEfGhJkL", wait_until="commit")
    assert page.evaluate("window.kept") is True, "the browser didn't keep the page"


def test_a_page_that_comes_back_is_paused_and_plays_on_when_asked(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.evaluate("window.kept = true")
    play(page)
    wait_until_past(page, 1)
    page.evaluate(NOTE)
    leave(page, studio)
    page.wait_for_timeout(1_500)
    come_back(page)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert status(page) == ""
    there = where(page)
    assert there == page.evaluate("window.left")
    assert level(page) == 0
    assert where(page) == there
    play(page)
    wait_until_past(page, there + 0.5)
    assert level(page) > 0.1


def test_a_page_that_plays_in_the_background_remembers_where_it_was_left(page: Page, studio: Studio) -> None:
    """There nothing is drawn, and so nothing is saved on the way."""
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.3)
    page.evaluate("requestAnimationFrame = () => 0")
    wait_until_past(page, 2)
    page.reload()
    page.locator(".pl-lane").first.wait_for()
    assert where(page) > 2
