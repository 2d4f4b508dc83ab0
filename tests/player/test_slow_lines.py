"""A slow line: known to the browser before anything has come over it, or noticed by the first bytes."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import SEGMENT, Studio, noise
from tests.player.test_renditions import WithSmall


@pytest.mark.parametrize(
    ("connection", "rendition"),
    [
        ({"effectiveType": "3g", "downlink": 0.4}, "aac"),
        ({"effectiveType": "4g", "downlink": 10, "saveData": True}, "aac"),
        ({"effectiveType": "4g", "downlink": 1.5}, "flac"),
    ],
)
def test_what_plays_first_fits_the_line(
    page: Page, studio: Studio, connection: dict[str, Any], rendition: str
) -> None:
    studio.song = WithSmall({"vocals": noise(SEGMENT * 2, 1), "drums": noise(SEGMENT * 2, 2)})
    page.add_init_script(
        f"Object.defineProperty(navigator, 'connection', {{value: {json.dumps(connection)}}})"
    )
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.2)
    assert len(studio.asked(f"/{rendition}/0.")) == 2
    assert {"aac": "flac", "flac": "aac"}[rendition] not in " ".join(studio.asked("/0."))


@pytest.mark.parametrize(("seconds", "renditions"), [(16, {"flac", "aac"}), (2, {"flac"})])
def test_what_would_stall_gives_way_to_the_small_one(
    page: Page, studio: Studio, seconds: float, renditions: set[str]
) -> None:
    """Where no browser says how slow it is. Four seconds of sound take sixteen, or two."""
    song = studio.song = WithSmall({"vocals": noise(SEGMENT * 2, 1), "drums": noise(SEGMENT * 2, 2)})
    song.file("1/vocals/aac/0.m4a")
    song.file("1/drums/aac/0.m4a")
    studio.drips["flac/0."] = seconds
    page.add_init_script("Object.defineProperty(navigator, 'connection', {value: undefined})")
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.2, timeout=12)
    assert {path.split("/")[-2] for path in studio.asked("/0.")} == renditions
