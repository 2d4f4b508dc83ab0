"""Parts of the player that are fetched with their use, on a line that fails when they are."""

from playwright.sync_api import Page, expect

from tests.player.listening import play, visit
from tests.player.studio import SEGMENT, Song, Studio, noise
from tests.running import wait_for


def open_long(page: Page, studio: Studio) -> None:
    """A minute."""
    studio.song = Song({"vocals": noise(SEGMENT * 15, 1)})
    visit(page, studio)
    page.locator(".pl-ruler").focus()


def test_a_loop_is_seen_once_its_style_comes(page: Page, studio: Studio) -> None:
    open_long(page, studio)
    studio.answers["loop.css"] = 503
    page.keyboard.press("l")
    play(page)
    wait_for(lambda: studio.asked("loop.css"))
    page.wait_for_timeout(500)
    assert len(studio.asked("loop.css")) < 5, "it isn't asked for with every frame"
    studio.answers.clear()
    expect(page.get_by_role("slider", name="Start of the loop")).to_be_visible()


def test_a_scrollbar_is_seen_once_its_style_comes(page: Page, studio: Studio) -> None:
    open_long(page, studio)
    studio.answers["scrollbar.css"] = 503
    page.keyboard.press("+")
    wait_for(lambda: studio.asked("scrollbar.css"))
    page.wait_for_timeout(500)
    studio.answers.clear()
    page.keyboard.press("+")
    shown = page.get_by_role("slider", name="Part of the song that is shown")
    expect(shown).to_have_css("height", "16px")


def test_a_scrollbar_is_none_before_it_has_its_style(page: Page, studio: Studio) -> None:
    """It would have no height."""
    open_long(page, studio)
    studio.delays["scrollbar.css"] = 2
    page.keyboard.press("+")
    wait_for(lambda: studio.asked("scrollbar.css"))
    shown = page.get_by_role("slider", name="Part of the song that is shown")
    page.wait_for_timeout(500)
    expect(shown).to_have_count(0)
    expect(shown).to_have_css("height", "16px")
