"""The model stays loaded between jobs: loading takes seconds that every song would pay."""

import logging
import threading

from django.conf import settings

from separation import catalogue
from separation.models import Model, pick_device
from separation.models import load as load_model
from separation.runner import is_out_of_memory

log = logging.getLogger(__name__)

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
            _loaded[key] = _load(name)
        return _loaded[key]


def _load(name: str) -> Model:
    try:
        return load_model(name, settings.STEMLINK_DEVICE)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        log.warning("The GPU's memory is full; %s is loaded on the CPU.", name)
        return load_model(name, "cpu")


def _version(name: str) -> tuple[int, ...]:
    """Another one once the model was trained again under its name."""
    path = catalogue.weights(name)
    status = path and path.stat()
    return (status.st_mtime_ns, status.st_ino, status.st_size) if status else ()
