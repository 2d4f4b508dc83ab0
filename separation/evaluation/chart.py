"""Figures in dB as a picture: SVG written by hand, no plotting library."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

COLOURS = ("#E8702A", "#2F7FC1", "#0E9C84", "#B0529A", "#C9352B", "#2FA3CF", "#7E844E", "#555555")
WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 48, 210, 16, 40  # margins


class Chart:
    """A frame with a line for each dB, in which others draw; `x` is from 0 to 1, `y` in dB."""

    def __init__(self, values: Sequence[float]) -> None:
        self._low, self._high = min(values, default=0.0) - 0.5, max(values, default=0.0) + 0.5
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="11">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        ]
        step = max(1, round((self._high - self._low) / 12))
        first = int(self._low // step + 1) * step
        for mark in range(first, int(self._high // 1) + 1, step):
            self.add(f'<path d="M{LEFT} {self.y(mark):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            self.add(f'<text x="{LEFT - 6}" y="{self.y(mark) + 4:.1f}" text-anchor="end">{mark}</text>')

    def x(self, value: float) -> float:
        """Where 0 (left) to 1 (right) is."""
        return LEFT + value * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Where so many dB are."""
        return TOP + (self._high - value) / (self._high - self._low) * (HEIGHT - TOP - BOTTOM)

    def add(self, part: str) -> None:
        """An element."""
        self._parts.append(part)

    def below(self, value: float, text: str) -> None:
        """A label on the axis."""
        self.add(
            f'<text x="{self.x(value):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{escape(text)}</text>'
        )

    def caption(self, text: str) -> None:
        """What the picture shows."""
        self.add(f'<text x="{LEFT}" y="{HEIGHT - 6}">{escape(text)}</text>')

    def legend(self, number: int, name: str) -> None:
        """An entry on the right, in the colour of that number."""
        place = TOP + 12 + 15 * number
        self.add(f'<path d="M{WIDTH - RIGHT + 10} {place - 4}h18" {stroke(number)} stroke-width="2"/>')
        self.add(f'<text x="{WIDTH - RIGHT + 34}" y="{place}">{escape(name)}</text>')

    def svg(self) -> str:
        """The whole picture."""
        return "\n".join([*self._parts, "</svg>\n"])


def stroke(number: int) -> str:
    """The line of that number: a colour, dashed where the colours begin again."""
    dashes = ' stroke-dasharray="5 3"' if number >= len(COLOURS) else ""
    return f'stroke="{COLOURS[number % len(COLOURS)]}"{dashes}'
