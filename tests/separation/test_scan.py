"""The first pass: exact length, levels of the whole song, one gain for all stems."""

from pathlib import Path

import numpy as np
import pytest

from separation.errors import Stopped
from separation.scan import HEADROOM, scan
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, Sound, noise


def scanned(tmp_path: Path, sound: Sound):  # type: ignore[no-untyped-def]
    path = tmp_path / "song"
    path.write_bytes(wav(sound))
    return scan(path)


@pytest.mark.parametrize("frames", [1, 2, 4095, 65_536, 65_537, 300_001])
def test_it_counts_and_measures_exactly(frames: int, tmp_path: Path) -> None:
    sound = noise(frames) + np.float32(0.05)
    found = scanned(tmp_path, sound)
    exact = sound.astype(np.float64)
    assert found.frames == found.statistics.frames == frames
    assert found.duration == frames / RATE
    assert found.channels == 2
    assert found.peak == pytest.approx(np.abs(exact).max())
    assert found.rms == pytest.approx(np.sqrt(np.mean(exact**2)), rel=1e-5)


def test_a_loud_song_gets_room_and_a_soft_one_is_left_alone(tmp_path: Path) -> None:
    loud, soft = noise(RATE, level=0.5), noise(RATE, level=0.01)
    found = scanned(tmp_path, loud)
    assert found.gain * found.peak == pytest.approx(HEADROOM)
    assert scanned(tmp_path, soft).gain == 1


def test_silence_and_constants_have_levels_too(tmp_path: Path) -> None:
    silence = scanned(tmp_path, np.zeros((2, 1000), np.float32))
    assert (silence.peak, silence.rms, silence.gain) == (0, 0, 1)
    constant = scanned(tmp_path, np.full((2, 1000), -0.5, np.float32))
    assert constant.peak == pytest.approx(0.5)
    assert constant.rms == pytest.approx(0.5)


def test_it_stops_when_asked(music_file: Path) -> None:
    with pytest.raises(Stopped):
        scan(music_file, should_stop=lambda: True)
