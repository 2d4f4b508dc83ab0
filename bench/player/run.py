"""Compare Stemlink's player with its peers, in a real Chromium, on the same stems and the same slow line.

    python bench/player/run.py [--quick] [--players stemlink,stemplayer] [--out results.json]
    python bench/player/run.py --long      # our own memory: a song of an hour beside one of five minutes

Needs Chromium (/usr/bin/chromium), npm, and the network once, to install the peers from the lockfile into the cache.
What is measured, and how: README.md beside this file.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as a script, it finds its own package

from bench.player.browser import CHROMIUM
from bench.player.measure import Run, Weighing, measure
from bench.player.media import prepare
from bench.player.players import PLAYERS, Player, build_peers, version
from bench.player.report import grid, markdown, table
from bench.player.server import Site, serve

SONG_SECONDS = 300
SHARE = f"{SONG_SECONDS}x4"
LONG_SHARES = (f"{SONG_SECONDS}x6", "3600x6")


def main() -> int:
    """Run what was asked for; 1 when a run failed."""
    options = _options()
    cache: Path = options.cache
    weighing = Weighing(10, 5) if options.quick else Weighing()
    console = Console(width=None if sys.stdout.isatty() else 160)
    media = prepare(cache, SONG_SECONDS)
    with sync_playwright() as playwright:
        if options.long:
            runs, cells = _long(playwright, media, weighing, options.runs)
        else:
            chosen = [player for player in PLAYERS if player.key in options.players.split(",")]
            versions = {player.key: version(cache, player) for player in chosen if build_peers(cache)}
            site = Site(media, _pages(chosen), {"/peers/": cache / "peers/dist"})
            runs = _compare(playwright, chosen, site, weighing, options)
            cells = grid(runs, chosen, versions)
    console.print(table(cells))
    text = markdown(cells)
    console.print(text, soft_wrap=True, markup=False)
    options.out.write_text(json.dumps(_document(runs, text), indent=2))
    console.print(f"All figures: {options.out}")
    return 1 if any(run.error for run in runs) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one run each, 10 s of playing, 5 seeks")
    parser.add_argument("--long", action="store_true", help="memory of our player, 60 minutes against 5")
    parser.add_argument("--runs", type=int, help="runs of each kind (5; with --quick 1; with --long 3)")
    parser.add_argument(
        "--players", default=",".join(player.key for player in PLAYERS), help="keys, with commas"
    )
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "stemlink-player-bench")
    parser.add_argument("--out", type=Path, default=Path("player-bench.json"), help="where the JSON goes")
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.quick else 3 if options.long else 5)
    return options


def _pages(players: Sequence[Player]) -> dict[str, str]:
    return {f"/{player.key}": player.page(share=SHARE) for player in players}


def _compare(
    playwright: Playwright, players: list[Player], site: Site, weighing: Weighing, options: argparse.Namespace
) -> list[Run]:
    """Every player in turn, beginning with another one each round. Memory takes minutes: three rounds weigh."""
    runs = []
    with serve(site) as base_url:
        for round_ in range(options.runs):
            first = round_ % len(players)
            for player in players[first:] + players[:first]:
                for settled in (False, True):
                    weigh = weighing if settled and round_ < 3 else None
                    run = measure(
                        playwright, player, f"{base_url}/{player.key}", site, weighing=weigh, settled=settled
                    )
                    runs.append(run)
                    _say(run)
    return runs


def _long(
    playwright: Playwright, media: Path, weighing: Weighing, rounds: int
) -> tuple[list[Run], list[list[str]]]:
    ours = PLAYERS[0]
    site = Site(media, {f"/{share}": ours.page(share=share) for share in LONG_SHARES})
    runs = []
    with serve(site) as base_url:
        for _ in range(rounds):
            for share in LONG_SHARES:
                run = measure(playwright, ours, f"{base_url}/{share}", site, weighing=weighing, settled=True)
                runs.append(replace(run, player=share))
                _say(runs[-1])
    cells = [["Memory of the renderer, MB (6 stems)", "5 minutes", "60 minutes", "60 : 5"]]
    for moment in ("first sound", "after playing", "after seeks"):
        short, long = (
            statistics.median([run.memory.get(moment, float("nan")) for run in runs if run.player == share])
            for share in LONG_SHARES
        )
        cells.append([moment.capitalize(), f"{short:.0f}", f"{long:.0f}", f"{long / short:.2f}"])
    return runs, cells


def _say(run: Run) -> None:
    when = "page at rest" if run.settled else "pressed at once"
    sound = (
        f"sound {run.press_to_sound:.2f} s after the press, {run.bytes_to_sound / 1e6:.2f} MB, {run.memory}"
    )
    print(f"{run.player:18} {when:16} {run.error or sound} (load {run.load:.1f})", flush=True)


def _document(runs: list[Run], text: str) -> dict[str, Any]:
    return {
        "machine": {"processors": os.cpu_count(), "system": platform.platform()},
        "browser": subprocess.run(
            [CHROMIUM, "--version"], capture_output=True, text=True, check=True
        ).stdout.strip(),
        "runs": [run.document() for run in runs],
        "markdown": text,
    }


if __name__ == "__main__":
    sys.exit(main())
