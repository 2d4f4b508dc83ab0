"""What is set in a network in the end, without learning: how readily it hears a stem."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    BandSplitNet,
    absent,
    features,
    magnitude,
    sure,
)
from separation.models.stft import STFT
from separation.models.weights import load_weights
from separation.statistics import measure
from separation.training import memory, results, validation
from separation.training.errors import room
from separation.training.plan import Plan
from separation.training.validation import Case, score

_EVERY = 12  # frames of which one is looked at; still some seventy a song
_MOST = 3.0  # that a logit is raised or lowered
_TRIES = 60


def finish(plan: Plan) -> int:
    """Shortens the memory of the result of a training, where there are songs to judge by, and balances its stems again;
    returns in how many rounds."""
    cases = validation.cases(plan.held_out, plan.real, plan.info.sources)
    if not cases:
        return 0
    net = BandSplitNet(plan.shape, len(plan.info.sources))
    load_weights(net, plan.info.name, plan.out)
    with room(plan):
        net.to(plan.device).eval()
        taken = memory.shorten(net, plan.info, [case.mixture for case in cases])
        if taken:
            balance(net, plan.info, cases)
    if taken:
        results.write(plan.result, plan.info, plan.shape, net.state_dict())
    return taken


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
    whole = metrics.energy(case.mixture)
    references = {
        f"{case.group}/{name}": (
            [info.sources.index(part) for part in name.split("+")],
            spectrum(reference)[::_EVERY].clone(),
        )
        for name, reference in case.references.items()
        if not metrics.silent(metrics.energy(reference), whole)
    }
    looked = mixture[::_EVERY].clone()
    return _Heard(logits, looked, looked.abs().square(), references)
