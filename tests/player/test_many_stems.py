"""Many stems, and long names: what is needed stays at hand."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.player.listening import stem, visit
from tests.player.studio import RATE, Song, Studio, noise


def top(locator: Locator) -> float:
    """Where it begins, in the window."""
    box = locator.bounding_box()
    assert box
    return box["y"]


@pytest.mark.parametrize("place", ["", "/embed"])
def test_the_transport_stays_at_hand_beside_the_last_stem(page: Page, studio: Studio, place: str) -> None:
    studio.song = Song({f"track{number}": noise(RATE, number) for number in range(1, 17)})
    page.set_viewport_size({"width": 320, "height": 400})
    visit(page, studio, place)
    stem(page, "Track16").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="More").click()
    last = page.get_by_role("button", name="Keyboard shortcuts")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=1)


def test_what_the_keyboard_comes_to_is_not_behind_the_transport(page: Page, studio: Studio) -> None:
    studio.song = Song({f"track{number}": noise(RATE, number) for number in range(1, 17)})
    page.set_viewport_size({"width": 360, "height": 480})
    visit(page, studio)
    page.get_by_role("button", name="Mute Track16").focus()
    bar, focused = page.locator(".pl-bar"), page.locator(":focus")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        assert top(focused) >= top(bar) + 72
    assert top(bar) == 0, "all this was scrolled"
    ruler = page.get_by_role("slider", name="Position")
    page.get_by_role("button", name="Mute Track1", exact=True).focus()
    ruler.evaluate("ruler => window.scrollBy(0, ruler.getBoundingClientRect().top)")
    for _ in range(5):
        page.keyboard.press("Shift+Tab")
        assert top(focused) >= top(bar) + 72
        if ruler.evaluate("ruler => ruler === document.activeElement"):
            return
    pytest.fail("the ruler wasn't reached")


def test_a_long_name_leaves_the_other_stems_their_place_in_a_low_frame(page: Page, studio: Studio) -> None:
    studio.song = Song({"vocals": noise(RATE, 1), "drums": noise(RATE, 2)})
    studio.song.settings["vocals"] = {"name": "Backing vocals, second take, double-tracked"}
    page.set_viewport_size({"width": 320, "height": 120})
    visit(page, studio, "/embed")
    expect(page.get_by_role("button", name="Solo Drums")).to_be_in_viewport(ratio=1)
