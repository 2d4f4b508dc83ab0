"""After a training stems are weighed against each other."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy.signal import butter, sosfilt
from torch import nn
from torch._subclasses import FakeTensorMode

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.catalogue import SAMPLE_RATE, ModelInfo
from separation.evaluation.metrics import Sound
from separation.evaluation.tape import record
from separation.models.bandsplit import BandSplit, BandSplitNet, Shape, band_edges
from separation.training import calibration, results, validation
from separation.training.plan import Plan
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


def says(net: BandSplitNet, clarity: float) -> BandSplitNet:
    """Whatever it hears: what is low is vocals, what is high the band, by so much."""
    low = torch.tensor([edge < 100 for edge in band_edges()[:-1]])  # bins: 1.1 kHz
    for band, layers in zip(low, net.merge, strict=True):
        last = cast(nn.Linear, cast(nn.Sequential, layers)[-1])
        nn.init.zeros_(last.weight)
        by_source = last.bias.data.view(net.shape.stride, 2, -1)
        by_source[:, 0], by_source[:, 1] = (clarity, -clarity) if band else (-clarity, clarity)
    return net


def low_and_high() -> dict[str, Sound]:
    def part(kind: str, seed: int, gain: float) -> Sound:
        filtered = sosfilt(butter(8, 1_100, kind, fs=SAMPLE_RATE, output="sos"), noise(seed, 3, gain))
        return np.asarray(filtered, np.float32)

    return {"vocals": part("low", 1, 0.9), "band": part("high", 2, 0.2)}


@pytest.mark.parametrize(
    ("began", "learned", "kept"), [(1.0, -0.5, 0.25), (-0.5, 1.0, 1.0), (2.0, 1.5, 0.25)]
)
def test_of_what_was_learned_no_more_is_kept_than_helps(began: float, learned: float, kept: float) -> None:
    stems = low_and_high()
    cases = [Case("made", stems["vocals"] + stems["band"], stems)]
    start, net = (says(BandSplitNet(Shape(width=8, depth=1, stride=2), 2), by) for by in (began, learned))

    assert calibration.interpolate(net, start, INFO, cases) == kept
    wanted = says(BandSplitNet(net.shape, 2), began + kept * (learned - began))
    calibration.balance(wanted, INFO, cases)
    found = [validation.judge(BandSplit(one, torch.device("cpu"), INFO), cases) for one in (net, wanted)]
    assert found[0] == pytest.approx(found[1], abs=0.05)


@pytest.mark.parametrize(
    ("known", "kept"), [(("vocals", "band"), 0.25), (("band", "vocals"), 0.25), (("piano", "band"), 1.0)]
)
def test_a_result_is_a_mean_with_a_model_of_the_same_stems_alone(
    tmp_path: Path, known: tuple[str, ...], kept: float
) -> None:
    shape = Shape(width=8, depth=1, stride=2)
    torch.manual_seed(1)
    net = says(BandSplitNet(shape, 2), -0.5)
    (tmp_path / "out").mkdir()
    results.write(tmp_path / "out/tiny.safetensors", INFO, shape, net.state_dict())
    says(net, 1.0 if known[0] != "band" else -1.0)
    results.write(
        tmp_path / "before.safetensors", replace(INFO, name="before", sources=known), shape, net.state_dict()
    )
    song = tmp_path / "real/test/A song"
    song.mkdir(parents=True)
    for stem, sound in low_and_high().items():
        record(song / f"{stem}.wav", [sound])
    plan = Plan(
        INFO, (), tmp_path / "out", shape=shape, start=tmp_path / "before.safetensors", real=tmp_path / "real"
    )
    before = plan.result.read_bytes()
    told: list[float] = []

    assert calibration.finish(plan, told.append).share == kept
    assert told == sorted(told)
    assert told[-1] == 1
    if kept < 1:  # each mean is told, and each block of the network
        assert len({done for done in told if 0 < done < 1}) > 4
    finished, learned = load_file(plan.finished), load_file(plan.result)
    assert plan.result.read_bytes() == before
    assert all(torch.equal(finished[key], learned[key]) for key in learned) == (kept == 1)
    assert calibration.finish(plan).share == kept  # once more, as after an interruption
    torch.testing.assert_close(load_file(plan.finished), finished)
    assert calibration.finish(replace(plan, start=None)).share == 1
