"""Players of one site take turns, wherever they are."""

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.held import Held
from tests.hosts import File, Host
from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import SEGMENT, Song, Studio, square


@pytest.fixture(autouse=True)
def song(studio: Studio) -> None:
    """Half a minute."""
    studio.song = Song({"vocals": square(SEGMENT * 8, 0.4), "drums": square(SEGMENT * 8, 0.2)})


def two_frames(page: Page, studio: Studio, host: Host) -> tuple[Locator, Locator]:
    """The play buttons of a song that a page of another site has twice."""
    frame = f'<iframe src="{studio.base}/AbCdEfGhJkL/embed" width="600" height="300"></iframe>'
    host.at("/post", File(f"<!doctype html><title>A post</title>{frame * 2}".encode(), "text/html"))
    page.goto(host.url("/post", "localhost"))
    first, second = (page.frame_locator("iframe").nth(index).locator(".pl-play") for index in (0, 1))
    return first, second


def test_two_players_on_a_page_take_turns(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.evaluate(
        """async () => {
          const {mountPlayer} = await import('/static/player/index.js')
          const second = document.createElement('div')
          document.querySelector('main').append(second)
          mountPlayer(second, {manifestUrl: '/api/shares/AbCdEfGhJkL/', storageKey: 'second'})
        }"""
    )
    buttons = page.locator(".pl-play")
    buttons.nth(0).click()
    wait_until_past(page, 0.1)
    buttons.nth(1).click()
    expect(buttons.nth(0)).to_have_attribute("aria-label", "Play")
    expect(buttons.nth(1)).to_have_attribute("aria-label", "Pause")
    page.wait_for_timeout(300)
    assert page.evaluate("navigator.mediaSession.playbackState") == "playing", "media keys pause the second"


def test_a_clock_that_was_set_back_costs_no_turn(page: Page, studio: Studio, host: Host) -> None:
    first, second = two_frames(page, studio, host)
    second.click()
    expect(second).to_have_attribute("aria-label", "Pause")
    first.click()
    expect(second).to_have_attribute("aria-label", "Play")
    second.evaluate("Date.now = () => 1000")
    second.click()
    expect(first).to_have_attribute("aria-label", "Play")
    expect(second).to_have_attribute("aria-label", "Pause")


def test_frames_on_a_page_of_another_site_take_turns(page: Page, studio: Studio, host: Host) -> None:
    first, second = two_frames(page, studio, host)
    for begun, other in ((first, second), (second, first), (first, second)):
        begun.click()
        expect(other).to_have_attribute("aria-label", "Play")
        expect(begun).to_have_attribute("aria-label", "Pause")


def test_who_is_pressed_last_plays_even_where_the_first_comes_late_to_the_channel(
    page: Page, studio: Studio, host: Host
) -> None:
    turns = Held(page, "**/player/state/turns.js")
    first, second = two_frames(page, studio, host)
    first.click()
    turns.wait()
    expect(first).to_have_attribute("aria-label", "Pause")
    second.click()
    expect(second).to_have_attribute("aria-label", "Pause")
    expect(first).to_have_attribute("aria-label", "Pause")  # it can't have heard
    turns.let_go()
    expect(first).to_have_attribute("aria-label", "Play")
    expect(second).to_have_attribute("aria-label", "Pause")


def test_tabs_take_turns(page: Page, studio: Studio, context: BrowserContext) -> None:
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.1)
    tab = context.new_page()
    visit(tab, studio, "/embed")
    play(tab)
    expect(page.locator(".pl-play")).to_have_attribute("aria-label", "Play")
    expect(tab.locator(".pl-play")).to_have_attribute("aria-label", "Pause")
