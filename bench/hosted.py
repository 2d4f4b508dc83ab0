"""What the player needs for stems on other hosts: memory when they are streamed or loaded whole, and drift.

    python -m bench.hosted [--minutes 10] [--stems 6] [--seeks 20] [--drift 60]

Memory is that of the page's process (PSS), in Chromium, of WAV stems of noise at 44.1 kHz: after a few seconds of
playing, and after seeks all over the song. Drift is how far three `<audio>` elements are from the song while a fourth
stem streams beside them, after the first three seconds.
"""

import argparse
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import chromium_path
from tests.hosts import Host
from tests.player.drift import COLLECT, errors, spread
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import RATE, Studio, noise
from tests.player.test_hosted_memory import wav
from tests.player.weighing import held_by_pages

WAYS = {"streamed by HTTP Range": True, "loaded whole": False}


@contextmanager
def visitor(browser: Browser) -> Iterator[Page]:
    """A fresh profile."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(60_000)
    context.add_init_script(COLLECT)
    yield context.new_page()
    context.close()


def memory(
    browser: Browser, studio: Studio, host: Host, *, ranges: bool, minutes: int, stems: int, seeks: int
) -> str:
    """One line of the table."""
    links = {f"stem{n}": host.at(f"/{n}.wav", hosted(wav(minutes), ranged=ranges)) for n in range(stems)}
    studio.song = HostedSong(links=links, seconds=dict.fromkeys(links, minutes * 60.0))
    with visitor(browser) as page:
        visit(page, studio)
        play(page)
        load = page.get_by_role("button", name="Load", exact=True)
        for _ in range(0 if ranges else stems):
            page.wait_for_timeout(2_000)
            if load.count() > 0:
                load.first.click()
        page.keyboard.press("Home")
        wait_until_past(page, 5, timeout=180)
        playing = held_by_pages(browser)
        ruler = page.locator(".pl-ruler").bounding_box()
        assert ruler
        most = playing
        for seek in range(seeks):
            page.mouse.click(
                ruler["x"] + ruler["width"] * ((seek * 7) % seeks + 0.5) / seeks, ruler["y"] + 60
            )
            page.wait_for_timeout(500)
            most = max(most, held_by_pages(browser))
        return f"| {playing / 1e6:.0f} MB | {held_by_pages(browser) / 1e6:.0f} MB | {most / 1e6:.0f} MB |"


def drift(browser: Browser, studio: Studio, host: Host, seconds: int) -> dict[str, float]:
    """Milliseconds."""
    sound = encode(noise((seconds + 10) * RATE, 1) / 32_767, "mp3")
    links = {f"closed{n}": host.at(f"/{n}.mp3", hosted(sound, cors=None)) for n in range(3)}
    links["open"] = host.at("/open.mp3", hosted(sound))
    studio.song = HostedSong(links=links, seconds=dict.fromkeys(links, seconds + 10.0))
    with visitor(browser) as page:
        visit(page, studio)
        play(page)
        wait_until_past(page, 3, timeout=30)
        return spread(errors(page, seconds))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("minutes", 10), ("stems", 6), ("seeks", 20), ("drift", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    studio = Studio()
    with Host() as host, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        print(f"Chromium {browser.version}, {platform.machine()}, {os.cpu_count()} cores\n")
        print(
            f"| {given.stems} stems of {given.minutes} min | playing | after {given.seeks} seeks | most |",
            "|---|---|---|---|",
            sep="\n",
        )
        for name, ranges in WAYS.items():
            size = {"minutes": given.minutes, "stems": given.stems, "seeks": given.seeks}
            print(f"| {name} {memory(browser, studio, host, ranges=ranges, **size)}", flush=True)
        found = drift(browser, studio, host, given.drift)
        print(
            f"\n<audio> against the song over {given.drift} s: "
            + ", ".join(f"{k} {v:.1f} ms" for k, v in found.items())
        )
        browser.close()


if __name__ == "__main__":
    main()
