"""The default model's weights take the demo song apart as well as they did when they were recorded."""

from pathlib import Path

import av
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import separation
from separation import catalogue
from separation.evaluation import metrics
from separation.evaluation.evaluate import separated
from separation.evaluation.tape import record
from separation.models import Model, load
from separation.models.weights import FOLDER
from separation.statistics import measure

DEMO = Path(separation.__file__).parent / "demo"
# SDR in dB of the whole song; see the model card beside the weights.
RECORDED = {"vocals": 3.54, "drums": 6.13, "bass": 6.30, "other": 2.06}
# Level in dB against the mixture of what is found of a stem that was left out.
SILENT = {"vocals": -97.3, "drums": -100.0, "bass": -94.3, "other": -21.7}
MOST_BYTES = 20_000_000
Stems = dict[str, NDArray[np.float32]]


def read(path: Path) -> NDArray[np.float32]:
    resampler = av.AudioResampler("fltp", "stereo", 44_100)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


@pytest.fixture(scope="module")
def model() -> Model:
    return load(device="cpu")


@pytest.fixture(scope="module")
def references() -> Stems:
    sounds = {stem: read(DEMO / f"{stem}.opus") for stem in RECORDED}
    length = min(sound.shape[1] for sound in sounds.values())
    return {stem: sound[:, :length] for stem, sound in sounds.items()}


@pytest.fixture(scope="module")
def mixture(references: Stems) -> NDArray[np.float32]:
    return np.asarray(np.sum(list(references.values()), axis=0), np.float32)


@torch.inference_mode()
def at_once(model: Model, mixture: NDArray[np.float32]) -> Stems:
    """The stems of the whole song, in one piece."""
    stems = model.prepare(measure(mixture))(torch.from_numpy(mixture)[None])[0].numpy()
    return dict(zip(model.info.sources, stems, strict=True))


@pytest.fixture(scope="module")
def whole(model: Model, mixture: NDArray[np.float32]) -> Stems:
    return at_once(model, mixture)


def test_the_demo_song_gives_the_recorded_figures(references: Stems, whole: Stems) -> None:
    found = {stem: metrics.sdr(references[stem], whole[stem]) for stem in RECORDED}
    assert found == pytest.approx(RECORDED, abs=0.2)


@pytest.mark.parametrize("missing", SILENT)
def test_a_stem_that_is_not_there_is_hardly_heard(model: Model, references: Stems, missing: str) -> None:
    rest = np.asarray(np.sum([sound for stem, sound in references.items() if stem != missing], axis=0))
    found = metrics.leakage(rest, at_once(model, rest)[missing])
    assert found < max(SILENT[missing], -60) + 2


def test_the_stream_gives_what_the_whole_song_gives(
    model: Model, mixture: NDArray[np.float32], whole: Stems, tmp_path: Path
) -> None:
    song = record(tmp_path / "song.wav", [mixture])
    tapes = separated(song.path, model, tmp_path)
    for stem, sound in whole.items():
        assert metrics.sdr(sound, tapes[stem].read(0, tapes[stem].frames)) > 60, stem


def test_the_same_song_gives_the_same_stems(
    model: Model, mixture: NDArray[np.float32], tmp_path: Path
) -> None:
    song = record(tmp_path / "song.wav", [mixture[:, : 12 * 44_100]])
    once, again = tmp_path / "once", tmp_path / "again"
    for folder in (once, again):
        folder.mkdir()
        separated(song.path, model, folder)
    for stem in RECORDED:
        assert (once / f"{stem}.wav").read_bytes() == (again / f"{stem}.wav").read_bytes(), stem


def test_the_weights_are_small_and_have_a_card() -> None:
    name = catalogue.default().name
    assert (FOLDER / f"{name}.md").exists()
    assert sum(path.stat().st_size for path in FOLDER.glob("*.safetensors")) < MOST_BYTES
