"""Names of stems that are longer than a line, and differ only at their end."""

import pytest
from playwright.sync_api import Page

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
