"""What is set in a network in the end, without learning: how much it keeps of what it began with, how readily it hears
a stem."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn

from separation.catalogue import ModelInfo
from separation.evaluation import metrics
from separation.models.bandsplit import (
    AROUND,
    HOP,
    SIZE,
    TOP,
    BandSplit,
    BandSplitNet,
    absent,
    features,
    magnitude,
    sure,
)
from separation.models.stft import STFT
from separation.models.weights import load_weights, read_metadata
from separation.runner import room
from separation.statistics import measure
from separation.training import memory, results, validation
from separation.training.plan import Plan
from separation.training.validation import Case, score

_EVERY = 12  # frames of which one is looked at; still some seventy a song
_MOST = 3.0  # that a logit is raised or lowered
_TRIES = 60
_SHARES = (0.25, 0.5, 0.75)  # of what was learned, which are tried beside all of it
# Of the time that it takes to finish: where weighing ends, and where balancing begins.
_WEIGHING, _BALANCED = 0.5, 0.9
_ROOM = "What was learned is kept: go on with --resume when the device has less to do, or with --device cpu."


@dataclass(frozen=True, slots=True)
class Finished:
    """What was done to the result of a training."""

    share: float = 1.0  # of what was learned; the rest is what it began with
    rounds: int = 0  # in which its memory was shortened


def finish(plan: Plan, progress: Callable[[float], None] = lambda _done: None) -> Finished:
    """Makes of the result of a training what is installed, `plan.finished`. The result itself stays as it is.

    Where there are songs to judge by: the mean with the model of the same stems that it began with which separates
    best, with its memory shortened, and balanced. `progress` hears about which part of this is done. Raises
    ModelError `out_of_memory`."""
    with room(plan.device, _ROOM):
        net = BandSplitNet(plan.shape, len(plan.info.sources))
        load_weights(net, plan.info.name, plan.out)
        cases = validation.cases(plan.held_out, plan.real, plan.info.sources)
        share, rounds, weighed = 1.0, 0, 0.0
        if cases:
            net.to(plan.device).eval()
            if plan.start is not None and _alike(plan.start, plan.info.sources):
                start = BandSplitNet(plan.shape, len(plan.info.sources))
                results.start_from(start, plan.start, plan.info.sources)
                weighed = _WEIGHING
                share = interpolate(
                    *(net, start.to(plan.device), plan.info, cases), lambda done: progress(weighed * done)
                )
            rounds = memory.shorten(
                *(net, plan.info, [case.mixture for case in cases]),
                lambda done: progress(weighed + (_BALANCED - weighed) * done),
            )
            if rounds:
                balance(net, plan.info, cases)
        plan.finished.parent.mkdir(exist_ok=True)
        results.write(plan.finished, plan.info, plan.shape, net.state_dict())
        progress(1.0)
    return Finished(share, rounds)


def interpolate(
    net: BandSplitNet,
    start: BandSplitNet,
    info: ModelInfo,
    cases: Sequence[Case],
    progress: Callable[[float], None] = lambda _done: None,
) -> float:
    """Gives `net` the mean of its weights and those that it began with that separates best, balanced.

    What training on other songs takes from a network that knew many, comes back, and most of what it won stays, at no
    cost (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022). Returns the share of what was learned."""
    begun, learned = ({key: value.clone() for key, value in one.state_dict().items()} for one in (start, net))

    def judged(share: float) -> tuple[float, dict[str, Tensor]]:
        net.load_state_dict({key: torch.lerp(begun[key], learned[key], share) for key in learned})
        balance(net, info, cases)
        score = validation.judge(BandSplit(net, next(net.parameters()).device, info), cases)["score"]
        return score, {key: value.clone() for key, value in net.state_dict().items()}

    found = {}
    for number, share in enumerate((1.0, *_SHARES)):
        progress(number / (1 + len(_SHARES)))
        found[share] = judged(share)
    best = max(found, key=lambda share: found[share][0])
    net.load_state_dict(found[best][1])
    return best


def _alike(path: Path, sources: Sequence[str]) -> bool:
    """Whether a model has these stems and no others, in any order: a mean with what is known by chance is noise."""
    return set(read_metadata(path.stem, path.parent).get("sources", "").split(",")) == set(sources)


def balance(net: BandSplitNet, info: ModelInfo, cases: Sequence[Case]) -> dict[str, float]:
    """Raises or lowers the logit of each stem but the last so that the validation songs are separated best.

    What was learned from is known better than what comes, and a network that is punished for every wrong guess gives
    what it doesn't know to the others too often (a real voice: 5.7 dB, 7.4 to 7.7 with its logit raised by 1).
    Returns what was added."""
    heard = [_heard(net, info, case) for case in cases]
    free = len(info.sources) - 1

    def worse(added: NDArray[np.float64]) -> float:
        biases = torch.tensor([*np.clip(added, -_MOST, _MOST), 0.0], dtype=torch.float32)
        figures: dict[str, list[float]] = {}
        for one in heard:
            for name, figure in one.sdr(biases).items():
                figures.setdefault(name, []).append(figure)
        return -score({name: float(np.mean(values)) for name, values in figures.items()})

    simplex = np.concatenate([np.zeros((1, free)), 0.6 * np.eye(free)])
    options = {"initial_simplex": simplex, "maxfev": _TRIES, "xatol": 0.03, "fatol": 0.003}
    added = np.clip(minimize(worse, simplex[0], method="Nelder-Mead", options=options).x, -_MOST, _MOST)
    with torch.no_grad():
        for layers in net.merge:
            bias = cast(nn.Linear, cast(nn.Sequential, layers)[-1]).bias
            by_source = bias.view(net.shape.stride, net.sources, -1).unbind(1)
            for mine, more in zip(by_source, added.tolist(), strict=False):
                mine.add_(more)
    return dict(zip(info.sources, added.tolist(), strict=False))


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a network hears of a song, and what it should."""

    logits: Tensor  # (frames, sources, 2, TOP)
    mixture: Tensor  # complex (frames, 2, TOP)
    power: Tensor  # of the mixture, alike
    # By group/stem, as in the scores: the sources that make it up, and its spectrum.
    references: dict[str, tuple[list[int], Tensor]]

    def sdr(self, biases: Tensor) -> dict[str, float]:
        """With `biases` (sources,) added to the logits; of the bins that the network looks at."""
        logits = self.logits + biases[:, None, None]
        energies = sure(torch.softmax(logits, dim=1), self.power[:, None]).sum((2, 3))
        lost = absent(energies[None], self.power.sum((1, 2))[None], AROUND // _EVERY)[0]
        masks = torch.softmax(logits - lost[:, :, None, None], dim=1)
        found = {}
        for name, (parts, reference) in self.references.items():
            error = torch.view_as_real(masks[:, parts].sum(1) * self.mixture - reference)
            energy = torch.view_as_real(reference).square().sum()
            found[name] = metrics.decibel(float(energy), float(error.square().sum()))
        return found


@torch.inference_mode()
def _heard(net: BandSplitNet, info: ModelInfo, case: Case) -> _Heard:
    stft = STFT(SIZE, HOP, torch.device("cpu"))

    def spectrum(sound: NDArray[np.float32]) -> Tensor:
        return stft.forward(torch.from_numpy(sound)[None])[0, :, :, :TOP]

    mixture = spectrum(case.mixture)
    seen = features(mixture[None], magnitude(measure(case.mixture).rms))
    device = next(net.parameters()).device
    logits = net.decode(net.think(net.encode(seen.to(device))), len(mixture))[0].cpu()[::_EVERY].clone()
    references = {
        f"{case.group}/{name}": (
            [info.sources.index(part) for part in name.split("+")],
            spectrum(reference)[::_EVERY].clone(),
        )
        for name, reference in case.references.items()
        if case.sounds(name)
    }
    looked = mixture[::_EVERY].clone()
    return _Heard(logits, looked, looked.abs().square(), references)
