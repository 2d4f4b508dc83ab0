"""An evaluation as a picture: for every stem and model the songs as dots, and their median as a line."""

from collections.abc import Sequence

import numpy as np

from separation.evaluation.chart import COLOURS, Chart, stroke
from separation.evaluation.evaluate import Result


def draw(results: Sequence[Result]) -> str:
    """An SVG of the SDR of BSS Eval in dB; songs without that figure are left out."""
    models = list(dict.fromkeys(result.model for result in results))
    stems = list(dict.fromkeys(stem for result in results for stem in result.stems))
    found: dict[tuple[str, str], list[float]] = {(model, stem): [] for stem in stems for model in models}
    for result in results:
        for stem, figures in result.stems.items():
            if figures.sdr is not None and np.isfinite(figures.sdr):
                found[result.model, stem].append(figures.sdr)
    chart = Chart([value for values in found.values() for value in values])
    for number, model in enumerate(models):
        for place, stem in enumerate(stems):
            middle = (place + (number + 1) / (len(models) + 1)) / len(stems)
            _column(chart, middle, 0.3 / len(stems) / (len(models) + 1), number, found[model, stem])
        chart.legend(number, model)
    for place, stem in enumerate(stems):
        chart.below((place + 0.5) / len(stems), stem)
    chart.caption("SDR in dB (BSS Eval v4): songs and their median")
    return chart.svg()


def _column(chart: Chart, middle: float, half: float, number: int, values: Sequence[float]) -> None:
    colour = COLOURS[number % len(COLOURS)]
    for index, value in enumerate(values):
        aside = half * (index % 3 - 1) * 0.6  # so that dots at the same height are seen
        chart.add(
            f'<circle cx="{chart.x(middle + aside):.1f}" cy="{chart.y(value):.1f}" r="2" '
            f'fill="{colour}" fill-opacity="0.5"/>'
        )
    if values:
        height = chart.y(float(np.median(values)))
        left, right = chart.x(middle - half), chart.x(middle + half)
        chart.add(f'<path d="M{left:.1f} {height:.1f}H{right:.1f}" {stroke(number)} stroke-width="3"/>')
