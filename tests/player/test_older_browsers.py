"""Browsers of early 2023 play, too."""

import pytest
from playwright.sync_api import Page

from tests.hosts import Host
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import level, play, visit, wait_until_past
from tests.player.studio import SEGMENT, Studio, square

# What Safari 16.4 and Firefox 113 hadn't.
AS_OF_2023 = """
delete AbortSignal.any
delete URL.canParse
delete URL.parse
delete Promise.withResolvers
delete Promise.try
delete Array.fromAsync
delete Object.groupBy
delete Map.groupBy
delete globalThis.Iterator
for (const name of ['union', 'intersection', 'difference', 'isSubsetOf', 'isDisjointFrom']) delete Set.prototype[name]
for (const name of ['toSorted', 'toReversed', 'toSpliced', 'with']) delete Array.prototype[name]
"""


def test_nothing_younger_is_needed(page: Page, studio: Studio, host: Host) -> None:
    """Neither by us nor by what decodes hosted stems."""
    page.add_init_script(AS_OF_2023)
    sound = encode(square(SEGMENT, 0.2) / 32_767, "flac")
    links = {
        "pieces": host.at("/a.flac", hosted(sound)),
        "whole": host.at("/b.flac", hosted(sound, ranged=False)),
    }
    studio.song = HostedSong({"kept": square(SEGMENT, 0.1)}, links=links, seconds=dict.fromkeys(links, 4.0))
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.5)
    assert level(page) == pytest.approx(0.5, abs=0.02)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Download").click()
    with page.expect_download():
        page.get_by_role("button", name="Save the mix").click()
