"""How many answers a second the web server of one machine gives: segments, manifests, pages.

    python -m bench.web [--seconds 10] [--clients 8] [--json FILE]

Starts an installation of its own on a free port, and asks for its demo share over kept connections from processes
of the same machine: clients and server share its cores, so the figures are what it gives at least.
"""

import argparse
import http.client
import json
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.running import Service

DEMO = "TryTheStems"


def ask(port: int, paths: list[str], seconds: float) -> tuple[int, int]:
    """One client: how many answers and how many bytes it got in that time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answers = size = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection.request("GET", paths[answers % len(paths)])
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:200])
        answers, size = answers + 1, size + len(body)
    connection.close()
    return answers, size


def measure(port: int, paths: list[str], seconds: float, clients: int) -> dict[str, float]:
    """All clients at once."""
    with ProcessPoolExecutor(clients) as pool:
        futures = [pool.submit(ask, port, paths, seconds) for _ in range(clients)]
        found = [future.result() for future in futures]
    answers, size = sum(answer for answer, _ in found), sum(size for _, size in found)
    return {
        "answers_per_second": answers / seconds,
        "megabytes_per_second": size / seconds / 1e6,
        "kilobytes_each": size / max(answers, 1) / 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results: dict[str, Any] = {"cores": os.cpu_count(), "clients": options.clients}
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), STEMLINK_MISS_LIMIT="1000000/second")
        try:
            service.start()
            stems = service.manifest(DEMO)["stems"]
            kinds = {"manifest": [f"/api/shares/{DEMO}/"], "page": [f"/{DEMO}"]}
            for kind in ("flac", "aac"):
                addresses = [
                    stem["renditions"][kind]["url"].format(segment=n) for stem in stems for n in range(5)
                ]
                kinds[f"segment, {kind}"] = [urlsplit(address).path for address in addresses]
            for kind, paths in kinds.items():
                results[kind] = measure(service.port, paths, options.seconds, options.clients)
                print(kind, {name: round(value, 1) for name, value in results[kind].items()}, flush=True)
        finally:
            service.stop()
    if options.json:
        options.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
