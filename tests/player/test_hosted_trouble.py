"""Stems on other hosts when the network goes, and when a browser wants a gesture first."""

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import Host
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import level, play, stem, visit, wait_until_past
from tests.player.studio import RATE, Studio, square


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
