"""Stems that nobody may read play on elements of their own, and are held to the song."""

import numpy as np
from playwright.sync_api import Page

from tests.hosts import Host
from tests.player.drift import COLLECT, errors, spread
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import RATE, Studio, noise


def test_elements_are_held_to_the_song(page: Page, studio: Studio, host: Host) -> None:
    page.add_init_script(COLLECT)
    sound = encode(noise(40 * RATE, 1) / 32_767, "mp3")
    links = {f"closed{n}": host.at(f"/{n}.mp3", hosted(sound, cors=None)) for n in range(3)}
    links["open"] = host.at("/open.mp3", hosted(sound))
    studio.song = HostedSong(links=links, seconds=dict.fromkeys(links, 40.0))
    visit(page, studio)
    play(page)
    wait_until_past(page, 3, timeout=20)
    straight = errors(page, 4)
    page.locator(".pl-ruler").press("ArrowRight")
    page.wait_for_timeout(3_000)
    after_a_seek = errors(page, 3)
    for found in (straight, after_a_seek):
        assert len(found) > 60
        assert spread(found)["median"] < 15, spread(found)
        assert spread(found)["95 %"] < 60, spread(found)
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    places = page.evaluate(
        "window.audios.filter(({src}) => src).map(({paused, currentTime}) => [paused, currentTime])"
    )
    assert all(paused for paused, _ in places)
    assert np.ptp([place for _, place in places]) < 0.03
