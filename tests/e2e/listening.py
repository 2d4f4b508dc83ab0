"""Hearing what a page plays, out of its audio graph: neither buttons nor labels are believed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Frame, Page

TAP = Path(__file__).with_name("listening.js").read_text()
BETWEEN = 1_000  # Hz: the tone is far below, the clicks are above
QUIET = -60.0  # dB of full scale


@dataclass(frozen=True, slots=True)
class Heard:
    """Levels in dB of full scale over the last 0.7 s."""

    all: float
    low: float
    high: float


def new_context(browser: Browser) -> BrowserContext:
    """A visitor who never was here, and whose sound we hear."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="en")
    context.set_default_timeout(20_000)
    context.add_init_script(TAP)
    return context


def listen(page: Page | Frame) -> Heard:
    """What the page plays just now."""
    return Heard(**page.evaluate(f"listen({BETWEEN})"))


def hear(page: Page | Frame, wish: Callable[[Heard], bool]) -> Heard:
    """Listen until what is heard fulfils a wish for a whole second, and return it."""
    late = time.monotonic() + 20
    since: float | None = None
    while True:
        heard = listen(page)
        since = (since or time.monotonic()) if wish(heard) else None
        if since is not None and time.monotonic() - since >= 1:
            return heard
        assert time.monotonic() < late, f"heard {heard} on {page.url}"
        page.wait_for_timeout(100)
