"""Files that are there as a whole or not at all, even where the power fails."""

import os
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Writes a file, or replaces it while others may be reading it."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(data)
    unfinished.chmod(0o644)  # the worker may be another user
    settle(unfinished)
    unfinished.replace(path)


def settle(path: Path) -> None:
    """Returns when a file is on the disk: a name may get there before what it names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
