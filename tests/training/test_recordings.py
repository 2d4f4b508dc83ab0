"""Recorded songs on their way into the library."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.errors import AudioError
from separation.training import recordings
from tests.separation.audio_files import write
from tests.separation.sounds import RATE, noise


def test_mono_is_as_loud_as_where_it_is_separated(tmp_path: Path) -> None:
    sound = noise(RATE, channels=1)
    read = recordings.read(write(tmp_path / "mono.wav", sound))
    np.testing.assert_allclose(read, np.repeat(sound, 2, axis=0), atol=1e-4)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "vocals.wav").write_text("no sound")
    with pytest.raises(AudioError, match=r"vocals\.wav: This file isn't audio"):
        recordings.read(tmp_path / "vocals.wav")
