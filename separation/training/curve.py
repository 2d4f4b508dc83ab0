"""The learning curve as a picture: SVG written by hand, no plotting library."""

import json
from pathlib import Path
from xml.sax.saxutils import escape

_COLOURS = ("#E8702A", "#2F7FC1", "#0E9C84", "#B0529A", "#C9352B", "#2FA3CF", "#7E844E", "#555555")
_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 210, 16, 40  # margins


def read(path: Path) -> list[dict[str, float]]:
    """The lines of a curve; a last line that was cut off is left out."""
    rows = []
    for line in path.read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def draw(rows: list[dict[str, float]], across: str = "step") -> str:
    """An SVG of all scores in dB over the steps; `silence`, on another scale, is left out."""
    names = sorted({name for row in rows for name in row} - {"step", "minutes"})
    names = [name for name in names if not name.endswith("/silence")]
    values = [row[name] for row in rows for name in names if name in row] or [0.0]
    low, high = min(values) - 0.5, max(values) + 0.5
    last = max((row[across] for row in rows), default=0) or 1

    def x(value: float) -> float:
        return _LEFT + value / last * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for mark in range(int(low) if low >= 0 else int(low) - 1, int(high) + 1):
        if mark >= low:
            parts.append(f'<path d="M{_LEFT} {y(mark):.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
            parts.append(f'<text x="{_LEFT - 6}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark}</text>')
    for part in range(5):
        value = last * part / 4
        parts.append(
            f'<text x="{x(value):.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{value:.0f}</text>'
        )
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 6}">{escape(across)}s; SDR in dB</text>')
    for number, name in enumerate(names):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{x(row[across]):.1f},{y(row[name]):.1f}" for row in rows if name in row)
        dashes = ' stroke-dasharray="5 3"' if number >= len(_COLOURS) else ""
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"{dashes}/>'
        )
        place = _TOP + 12 + 15 * number
        parts.append(
            f'<path d="M{_WIDTH - _RIGHT + 10} {place - 4}h18" stroke="{colour}" stroke-width="2"{dashes}/>'
        )
        parts.append(f'<text x="{_WIDTH - _RIGHT + 34}" y="{place}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>\n"])
