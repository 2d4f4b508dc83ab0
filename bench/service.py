"""How long a visitor waits: from the last byte of a song to its link, and from the link to the first sound.

    python -m bench.service [--times 5] [--minutes 4] [--json FILE]

Starts an installation of its own on a free port. "Link" is the API's answer after the last byte was sent; "stems" is
when the manifest says that the first seconds are there; "sound" is when Chromium plays them, out of its audio graph.
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import chromium_path
from tests.e2e.listening import QUIET, listen, new_context
from tests.melodies import bass_and_clicks
from tests.running import Service


def upload(service: Service, song: Path) -> tuple[dict[str, Any], float]:
    """Send a song; returns the share and the seconds from the last byte to the whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.putrequest("POST", f"/api/shares/?filename={song.name}")
    connection.putheader("Content-Type", "audio/flac")
    connection.putheader("Content-Length", str(song.stat().st_size))
    connection.endheaders()
    with song.open("rb") as file:
        while data := file.read(1 << 20):
            connection.send(data)
    sent = time.perf_counter()
    answer = connection.getresponse()
    body = json.loads(answer.read())
    spent = time.perf_counter() - sent
    connection.close()
    assert answer.status == 201, body
    return body, spent


def first_stems(service: Service, share: str, began: float) -> float:
    """Seconds until the manifest says that something can be heard."""
    while True:
        manifest = requests.get(f"{service.url}/api/shares/{share}/", timeout=10).json()
        assert manifest["state"] in {"queued", "running", "done"}, manifest["error"]
        if manifest["stems"][0]["available_frames"]:
            return time.perf_counter() - began
        time.sleep(0.02)


def first_sound(browser: Browser, url: str, began: float) -> float:
    """Seconds until a visitor who opens the link at once and presses play hears something."""
    with new_context(browser) as context:
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button", name="Play").click()
        while listen(page).all < QUIET:
            time.sleep(0.02)
        return time.perf_counter() - began


def measure(service: Service, browser: Browser, song: Path) -> dict[str, float]:
    """One song by each way of looking at it, one after the other, so that they don't slow each other down."""
    made, link = upload(service, song)
    stems = first_stems(service, made["id"], time.perf_counter())
    finish(service, made)
    made, _ = upload(service, song)
    sound = first_sound(browser, made["url"], time.perf_counter())
    finish(service, made)
    return {"link": link, "stems": stems, "sound": sound}


def finish(service: Service, made: dict[str, Any]) -> None:
    """Delete the share, and wait until its worker has noticed."""
    headers = {"Authorization": f"Bearer {made['edit_token']}"}
    requests.delete(f"{service.url}/api/shares/{made['id']}/", headers=headers, timeout=10).raise_for_status()
    time.sleep(3)


def main() -> None:
    """Measure a few times and print the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--minutes", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        song = bass_and_clicks(Path(folder) / "song.flac", seconds=60 * options.minutes)
        service = Service(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        try:
            service.start()
            while not requests.get(f"{service.url}/readyz", timeout=10).json()["checks"]["worker"]["ok"]:
                time.sleep(0.5)
            measure(service, browser, song)  # everything is loaded and compiled once
            rounds = [measure(service, browser, song) for _ in range(options.times)]
        finally:
            browser.close()
            service.stop()
        size = song.stat().st_size
    print(
        f"A song of {options.minutes} min ({size / 1e6:.0f} MB), {os.cpu_count()} cores, {options.times} times"
    )
    for name, title in (
        ("link", "last byte to link"),
        ("stems", "link to first stems"),
        ("sound", "link to first sound in Chromium"),
    ):
        seconds = [found[name] for found in rounds]
        print(f"  {title:32} median {statistics.median(seconds):6.3f} s, worst {max(seconds):6.3f} s")
    if options.json:
        options.json.write_text(
            json.dumps({"minutes": options.minutes, "bytes": size, "rounds": rounds}, indent=2)
        )


if __name__ == "__main__":
    main()
