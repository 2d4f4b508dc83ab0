"""On a page that reads from right to left, time still runs from left to right."""

import pytest
from playwright.sync_api import Page

from tests.player.listening import visit, where
from tests.player.studio import SEGMENT, Song, Studio, noise

PLACES = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect()
  const [wave, ruler, playhead] = [box('.pl-wave'), box('.pl-ruler'), box('.pl-playhead')]
  return {wave: wave.left, ruler: ruler.left, playhead: (playhead.left + 1 - ruler.left) / ruler.width}
}"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_click_goes_where_it_points(page: Page, studio: Studio, direction: str) -> None:
    """Ruler, waves and playhead lie over each other, and the end of the song is on the right."""
    studio.song = Song({"vocals": noise(SEGMENT * 5, 1)})
    page.add_init_script(
        f"addEventListener('DOMContentLoaded', () => document.documentElement.dir = '{direction}')"
    )
    visit(page, studio)
    wave = page.locator(".pl-wave").bounding_box()
    assert wave
    page.mouse.click(wave["x"] + wave["width"] * 0.75, wave["y"] + 20)
    assert where(page) == pytest.approx(15, abs=0.1)
    page.wait_for_timeout(100)
    places = page.evaluate(PLACES)
    assert places["wave"] == pytest.approx(places["ruler"], abs=1)
    assert places["playhead"] == pytest.approx(0.75, abs=0.01)
