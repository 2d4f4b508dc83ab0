"""A long song seen from near."""

from playwright.sync_api import Page, expect

from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import SEGMENT, Song, Studio, noise

AWAY = "pl-playhead pl-away"


def come_close(page: Page, studio: Studio) -> None:
    """A minute, of which four seconds are seen."""
    studio.song = Song({"vocals": noise(SEGMENT * 15, 1)})
    visit(page, studio)
    page.locator(".pl-ruler").focus()
    for _ in range(7):
        page.keyboard.press("+")


def test_a_seek_by_key_is_seen(page: Page, studio: Studio) -> None:
    come_close(page, studio)
    for key in ("ArrowRight", "End", "Home"):
        page.keyboard.press(key)
        expect(page.locator(".pl-playhead")).to_have_attribute("class", "pl-playhead")


def test_the_page_turns_unless_somebody_scrolled_away(page: Page, studio: Studio) -> None:
    come_close(page, studio)
    shown = page.get_by_role("slider", name="Part of the song that is shown")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    play(page)
    wait_until_past(page, 4)
    expect(page.locator(".pl-playhead")).to_have_attribute("class", "pl-playhead")
    shown.press("PageDown")
    page.wait_for_timeout(300)
    expect(page.locator(".pl-playhead")).to_have_attribute("class", AWAY)
    page.locator(".pl-ruler").press("ArrowRight")
    expect(page.locator(".pl-playhead")).to_have_attribute("class", "pl-playhead")
