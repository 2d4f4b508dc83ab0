"""The examples that a network learns from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation import catalogue
from separation.training import library
from separation.training.apprentice import batches
from separation.training.errors import TrainingError
from separation.training.mixing import Mixer
from separation.training.plan import Plan

SAMPLES = 22_050


@pytest.fixture
def mixer(tmp_path: Path) -> Mixer:
    """Two songs whose voices and basses are the same kind of noise."""
    rng = np.random.default_rng(1)
    for number in range(2):
        sounds = {
            stem: [rng.standard_normal((2, 88_200), np.float32) * np.float32(0.1)]
            for stem in ("vocals", "bass")
        }
        library.write(tmp_path / str(number), sounds)
    return Mixer(library.read(tmp_path), ("vocals", "bass", "other"), SAMPLES, seed=3)


def brightness(sound: NDArray[np.float32]) -> float:
    """Energy above 8 kHz against that below 1 kHz, in dB."""
    power = (np.abs(np.fft.rfft(sound)) ** 2).sum(0)
    bins = len(power) / 22_050
    return float(10 * np.log10(power[int(8000 * bins) :].sum() / power[: int(1000 * bins)].sum()))


def test_a_step_has_the_same_examples_whoever_asks_and_when(mixer: Mixer) -> None:
    once = mixer.batch(5, 2)
    other = mixer.batch(6, 2)
    np.testing.assert_array_equal(mixer.batch(5, 2), once)
    assert once.shape == other.shape == (2, 3, 2, SAMPLES)
    assert not np.array_equal(once, other)


def test_what_many_processes_make_for_a_gpu_is_what_one_makes(mixer: Mixer, tmp_path: Path) -> None:
    info = replace(catalogue.default(), sources=mixer.sources)
    # Any device but the one called "cpu" has its examples made beside it.
    plan = Plan(info, (), tmp_path, batch=19, frames=20, workers=2, device="cpu:0")
    steps = list(batches(plan, list(mixer.songs), mixer.seed, range(4, 7)))
    alone = replace(mixer, samples=plan.samples)
    assert len(steps) == 3
    for step, stems in zip(range(4, 7), steps, strict=True):
        assert torch.allclose(stems.float(), torch.from_numpy(alone.batch(step, 19)), rtol=1e-3, atol=1e-6)


def test_some_voices_get_the_presence_that_records_give_them(mixer: Mixer) -> None:
    stems = mixer.batch(1, 40)
    voices, basses = ([brightness(stem) for stem in stems[:, index] if stem.any()] for index in range(2))
    assert min(len(voices), len(basses)) > 20
    brightened = np.mean([voice > max(basses) + 3 for voice in voices])
    assert 0.15 < brightened < 0.6


def test_a_stem_that_few_songs_have_is_heard_as_often_as_any(tmp_path: Path) -> None:
    loud = np.full((2, 88_200), 0.5, np.float32)
    for number in range(200):
        library.write(
            tmp_path / f"{number:03d}", {"vocals": [loud], **({"harp": [loud]} if number == 7 else {})}
        )
    stems = Mixer(library.read(tmp_path), ("vocals", "harp"), 2000, seed=3).batch(1, 40)
    assert sum(bool(stem.any()) for stem in stems[:, 1]) > 30


def test_songs_of_silence_are_said_to_be_silent(tmp_path: Path) -> None:
    library.write(tmp_path / "0", {"vocals": [np.zeros((2, 88_200), np.float32)]})
    with pytest.raises(TrainingError, match="nothing to hear"):
        Mixer(library.read(tmp_path), ("vocals", "other"), SAMPLES, seed=3).batch(0, 1)
