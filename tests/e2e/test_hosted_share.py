"""A share of stems that stay where they are: its page and its frame play each as its host allows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from tests.e2e.listening import hear, new_context
from tests.hosts import Host, redirect, status
from tests.player.encoding import encode
from tests.player.hosted_songs import hosted
from tests.running import Service

RATE = 44_100


def tone(hertz: float, kind: str, seconds: float = 30) -> bytes:
    """A sine as a file."""
    sine = 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)
    return encode(np.stack([sine, sine]), kind)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Somebody else's."""
    with Host() as server:
        yield server


@pytest.fixture(scope="module")
def share(service: Service, host: Host) -> dict[str, Any]:
    """Low: streamed. High: without ranges, and so loaded whole. Closed: not to be read. Gone: it was there once."""
    moved = host.at("/low.mp3", hosted(tone(60, "mp3")))
    links = {
        "Low": host.at("/moved", redirect(moved, cors="*")),
        "High": host.at("/high.flac", hosted(tone(5_000, "flac"), ranged=False)),
        "Closed": host.at("/closed.wav", hosted(tone(300, "wav"), cors=None)),
        "Gone": host.at("/gone.wav", hosted(tone(300, "wav"))),
    }
    stems = [{"name": name, "url": url} for name, url in links.items()]
    answer = requests.post(
        f"{service.url}/api/shares/", json={"title": "Far away", "stems": stems}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    host.at("/gone.wav", status(404, cors="*"))
    made: dict[str, Any] = answer.json()
    return made


def lane(page: Page | Frame, name: str) -> Locator:
    """The row of a stem."""
    return page.get_by_role("group", name=name, exact=True)


def play_all(page: Page | Frame) -> None:
    """Every kind is heard, or says why not."""
    page.get_by_role("button", name="Play", exact=True).click()
    hear(page, lambda heard: heard.low > -30 and heard.high > -30)
    expect(lane(page, "Closed")).to_contain_text("no pan, may drift")
    expect(lane(page, "Gone")).to_contain_text("leads nowhere")
    lane(page, "High").get_by_role("button", name="Mute High").click()
    hear(page, lambda heard: heard.low > -30 and heard.high < -50)


def test_the_page_and_a_sandboxed_frame_play_all_kinds(
    browser: Browser, service: Service, share: dict[str, Any]
) -> None:
    with new_context(browser) as context:
        page = context.new_page()
        refused: list[str] = []
        page.on(
            "console", lambda said: refused.append(said.text) if "Content Security" in said.text else None
        )
        page.goto(share["url"])
        play_all(page)
        page.get_by_role("button", name="Pause").click()
        page.goto(f"{service.url}/healthz")
        page.set_content(
            f'<iframe sandbox="allow-scripts" width=700 height=500 src="{share["embed_url"]}"></iframe>'
        )
        page.frame_locator("iframe").locator(".pl-lane").first.wait_for()
        (frame,) = page.main_frame.child_frames
        play_all(frame)
    assert not refused
