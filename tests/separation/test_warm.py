"""The model that a worker keeps loaded."""

from pathlib import Path

import pytest
import torch
from pytest_django import Settings

from separation import catalogue, runner
from separation.catalogue import ModelInfo
from separation.models import Model
from separation.models.bandsplit import BandSplitNet, Shape
from separation.tasks import warm
from separation.training import results
from tests.separation.toy import Toy

INFO = ModelInfo("mine", "Mine", ("vocals", "band"), "MIT", "")
SHAPE = Shape(width=4, depth=1, stride=2)


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(warm, "_loaded", {})
    settings.STEMLINK_DEVICE = "cpu"


def test_it_stays_loaded_until_another_is_asked_for() -> None:
    first = warm.load("classical")
    assert warm.load("classical") is first
    assert warm.load("bandsplit-1").info.name == "bandsplit-1"
    assert warm.load("classical") is not first


def test_a_model_that_was_trained_again_is_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "_folder", tmp_path / "models")

    def train(seed: int) -> None:
        torch.manual_seed(seed)
        result = tmp_path / "mine.safetensors"
        results.write(result, INFO, SHAPE, BandSplitNet(SHAPE, 2).state_dict())
        results.install(result, tmp_path / "models")

    train(1)
    first = warm.load("mine")
    assert warm.load("mine") is first
    train(2)
    assert warm.load("mine") is not first
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["mine.safetensors"]


def test_on_a_full_gpu_it_is_loaded_on_the_cpu_and_the_next_job_looks_again(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STEMLINK_DEVICE = "cuda"
    for room in (runner, warm):
        monkeypatch.setattr(room, "pick_device", torch.device)
    full = True

    def load(_name: str, device: str) -> Model:
        if device == "cuda" and full:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return Toy(device)

    monkeypatch.setattr(runner, "load_model", load)
    assert warm.load("toy").device.type == "cpu"
    full = False
    assert warm.load("toy").device.type == "cuda"
