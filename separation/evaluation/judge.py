"""The estimates of a song's stems against the song's own stems."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from separation.evaluation import bss, metrics
from separation.evaluation.tape import Sum, Track, pieces


@dataclass(frozen=True, slots=True)
class Figures:
    """One stem of one song, in dB. Where the reference is silent there is only the `leakage`, elsewhere all but that.

    The first four are BSS Eval's, medians over windows of a second; NaN where no window has any, as one of the song's
    stems is silent in each."""

    sdr: float | None = None
    sir: float | None = None
    sar: float | None = None
    isr: float | None = None
    whole: float | None = None  # plain SDR over the whole song
    leakage: float | None = None  # level of the estimate against the mixture


def gathered(stems: Mapping[str, Track], names: Iterable[str]) -> dict[str, Track]:
    """The stems of a model as the references are named: one, or the sum of several."""
    return {name: Sum([stems[part] for part in name.split("+")]) for name in names}


class _Energies(NamedTuple):
    reference: float
    estimate: float
    error: float


class Judge:
    """Compares estimates with the references of one song; all are read piece by piece.

    `references` go by the stem that they are compared with, or by several of them: `bass+drums`."""

    def __init__(self, references: Mapping[str, Track], mixture: Track) -> None:
        self._references = references
        self._mixture = sum(metrics.energy(piece) for piece in pieces(mixture))
        self._sounding = [name for name, track in references.items() if not self._is_silent(track)]
        tracks = [references[name] for name in self._sounding]
        self._bss = bss.References(tracks) if tracks else None

    def sounds(self, name: str) -> bool:
        """Whether there is anything in this reference."""
        return name in self._sounding

    def compare(self, estimates: Mapping[str, Track]) -> dict[str, Figures]:
        """Figures of an estimate for each reference, by its name."""
        found = {}
        windows = np.empty((4, 0, 0))
        if self._bss:
            windows = self._bss.measure([estimates[name] for name in self._sounding])
        for name, reference in self._references.items():
            energies = _energies(reference, estimates[name])
            if self.sounds(name):
                whole = metrics.decibel(energies.reference, energies.error)
                sdr, sir, sar, isr = (_median(kind[self._sounding.index(name)]) for kind in windows)
                found[name] = Figures(sdr, sir, sar, isr, whole)
            else:
                found[name] = Figures(leakage=metrics.decibel(energies.estimate, self._mixture))
        return found

    def _is_silent(self, track: Track) -> bool:
        return metrics.silent(sum(metrics.energy(piece) for piece in pieces(track)), self._mixture)


def _energies(reference: Track, estimate: Track) -> _Energies:
    sums = np.zeros(3)
    length = 44_100
    for first in range(0, max(reference.frames, estimate.frames), length):
        wanted, found = reference.read(first, length), estimate.read(first, length)
        sums += [metrics.energy(wanted), metrics.energy(found), metrics.energy(wanted - found)]
    return _Energies(*sums.tolist())


def _median(values: NDArray[np.float64]) -> float:
    """The median of those that are numbers; NaN where none is."""
    values = values[~np.isnan(values)]
    return float(np.median(values)) if values.size else float("nan")
