"""Any rate, any number of channels, any length: every stem has the mixture's frames, and they sum to it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from separation.audio.decode import AudioReader
from separation.models import Model
from separation.pipeline import separate
from separation.scan import scan
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, Sound, noise

RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000])


@pytest.fixture(scope="module")
def both(bandsplit: Model, classical: Model) -> list[Model]:
    return [bandsplit, classical]


def check(path: Path, model: Model) -> Sound:
    found = scan(path)
    with AudioReader(path) as reader:
        mixture = np.concatenate(list(reader), axis=1)
    stems = np.concatenate(list(separate(path, model, found)), axis=2)
    assert stems.shape == (4, 2, found.frames)
    assert mixture.shape == (2, found.frames)
    assert np.isfinite(stems).all()
    np.testing.assert_allclose(stems.sum(axis=0), mixture, atol=1e-6 * max(1, found.peak))
    return stems


@settings(max_examples=12, deadline=None)
@given(rate=RATES, channels=st.integers(1, 8), frames=st.integers(8, 100_000))
@example(rate=44_100, channels=2, frames=1)
@example(rate=8_000, channels=1, frames=1)
def test_stems_have_the_frames_of_the_mixture_and_sum_to_it(
    tmp_path_factory: pytest.TempPathFactory, both: list[Model], rate: int, channels: int, frames: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "song"
    path.write_bytes(wav(noise(frames, channels=channels, seed=frames), rate))
    for model in both:
        check(path, model)


@pytest.mark.parametrize("name", ["bandsplit", "classical"])
@pytest.mark.parametrize(
    "kind", ["silence", "constant", "nearly silent", "far too loud", "one side", "tenth"]
)
def test_odd_songs_are_no_trouble(
    name: str, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    sound = noise(RATE)
    match kind:
        case "silence":
            sound[:] = 0
        case "constant":
            sound[:] = 0.7
        case "nearly silent":
            sound *= 1e-8
        case "far too loud":
            sound *= 1e4
        case "one side":
            sound[1] = 0
        case "tenth":
            sound = sound[:, : RATE // 10]
    path = tmp_path / "song"
    path.write_bytes(wav(sound))
    stems = check(path, request.getfixturevalue(name))
    if kind == "silence":
        assert not stems.any()
    if kind == "one side":
        assert not stems[:, 1].any()
