"""The learning curve as a picture."""

import json
from pathlib import Path

from separation.evaluation.chart import Chart, stroke


def read(path: Path) -> list[dict[str, float]]:
    """The lines of a curve; a last line that was cut off is left out."""
    rows = []
    for line in path.read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def draw(rows: list[dict[str, float]]) -> str:
    """An SVG of all scores in dB over the steps; `silence`, on another scale, is left out."""
    names = sorted({name for row in rows for name in row} - {"step", "minutes"})
    names = [name for name in names if not name.endswith("/silence")]
    chart = Chart([row[name] for row in rows for name in names if name in row])
    last = max((row["step"] for row in rows), default=0) or 1
    for quarter in range(5):
        chart.below(quarter / 4, f"{last * quarter / 4:.0f}")
    chart.caption("steps; SDR in dB")
    for number, name in enumerate(names):
        points = " ".join(
            f"{chart.x(row['step'] / last):.1f},{chart.y(row[name]):.1f}" for row in rows if name in row
        )
        chart.add(f'<polyline points="{points}" fill="none" {stroke(number)} stroke-width="1.6"/>')
        chart.legend(number, name)
    return chart.svg()
