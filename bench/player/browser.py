"""A fresh Chromium for one run, on a slow line, with the three instruments: sound, bytes, memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Playwright

CHROMIUM: Final = "/usr/bin/chromium"
LATENCY_MS: Final = 40
BYTES_PER_SECOND: Final = 10_000_000 // 8

_FLAGS: Final = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


@dataclass
class Traffic:
    """What came over the page's line: (monotonic seconds, bytes) for each piece, headers included."""

    pieces: list[tuple[float, int]] = field(default_factory=list)
    requests: int = 0
    _wall_minus_monotonic: float | None = None

    def watch(self, session: Any) -> None:
        """Count from now on what the page of this CDP session receives."""
        session.on("Network.requestWillBeSent", self._sent)
        session.on(
            "Network.responseReceived",
            lambda event: self.pieces.append((event["timestamp"], event["response"]["encodedDataLength"])),
        )
        session.on(
            "Network.dataReceived",
            lambda event: self.pieces.append((event["timestamp"], event["encodedDataLength"])),
        )

    def _sent(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.requests += 1
            self._wall_minus_monotonic = self._wall_minus_monotonic or event["wallTime"] - event["timestamp"]

    def bytes_until(self, wall: float) -> int:
        """Bytes received until `wall`, in seconds since 1970."""
        assert self._wall_minus_monotonic is not None
        return int(sum(size for at, size in self.pieces if at <= wall - self._wall_minus_monotonic))


@dataclass
class Tab:
    """An empty page of a browser that was started for it."""

    browser: Browser
    page: Page
    traffic: Traffic

    def memory(self) -> float:
        """Proportional set size of the page's renderer in MB: its own pages, and its share of shared ones.

        Chromium keeps an empty spare renderer ready; the one with the page is the larger.
        """
        session = self.browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        return max(_pss(process["id"]) for process in processes if process["type"] == "renderer")


def _pss(pid: int) -> float:
    match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert match
    return int(match[1]) * 1024 / 1e6


@contextmanager
def open_tab(playwright: Playwright) -> Iterator[Tab]:
    """A tab of a fresh browser (no cache, no profile) behind a line of 10 Mbit/s and 40 ms, with the tap in place."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
    try:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(path=Path(__file__).parent / "pages" / "tap.js")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY_MS,
                "downloadThroughput": BYTES_PER_SECOND,
                "uploadThroughput": BYTES_PER_SECOND,
            },
        )
        traffic = Traffic()
        traffic.watch(session)
        yield Tab(browser, page, traffic)
    finally:
        browser.close()
