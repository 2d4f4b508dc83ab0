"""What a share costs on Firestore: reads and writes for a separation, for a thousand listeners, and for an idle hour.

    python -m bench.firestore [--minutes 4] [--listeners 1000] [--seconds 60] [--json FILE]

Starts an installation on the stand-in of the tests (`tests/firestore`), which counts as Google charges: a read for each
document that a query finds or a look-up names, at least one; a read for each thousand that are counted; a write for
each document written. Listeners come evenly over `--seconds`: each opens the embedded player, asks for the manifest,
and fetches the first seconds of every stem.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from tests.firestore.server import PROJECT, StandIn
from tests.melodies import bass_and_clicks
from tests.running import Service

IDLE_SECONDS = 60


def idle(firestore: StandIn, seconds: float) -> Counter[str]:
    """The bill of some seconds in which nobody does anything: the reaper's passes, and the worker's reports."""
    before = Counter(firestore.database.bill)
    time.sleep(seconds)
    return Counter(firestore.database.bill) - before


def is_worked_on(fields: Any) -> bool:
    """Whether a share waits for a worker or has one: for its stems, or for smaller renditions of them."""
    return "queued_at" in fields or "due" in fields


def separation(service: Service, firestore: StandIn, song: Path) -> tuple[str, Counter[str], float]:
    """A song, until nothing is left to do, with nobody watching; its share, the bill, and the seconds."""
    before, began = Counter(firestore.database.bill), time.monotonic()
    share = service.upload(song, model="classical")["id"]
    (name,) = (name for name in firestore.database.documents if name.endswith(f"/shares/{share}"))
    while is_worked_on(firestore.database.documents[name].fields):
        time.sleep(0.1)
    return share, Counter(firestore.database.bill) - before, time.monotonic() - began


def listen(service: Service, share: str) -> None:
    """What one listener's browser asks for that needs the share."""
    with requests.Session() as browser:
        browser.get(f"{service.url}/{share}/embed", timeout=30).raise_for_status()
        manifest = browser.get(f"{service.url}/api/shares/{share}/", timeout=30).json()
        for stem in manifest["stems"]:
            browser.get(stem["peaks"]["url"], timeout=30).raise_for_status()
            url = stem["renditions"]["flac"]["url"].replace("{segment}", "0")
            browser.get(url, timeout=30).raise_for_status()


def audience(
    service: Service, firestore: StandIn, share: str, count: int, seconds: float
) -> tuple[Counter[str], float]:
    """The bill of so many listeners, and the seconds in which they came."""
    before, began = Counter(firestore.database.bill), time.monotonic()

    def come(number: int) -> None:
        time.sleep(max(0.0, began + number * seconds / count - time.monotonic()))
        listen(service, share)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come, range(count)))
    return Counter(firestore.database.bill) - before, time.monotonic() - began


def less(bill: Counter[str], idle_bill: Counter[str], seconds: float) -> dict[str, float]:
    """A bill without what the same time would have cost anyway."""
    return {
        kind: max(0.0, bill[kind] - idle_bill[kind] * seconds / IDLE_SECONDS) for kind in ("reads", "writes")
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=int, default=4)
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    firestore = StandIn()
    firestore.start()
    with tempfile.TemporaryDirectory() as folder:
        song = bass_and_clicks(Path(folder) / "song.flac", seconds=60 * options.minutes)
        settings = {"GOOGLE_CLOUD_PROJECT": PROJECT, "FIRESTORE_EMULATOR_HOST": firestore.host}
        service = Service(Path(folder), STORE="firestore", **settings)
        try:
            service.start()
            while not requests.get(f"{service.url}/readyz", timeout=20).json()["checks"]["worker"]["ok"]:
                time.sleep(0.5)
            resting = idle(firestore, IDLE_SECONDS)
            share, spent, took = separation(service, firestore, song)
            heard, lasted = audience(service, firestore, share, options.listeners, options.seconds)
        finally:
            service.stop()
            firestore.stop()
    hour = 3600 / IDLE_SECONDS
    rows = {
        "an idle hour, one worker": {kind: resting[kind] * hour for kind in ("reads", "writes")},
        f"a song of {options.minutes} min, separated in {took:.0f} s": less(spent, resting, took),
        f"{options.listeners} listeners within {lasted:.0f} s": less(heard, resting, lasted),
    }
    for title, row in rows.items():
        print(f"  {title:44} {row['reads']:8.0f} reads {row['writes']:8.0f} writes")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
