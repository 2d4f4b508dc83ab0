"""Stems on other hosts when the network goes, and when a browser wants a gesture first."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import chromium_path
from tests.hosts import Host
from tests.player.drift import COLLECT
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import level, play, stem, visit, wait_until_past
from tests.player.studio import RATE, Studio, square

# Longer than a press counts as a gesture in Chromium; whatever is asked of a page in the meantime would be another.
LONG_AFTER = 7.0
ADD_LATER = """async (stem) => {
  const {playerOf} = await import('/static/player/index.js')
  const player = playerOf(document.querySelector('.player'))
  const {manifest} = player
  setTimeout(() => player.update({...manifest, stems: [...manifest.stems, {...manifest.stems[0], ...stem}]}), 7000)
}"""
PLACES = "window.audios.filter((audio) => audio.src).map((audio) => (audio.paused ? 0 : audio.currentTime))"


@pytest.fixture
def strict(browser: Browser) -> Iterator[Page]:
    """A page on which each element needs a gesture of its own before it sounds, as in Safari."""
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=user-gesture-required"]
    chromium = browser.browser_type.launch(executable_path=chromium_path(), args=arguments)
    page = chromium.new_page()
    page.add_init_script(COLLECT)
    yield page
    chromium.close()


def closed(host: Host, path: str) -> str:
    """A file that no page may read."""
    return host.at(path, hosted(encode(square(60 * RATE, 0.2) / 32_767, "mp3"), cors=None))


def places(page: Page) -> list[float]:
    """Where the elements are that play."""
    found: list[float] = page.evaluate(PLACES)
    return found


def test_an_element_sounds_however_long_after_the_press(strict: Page, studio: Studio, host: Host) -> None:
    """On a slow line the file is open, and the engine there, long after the gesture."""
    studio.song = HostedSong(links={"closed": closed(host, "/closed.mp3")}, seconds={"closed": 60.0})
    studio.delays["engine/engine.js"] = LONG_AFTER
    visit(strict, studio)
    play(strict)
    strict.wait_for_timeout(LONG_AFTER * 1_000 + 3_000)
    [place] = places(strict)
    assert place > 0.5
    expect(stem(strict, "Closed")).to_contain_text("no pan, may drift")


def test_an_element_that_came_after_the_press_asks_for_another(
    strict: Page, studio: Studio, host: Host
) -> None:
    studio.song = HostedSong(links={"closed": closed(host, "/closed.mp3")}, seconds={"closed": 60.0})
    visit(strict, studio)
    play(strict)
    wait_until_past(strict, 0.2)
    strict.evaluate(ADD_LATER, {"id": "late", "name": "Late", "url": closed(host, "/late.mp3")})
    strict.wait_for_timeout(10_000)
    first, late = places(strict)
    assert first > 5
    assert late == 0
    expect(stem(strict, "Late")).to_contain_text("another press on play")
    expect(stem(strict, "Closed")).to_contain_text("no pan, may drift")
    strict.get_by_role("button", name="Pause", exact=True).click()
    play(strict)
    expect(stem(strict, "Late")).to_contain_text("no pan, may drift")
    strict.wait_for_timeout(500)
    assert min(places(strict)) > 5


def test_a_stem_sounds_again_when_the_network_is_back(page: Page, studio: Studio, host: Host) -> None:
    """Nobody has to press Retry."""
    sound = encode(square(60 * RATE, 0.2) / 32_767, "wav")
    studio.song = HostedSong(links={"away": host.at("/away.wav", hosted(sound))}, seconds={"away": 60.0})
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.3)
    page.context.set_offline(True)
    page.keyboard.press("End")
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect(stem(page, "Away").locator(".pl-failure")).to_contain_text("does not answer", timeout=30_000)
    page.context.set_offline(False)
    expect(stem(page, "Away").locator(".pl-failure")).to_be_hidden()
    page.keyboard.press("ArrowLeft")  # what is scheduled already stays silent
    page.wait_for_timeout(2_000)
    assert level(page) == pytest.approx(0.2, abs=0.02)
