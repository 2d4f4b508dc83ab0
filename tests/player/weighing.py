"""How much a page holds."""

import re
from pathlib import Path

from playwright.sync_api import Browser


def held_by_pages(browser: Browser) -> int:
    """Bytes (PSS) of the browser's heaviest page process."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    rollups = [
        Path(f"/proc/{each['id']}/smaps_rollup").read_text()
        for each in processes
        if each["type"] == "renderer"
    ]
    found = [re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE) for rollup in rollups]
    return max(int(match[1]) * 1024 for match in found if match)
