"""Names of stems that are longer than a line and differ only at their end, and text that is read twice as large,
and a clock that has hours."""

import pytest
from playwright.sync_api import Browser, Page

from tests.player.listening import stem, visit
from tests.player.studio import RATE, Song, Studio, noise

# Each word takes most of a line, but not all of it: so there are two lines of them in every font.
NAMES = {"left": "Orchestral trombones", "right": "Orchestral trumpeters"}
CUT = """(name) => name.scrollHeight > name.clientHeight || name.scrollWidth > name.clientWidth
  || name.getBoundingClientRect().height > 36"""


@pytest.mark.parametrize("width", [320, 360, 700, 1000])
@pytest.mark.parametrize("place", ["", "/embed"])
def test_they_are_seen_whole(page: Page, studio: Studio, width: int, place: str) -> None:
    studio.song = Song({name: noise(RATE, seed) for seed, name in enumerate(NAMES)})
    studio.song.settings = {name: {"name": said} for name, said in NAMES.items()}
    page.set_viewport_size({"width": width, "height": 600})
    visit(page, studio, place)
    for said in NAMES.values():
        assert not stem(page, said).locator(".pl-name").evaluate(CUT), said


# Text that reaches over an edge of what it is in.
OVER = """() => [['.pl-now', '.pl-bar'], ['.pl-all', '.pl-bar'], ['.pl-status', '.pl-bar'], ['.pl-name', '.pl-head']]
  .flatMap(([text, around]) => [...document.querySelectorAll(text)].map((found) => [found, found.closest(around)]))
  .filter(([element, around]) => {
    const [inner, outer] = [element.getBoundingClientRect(), around.getBoundingClientRect()]
    return inner.top < outer.top || inner.bottom > outer.bottom || element.scrollHeight > element.clientHeight + 1
  }).map(([element]) => element.className)"""


@pytest.mark.parametrize("width", [340, 412])
@pytest.mark.parametrize("place", ["", "/embed"])
def test_who_reads_twice_as_large_on_a_phone_reads_all(
    browser: Browser, studio: Studio, width: int, place: str
) -> None:
    """Android has a setting for it, which no page zoom is."""
    studio.song = Song({name: noise(RATE, seed) for seed, name in enumerate(NAMES)}, state="running")
    studio.song.settings = {name: {"name": said.split()[1]} for name, said in NAMES.items()}
    context = browser.new_context(
        viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True, device_scale_factor=2
    )
    page = context.new_page()
    visit(page, studio, place)
    page.evaluate("document.documentElement.style.setProperty('text-size-adjust', '200%')")
    page.wait_for_timeout(200)
    over = page.evaluate(OVER)
    context.close()
    assert not over


class Long(Song):
    """One of two hours, of which nobody hears anything here."""

    @property
    def frames(self) -> int:
        """In the manifest."""
        return 7_200 * RATE


APART = """async (seconds) => {
  const {playerOf} = await import('/static/player/index.js')
  playerOf(document.querySelector('.player')).seek(seconds)
  await new Promise(requestAnimationFrame)
  const [clock, loop] = ['.pl-now', '.pl-button'].map((one) => document.querySelector(one).getBoundingClientRect())
  return loop.left - clock.right
}"""


@pytest.mark.parametrize(
    ("width", "seconds", "clock"),
    [(276, 500, "8:20"), (320, 4_000, "1:06:40"), (360, 4_000, "1:06:40"), (400, 4_000, "1:06:40")],
)
def test_the_clock_stands_beside_the_buttons(
    browser: Browser, studio: Studio, width: int, seconds: int, clock: str
) -> None:
    """Which are large where they are touched."""
    studio.song = Long({"vocals": noise(RATE, 1)})
    context = browser.new_context(viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True)
    page = context.new_page()
    visit(page, studio, "/embed")
    apart = page.evaluate(APART, seconds)
    said = page.locator(".pl-now").inner_text()
    context.close()
    assert said == clock
    assert apart >= 0
