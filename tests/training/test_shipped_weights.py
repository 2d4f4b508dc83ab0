"""The weights that come with Stemlink take the demo song apart as well as they did when they were recorded."""

from pathlib import Path

import av
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import separation
from separation.evaluation import metrics
from separation.models import load
from separation.statistics import Meter

DEMO = Path(separation.__file__).parent / "demo"
# SDR in dB of the whole song; see separation/models/weights/bandsplit-1.md.
RECORDED = {"vocals": 3.31, "drums": 5.78, "bass": 5.77, "other": 1.93}


def read(path: Path) -> NDArray[np.float32]:
    resampler = av.AudioResampler("fltp", "stereo", 44_100)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def test_the_demo_song_gives_the_recorded_figures() -> None:
    sounds = {stem: read(DEMO / f"{stem}.opus") for stem in RECORDED}
    length = min(sound.shape[1] for sound in sounds.values())
    references = [sound[:, :length] for sound in sounds.values()]
    mixture = np.sum(references, axis=0)
    model = load("bandsplit-1", "cpu")
    assert model.info.sources == tuple(RECORDED)
    meter = Meter()
    meter.add(mixture)
    with torch.inference_mode():
        stems = model.prepare(meter.read())(torch.from_numpy(mixture)[None])[0].numpy()
    for wanted, reference, stem in zip(RECORDED.values(), references, stems, strict=True):
        assert metrics.sdr(reference, stem) == pytest.approx(wanted, abs=0.2)
