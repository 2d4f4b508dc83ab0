"""After a training stems are weighed against each other."""

from typing import cast

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensorMode

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.catalogue import SAMPLE_RATE, ModelInfo
from separation.models.bandsplit import BandSplit, BandSplitNet, Shape
from separation.training import calibration, validation
from separation.training.validation import Case

INFO = ModelInfo("tiny", "Tiny", ("vocals", "band"), "MIT", "")


@pytest.fixture
def net() -> BandSplitNet:
    torch.manual_seed(1)
    return BandSplitNet(Shape(width=8, depth=1, stride=2), 2)


def noise(seed: int, seconds: float, gain: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    return (gain * rng.standard_normal((2, int(seconds * SAMPLE_RATE)))).astype(np.float32)


def case(vocals: float, band: float) -> Case:
    references = {"vocals": noise(1, 3, vocals), "band": noise(2, 3, band)}
    return Case("made", references["vocals"] + references["band"], references)


def test_a_network_on_a_gpu_is_weighed_there(net: BandSplitNet, monkeypatch: pytest.MonkeyPatch) -> None:
    """With biases that know nothing but their device, as a machine without a GPU has them."""
    monkeypatch.setattr(calibration, "score", lambda _figures: 0.0)
    with FakeTensorMode(allow_non_fake_inputs=True):
        for layers in net.merge:
            last = cast(nn.Linear, cast(nn.Sequential, layers)[-1])
            last.bias = nn.Parameter(torch.empty(last.bias.shape, device="cuda"))
        calibration.balance(net, INFO, [])


@pytest.mark.parametrize(("vocals", "band"), [(0.3, 0.1), (0.1, 0.3)])
def test_a_stem_that_is_heard_too_seldom_or_too_readily_is_weighed_anew(
    net: BandSplitNet, vocals: float, band: float
) -> None:
    cases = [case(vocals, band)]

    def judged() -> float:
        return validation.judge(BandSplit(net, torch.device("cpu"), INFO), cases)["score"]

    before = judged()
    added = calibration.balance(net, INFO, cases)
    assert set(added) == {"vocals"}
    assert (added["vocals"] > 0.3) == (vocals > band)
    assert judged() > before + 0.5  # what the product does with the file, not what the search thought


def test_a_silent_reference_decides_nothing(net: BandSplitNet) -> None:
    one = case(0.3, 0.1)
    silent = Case("made", one.references["band"], {**one.references, "vocals": 0 * one.references["vocals"]})
    assert np.isfinite(list(calibration.balance(net, INFO, [silent]).values())).all()
