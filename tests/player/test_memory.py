"""How much a listener's machine has to hold doesn't depend on how long the song is."""

import re

from playwright.sync_api import Browser

from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import SEGMENT, Song, Studio, noise
from tests.player.weighing import held_by_pages

STEMS = ("vocals", "drums", "bass", "guitar", "piano", "other")
ROUND = 6  # segments after which the sound repeats


class LongSong(Song):
    """A song of any length, made of a few segments again and again."""

    minutes = 5

    @property
    def frames(self) -> int:
        """Whole segments."""
        return self.minutes * 15 * SEGMENT

    def file(self, path: str) -> bytes | None:
        """As if it were stored."""
        peaks = re.fullmatch(r"(\d+/\w+)/peaks\.bin", path)
        if peaks:
            return bytes(2 * self.frames // 441)
        return super().file(re.sub(r"(\d+)\.flac", lambda number: f"{int(number[1]) % ROUND}.flac", path))


def held(browser: Browser, studio: Studio, minutes: int) -> int:
    """Bytes of the page's process (PSS) after some playing and twenty seeks."""
    studio.song = song = LongSong({name: noise(SEGMENT * ROUND, seed) for seed, name in enumerate(STEMS)})
    song.minutes = minutes
    for name in STEMS:
        for number in range(ROUND):
            song.file(f"1/{name}/flac/{number}.flac")
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    visit(page, studio)
    play(page)
    wait_until_past(page, 1)
    ruler = page.locator(".pl-ruler").bounding_box()
    assert ruler
    for seek in range(20):
        x = ruler["x"] + ruler["width"] * ((seek * 7) % 20 + 0.5) / 20
        page.mouse.click(x, ruler["y"] + 60)
        page.wait_for_timeout(250)
    page.wait_for_timeout(500)
    bytes_held = held_by_pages(browser)
    context.close()
    return bytes_held


def test_an_hour_of_six_stems_needs_no_more_than_five_minutes(browser: Browser, studio: Studio) -> None:
    short = held(browser, studio, 5)
    long = held(browser, studio, 60)
    assert long < 1.5 * short, (short, long)
