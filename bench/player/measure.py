"""One run of one player: press, hear, weigh."""

import os
import random
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from playwright.sync_api import Playwright

from bench.player.browser import BYTES_PER_SECOND, Tab, open_tab
from bench.player.players import Player
from bench.player.server import Site

SEEK_PAUSE: Final = 2.0  # seconds between seeks


@dataclass(frozen=True)
class Weighing:
    """How long to play, and how often to seek, before the memory is read."""

    play_seconds: int = 60
    seeks: int = 20


@dataclass
class Run:
    """What one run showed. Times are in seconds, memory in MB; `error` says why there are none."""

    player: str
    settled: bool  # pressed after the page had come to rest, not at once
    ready: float = 0.0  # navigation to something to press
    press_to_sound: float = 0.0
    navigation_to_sound: float = 0.0
    bytes_to_sound: int = 0
    memory: dict[str, float] = field(default_factory=dict)
    load: float = field(default_factory=lambda: os.getloadavg()[0])  # of the machine, before the run
    error: str | None = None

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def measure(
    playwright: Playwright, player: Player, url: str, site: Site, *, weighing: Weighing | None, settled: bool
) -> Run:
    """Open `url`, press as soon as one can (or, `settled`, when the page has come to rest), wait for the first sound.

    With `weighing`, go on playing and seeking and read the renderer's memory on the way.
    """
    run = Run(player.key, settled)
    answered = site.requests
    with open_tab(playwright) as tab:
        try:
            _first_sound(tab, player, url, run)
            _check_line(tab, run, answered=site.requests - answered)
            if weighing:
                _weigh(tab, player, weighing, run)
        except Exception as error:  # one player's failure is a result, and the others' runs go on
            run.error = f"{type(error).__name__}: {error}".splitlines()[0]
    return run


def _first_sound(tab: Tab, player: Player, url: str, run: Run) -> None:
    page = tab.page
    page.goto(url, wait_until="commit")
    page.locator(player.button).first.wait_for(timeout=120_000)
    run.ready = page.evaluate("performance.now()") / 1000
    if run.settled:
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1000)
    player.press(page)
    page.wait_for_function("bench.state.soundAt !== null || bench.state.usesMediaElement", timeout=120_000)
    run.memory["first sound"] = tab.memory()
    heard = page.evaluate("({ ...bench.state, origin: performance.timeOrigin })")
    if heard["soundAt"] is None:
        raise RuntimeError("this player uses media elements, which the tap can't hear")
    run.navigation_to_sound = heard["soundAt"] / 1000
    run.press_to_sound = (heard["soundAt"] - heard["pressedAt"]) / 1000
    run.bytes_to_sound = tab.traffic.bytes_until((heard["origin"] + heard["soundAt"]) / 1000)


def _check_line(tab: Tab, run: Run, *, answered: int) -> None:
    """A figure counts only if everything came over the slow line."""
    if answered > tab.traffic.requests:
        raise RuntimeError("something was fetched past the throttled line (by a worker?)")
    if run.bytes_to_sound > 1.1 * BYTES_PER_SECOND * run.navigation_to_sound:
        raise RuntimeError("the line was faster than it should be")


def _weigh(tab: Tab, player: Player, weighing: Weighing, run: Run) -> None:
    tab.page.wait_for_timeout(weighing.play_seconds * 1000)
    _check_sounding(tab, "after playing")
    run.memory["after playing"] = tab.memory()
    places = random.Random(1)  # the same places for all
    for _ in range(weighing.seeks):
        player.seek(tab.page, places.uniform(0, 0.95))
        tab.page.wait_for_timeout(SEEK_PAUSE * 1000)
    _check_sounding(tab, "after the seeks")
    run.memory["after seeks"] = tab.memory()


def _check_sounding(tab: Tab, when: str) -> None:
    """Memory of a player that has fallen silent would be no figure of playing."""
    deadline = time.monotonic() + 10
    while not tab.page.evaluate("bench.isSounding()"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"silent {when}")
        tab.page.wait_for_timeout(100)
