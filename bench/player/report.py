"""Medians and ranges of the runs, as a table for the terminal and as Markdown for the README."""

import statistics
from collections.abc import Callable, Sequence
from typing import Final

from rich.table import Table

from bench.player.measure import Run
from bench.player.players import Player

_ROWS: Final[tuple[tuple[str, bool, Callable[[Run], float | None], str], ...]] = (
    # what, of runs that were pressed late, value, format
    ("Ready to press, s after navigation", False, lambda run: run.ready, ".2f"),
    ("First sound, s after navigation, pressed at once", False, lambda run: run.navigation_to_sound, ".2f"),
    ("First sound, s after the press, page at rest", True, lambda run: run.press_to_sound, ".2f"),
    (
        "Loaded before the first sound, MB, pressed at once",
        False,
        lambda run: run.bytes_to_sound / 1e6,
        ".2f",
    ),
    ("Memory at the first sound, MB", True, lambda run: run.memory.get("first sound"), ".0f"),
    ("Memory after playing, MB", True, lambda run: run.memory.get("after playing"), ".0f"),
    ("Memory after playing and seeks, MB", True, lambda run: run.memory.get("after seeks"), ".0f"),
)

Grid = list[list[str]]


def grid(runs: Sequence[Run], players: Sequence[Player], versions: dict[str, str]) -> Grid:
    """The report as rows of cells, a column for each player; `median (least - most)` where there were several runs."""
    head = ["", *(f"{player.name} {versions[player.key]}" for player in players)]
    body = [["Audio", *(player.audio for player in players)]]
    for title, settled, value, form in _ROWS:
        cells = []
        for player in players:
            own = [run for run in runs if (run.player, run.settled, run.error) == (player.key, settled, None)]
            cells.append(_cell([number for run in own if (number := value(run)) is not None], form))
        body.append([title, *cells])
    return [head, *body]


def _cell(values: list[float], form: str) -> str:
    if not values:
        return "-"
    median = f"{statistics.median(values):{form}}"
    return median if len(values) == 1 else f"{median} ({min(values):{form}} - {max(values):{form}})"


def table(cells: Grid) -> Table:
    """For the terminal."""
    made = Table(*cells[0])
    for row in cells[1:]:
        made.add_row(*row)
    return made


def markdown(cells: Grid) -> str:
    """For the README."""
    rule = ["---", *("---:" for _ in cells[0][1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [cells[0], rule, *cells[1:]])
