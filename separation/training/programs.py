"""The free programs and sounds that songs are made with, and where Debian keeps them."""

import shutil
import subprocess
from pathlib import Path

from separation.training.errors import TrainingError

FLUID = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
# Used where it is installed (Debian: musescore-general-soundfont-lossless); more timbres, the same programs.
MUSESCORE = Path("/usr/share/sounds/sf2/MuseScore_General_Full.sf2")
GROOVES = Path("/usr/share/mma/lib")

_PACKAGES = {"fluidsynth": "fluidsynth", "espeak-ng": "espeak-ng", "flite": "flite", "mma": "mma"}


def check() -> None:
    """Raises TrainingError `missing_program` with the packages to install, where some are missing."""
    missing = [package for name, package in _PACKAGES.items() if shutil.which(name) is None]
    if not FLUID.exists():
        missing.append("fluid-soundfont-gm")
    if missing:
        raise TrainingError(
            "missing_program",
            f"Making songs needs more programs. Install them with: apt install {' '.join(missing)}",
        )


def soundfonts() -> list[Path]:
    """The General MIDI soundfonts of this machine."""
    return [path for path in (FLUID, MUSESCORE) if path.exists()]


def run(*command: str | int | Path, folder: Path, seconds: float = 60) -> None:
    """Runs a program in `folder`; raises CalledProcessError, or TimeoutExpired after `seconds`."""
    subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, timeout=seconds, check=True
    )
