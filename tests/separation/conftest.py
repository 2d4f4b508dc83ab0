"""What many tests of this room need."""

from pathlib import Path

import pytest

from separation.models import Model, load
from separation.scan import Scan, scan
from tests.separation.audio_files import wav
from tests.separation.sounds import Sound, mix, song


@pytest.fixture(scope="session")
def bandsplit() -> Model:
    """The default model on the CPU."""
    return load(device="cpu")


@pytest.fixture(scope="session")
def classical() -> Model:
    """The model without weights on the CPU."""
    return load("classical", "cpu")


@pytest.fixture(scope="session")
def stems() -> dict[str, Sound]:
    """Twenty-five seconds of a made-up song, stem by stem: four windows of every model."""
    return {name: 0.5 * sound for name, sound in song(25).items()}


@pytest.fixture(scope="session")
def music(stems: dict[str, Sound]) -> Sound:
    """The mixture of `stems`."""
    return mix(stems)


@pytest.fixture(scope="session")
def music_file(music: Sound, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`music` as a file."""
    path = tmp_path_factory.mktemp("music") / "song"
    path.write_bytes(wav(music))
    return path


@pytest.fixture(scope="session")
def music_scan(music_file: Path) -> Scan:
    """The scan of `music_file`."""
    return scan(music_file)
