"""The room that is left over the mixture's peak holds the stems of a hard-limited master."""

from pathlib import Path

import numpy as np
import pytest

from separation.models import Model
from separation.pipeline import separate
from separation.scan import scan
from tests.separation.audio_files import wav
from tests.separation.sounds import Sound


@pytest.mark.parametrize("name", ["bandsplit", "classical"])
@pytest.mark.parametrize("drive", [1, 4, 16])
def test_stems_of_a_loud_master_do_not_clip(
    name: str, drive: int, request: pytest.FixtureRequest, music: Sound, tmp_path: Path
) -> None:
    model: Model = request.getfixturevalue(name)
    path = tmp_path / "loud"
    path.write_bytes(wav(np.tanh(music[:, : 44_100 * 8] * drive)))
    found = scan(path)
    stems = np.concatenate(list(separate(path, model, found)), axis=2)
    assert np.abs(stems).max() * found.gain < 1
