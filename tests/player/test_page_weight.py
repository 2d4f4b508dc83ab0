"""What an embed costs before anybody listens."""

import gzip
import urllib.request

from playwright.sync_api import Page

from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import SEGMENT, Song, Studio, noise
from tests.running import wait_for


def test_the_embed_page_is_light_before_play(page: Page, studio: Studio) -> None:
    """HTML, CSS and JS under 40 kB with gzip; no sound and no engine before somebody asks for it."""
    studio.song = Song({"vocals": noise(SEGMENT, 1), "drums": noise(SEGMENT, 2)})
    visit(page, studio, "/embed")
    wait_for(lambda: len(studio.asked("peaks.bin")) == 2)  # the outlines come last
    files = [path for path in studio.requests if not path.startswith(("/media", "/api"))]
    sizes = {
        path: len(gzip.compress(urllib.request.urlopen(studio.base + path).read())) for path in set(files)
    }
    assert sum(sizes.values()) < 39_700, sizes  # the template's own HTML is a little longer
    assert not studio.asked("flac")
    assert not studio.asked("engine/engine.js")
    assert not studio.asked("state/link.js"), "the address says nothing of how to listen"
    play(page)
    wait_until_past(page, 0.1)
    assert studio.asked("engine/engine.js")
    assert not studio.asked("hosted/")
    assert not studio.asked("mediabunny")
