"""What hosted stems need doesn't depend on how long they are, where their host gives out parts."""

from functools import cache

from playwright.sync_api import Browser

from tests.hosts import Host
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import RATE, Studio, noise
from tests.player.weighing import held_by_pages

STEMS = 4
SEEKS = 12


@cache
def wav(minutes: int) -> bytes:
    """Noise of a minute, again and again."""
    minute = noise(60 * RATE, 1) / 32_767
    once = encode(minute, "wav")
    header = encode(minute[:, :1], "wav")[:-4]
    body = once[len(header) :] * minutes
    sizes = [(size).to_bytes(4, "little") for size in (len(header) + len(body) - 8, len(body))]
    return header[:4] + sizes[0] + header[8:-4] + sizes[1] + body


def held(browser: Browser, studio: Studio, host: Host, minutes: int) -> int:
    """Bytes after some playing and seeks all over the song."""
    seconds = minutes * 60.0
    links = {f"stem{n}": host.at(f"/{minutes}-{n}.wav", hosted(wav(minutes))) for n in range(STEMS)}
    studio.song = HostedSong(links=links, seconds=dict.fromkeys(links, seconds))
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    visit(page, studio)
    play(page)
    wait_until_past(page, 1, timeout=20)
    ruler = page.locator(".pl-ruler").bounding_box()
    assert ruler
    for seek in range(SEEKS):
        page.mouse.click(ruler["x"] + ruler["width"] * ((seek * 5) % SEEKS + 0.5) / SEEKS, ruler["y"] + 60)
        page.wait_for_timeout(400)
    page.wait_for_timeout(500)
    # What the page has let go of isn't held, whenever the browser collects it.
    context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    bytes_held = held_by_pages(browser)
    context.close()
    return bytes_held


def test_ten_minutes_need_little_more_than_two(browser: Browser, studio: Studio, host: Host) -> None:
    short = held(browser, studio, host, 2)
    long = held(browser, studio, host, 10)
    assert long < 1.5 * short, (short, long)
    assert long < 500_000_000, "loaded whole these would be 850 MB of samples"
