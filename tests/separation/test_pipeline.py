"""Separating while decoding: nothing is lost, added or different from looking at the whole song at once."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from separation import pipeline
from separation.audio.decode import AudioReader
from separation.errors import AudioError, Stopped
from separation.models import Model
from separation.models.base import ALL
from separation.pipeline import separate
from separation.scan import Scan, scan
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, Sound, noise, sdr
from tests.separation.toy import Toy


def whole(model: Model, found: Scan, sound: Sound) -> Sound:
    """The model's stems when it sees all of a song at once."""
    with torch.inference_mode():
        stems: Sound = model.prepare(found.statistics)(torch.from_numpy(sound)[None])[0].numpy()
        return stems


@pytest.mark.parametrize("name", ["bandsplit", "classical"])
def test_streaming_equals_the_whole_song(
    name: str, request: pytest.FixtureRequest, music: Sound, music_file: Path, music_scan: Scan
) -> None:
    model: Model = request.getfixturevalue(name)
    blocks = list(separate(music_file, model, music_scan))
    assert len(blocks) > 2
    stems = np.concatenate(blocks, axis=2)
    assert stems.shape == (4, 2, music.shape[1])
    assert stems.dtype == np.float32
    for reference, streamed in zip(whole(model, music_scan, music), stems, strict=True):
        assert sdr(reference, streamed) > 60
    np.testing.assert_allclose(stems.sum(axis=0), music, atol=1e-6)


def test_the_first_block_is_just_long_enough_for_a_first_segment(
    bandsplit: Model, music_file: Path, music_scan: Scan
) -> None:
    blocks = separate(music_file, bandsplit, music_scan)
    first = next(blocks)
    blocks.close()
    assert 4 * RATE <= first.shape[2] < 5 * RATE


def test_it_gives_the_same_samples_twice(classical: Model, bandsplit: Model, tmp_path: Path) -> None:
    path = tmp_path / "song"
    path.write_bytes(wav(noise(6 * RATE)))
    found = scan(path)
    for model in (bandsplit, classical):
        once, again = (np.concatenate(list(separate(path, model, found)), axis=2) for _ in range(2))
        np.testing.assert_array_equal(once, again)


@settings(max_examples=25, deadline=None)
@given(frames=st.integers(1, 12_000), seed=st.integers(0, 100))
def test_any_length_comes_out_whole(tmp_path_factory: pytest.TempPathFactory, frames: int, seed: int) -> None:
    path = tmp_path_factory.mktemp("any") / "song"
    sound = noise(frames, seed=seed)
    path.write_bytes(wav(sound))
    found = scan(path)
    stems = np.concatenate(list(separate(path, Toy(), found)), axis=2)
    assert stems.shape == (2, 2, frames)
    np.testing.assert_allclose(stems, whole(Toy(), found, sound), atol=1e-6)
    np.testing.assert_allclose(stems.sum(axis=0), sound, atol=1e-6)


def test_what_a_model_loses_goes_to_its_last_source(tmp_path: Path) -> None:
    class Lossy(Toy):
        def separate(self, mixture: torch.Tensor, kept: slice = ALL) -> torch.Tensor:
            return super().separate(mixture, kept) * 0.5

    path = tmp_path / "song"
    sound = noise(10_000)
    path.write_bytes(wav(sound))
    stems = np.concatenate(list(separate(path, Lossy(), scan(path))), axis=2)
    np.testing.assert_allclose(stems.sum(axis=0), sound, atol=1e-6)


def counted(limit: int) -> tuple[Callable[[], bool], list[int]]:
    asked = [0]

    def should_stop() -> bool:
        asked[0] += 1
        return asked[0] > limit

    return should_stop, asked


def test_it_stops_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "song"
    path.write_bytes(wav(noise(50_000)))
    should_stop, asked = counted(3)
    with pytest.raises(Stopped):
        list(separate(path, Toy(), scan(path), should_stop=should_stop))
    assert asked[0] == 4


def test_closing_early_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers: list[AudioReader] = []

    class Watched(AudioReader):
        def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
            super().__init__(*args, **kwargs)
            readers.append(self)

    path = tmp_path / "song"
    path.write_bytes(wav(noise(60 * RATE)))
    found = scan(path)
    monkeypatch.setattr(pipeline, "AudioReader", Watched)
    blocks = separate(path, Toy(), found)
    next(blocks)
    assert readers[0]._child.poll() is None
    blocks.close()
    assert readers[0]._child.poll() is not None


@pytest.mark.parametrize("frames", [9_000, 11_000, 200_000])
def test_a_file_that_changed_since_the_scan_is_an_error(frames: int, tmp_path: Path) -> None:
    path = tmp_path / "song"
    path.write_bytes(wav(noise(10_000)))
    found = scan(path)
    path.write_bytes(wav(noise(frames)))
    with pytest.raises(AudioError) as caught:
        list(separate(path, Toy(), found))
    assert caught.value.code == "changed"


def test_an_error_in_the_model_comes_out(tmp_path: Path) -> None:
    class Broken(Toy):
        def separate(self, mixture: torch.Tensor, kept: slice = ALL) -> torch.Tensor:
            raise RuntimeError("broken on purpose")

    path = tmp_path / "song"
    path.write_bytes(wav(noise(50_000)))
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="broken on purpose"):
        list(separate(path, Broken(), scan(path)))
    assert time.monotonic() - start < 10
