"""The model stays loaded between jobs: loading takes seconds that every song would pay."""

import threading

from django.conf import settings

from separation import catalogue, runner
from separation.models import Model, pick_device

_lock = threading.Lock()
# By name and version of its file; one at most, as on a GPU memory is short.
_loaded: dict[tuple[str, tuple[int, ...]], Model] = {}


def load(name: str) -> Model:
    """The model of that name on the device of the settings, from the last time if it was the same one.

    On a GPU that others have filled it is loaded on the CPU instead; the next job looks again. Raises ModelError.
    """
    with _lock:
        device, key = pick_device(settings.STEMLINK_DEVICE), (name, _version(name))
        if key not in _loaded or _loaded[key].device.type != device.type:
            _loaded.clear()
            _loaded[key] = runner.load(name, settings.STEMLINK_DEVICE)
        return _loaded[key]


def _version(name: str) -> tuple[int, ...]:
    """Another one once the model was trained again under its name."""
    path = catalogue.weights(name)
    status = path and path.stat()
    return (status.st_mtime_ns, status.st_ino, status.st_size) if status else ()
