"""What an evaluation found: as a table for people and as JSON for programs."""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from separation.evaluation.evaluate import Result
from separation.evaluation.judge import Figures


@dataclass(frozen=True, slots=True)
class Summary:
    """One stem of one model over all songs, in dB; None where no song has any such figure.

    BSS Eval's figures are medians over songs, as SiSEC gives them, and so is `leakage`; `whole` is a mean."""

    model: str
    stem: str
    songs: int  # in which the stem sounds
    sdr: float | None
    sir: float | None
    sar: float | None
    isr: float | None
    whole: float | None
    silent: int  # songs in which it doesn't
    leakage: float | None


def summarise(results: Sequence[Result]) -> list[Summary]:
    """A summary for each model and stem, in the order in which they came."""
    groups: dict[tuple[str, str], list[Figures]] = {}
    for result in results:
        for stem, figures in result.stems.items():
            groups.setdefault((result.model, stem), []).append(figures)
    models = list(dict.fromkeys(result.model for result in results))
    found = []
    for (model, stem), every in sorted(groups.items(), key=lambda group: models.index(group[0][0])):
        sdr, sir, sar, isr = (_over(np.median, every, kind) for kind in ("sdr", "sir", "sar", "isr"))
        silent = sum(figures.leakage is not None for figures in every)
        whole, leakage = _over(np.mean, every, "whole"), _over(np.median, every, "leakage")
        found.append(Summary(model, stem, len(every) - silent, sdr, sir, sar, isr, whole, silent, leakage))
    return found


def text(results: Sequence[Result]) -> str:
    """A table for people who read a terminal."""
    page = io.StringIO()
    Console(file=page, width=110).print(_table(summarise(results)))
    return page.getvalue()


def _table(summaries: Sequence[Summary]) -> Table:
    grid = Table(title="Median over songs of the median over windows of 1 s, in dB (BSS Eval v4)")
    for name in ("Model", "Stem"):
        grid.add_column(name, no_wrap=True)
    for name in ("Songs", "SDR", "SIR", "SAR", "ISR", "Whole song", "Silent", "Leakage"):
        grid.add_column(name, justify="right")
    before = ""
    for one in summaries:
        if before and one.model != before:
            grid.add_section()
        figures = [_words(value) for value in (one.sdr, one.sir, one.sar, one.isr, one.whole)]
        silent = str(one.silent or "")
        name = "" if one.model == before else one.model
        grid.add_row(name, one.stem, str(one.songs), *figures, silent, _words(one.leakage))
        before = one.model
    grid.caption = (
        "Whole song: mean of the plain SDR. Silent: songs without this stem; leakage: level of what was found there, "
        "against the mixture, median over songs."
    )
    return grid


def as_json(
    results: Sequence[Result], data: str, left_out: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Everything, for programs; figures that don't exist are null. `left_out` are songs and why they have none."""
    return {
        "data": data,
        "summary": [_plain(asdict(summary)) for summary in summarise(results)],
        "songs": [
            {
                "song": result.song,
                "model": result.model,
                "stems": {stem: _plain(asdict(figures)) for stem, figures in result.stems.items()},
            }
            for result in results
        ],
        "left_out": dict(left_out or {}),
    }


def _over(
    mean: Callable[[NDArray[np.float64]], np.floating[Any]], every: Sequence[Figures], kind: str
) -> float | None:
    values = np.array([getattr(figures, kind) for figures in every], dtype=np.float64)  # None becomes NaN
    values = values[~np.isnan(values)]
    return float(mean(values)) if values.size else None


def _words(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _plain(figures: dict[str, Any]) -> dict[str, Any]:
    """JSON has neither NaN nor infinity."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in figures.items()
    }
