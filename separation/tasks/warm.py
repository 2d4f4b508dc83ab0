"""The model stays loaded between jobs: loading takes seconds that every song would pay."""

import threading

from django.conf import settings

from separation.models import Model, pick_device
from separation.models import load as load_model

_lock = threading.Lock()
_loaded: list[Model] = []  # one at most: on a GPU memory is short


def load(name: str) -> Model:
    """The model of that name on the device of the settings, from the last time if it was the same one.

    Raises ModelError. A model that had to leave a full GPU in an earlier job is loaded anew.
    """
    with _lock:
        device = pick_device(settings.STEMLINK_DEVICE)
        if not (_loaded and _loaded[0].info.name == name and _loaded[0].device.type == device.type):
            _loaded.clear()
            _loaded.append(load_model(name, settings.STEMLINK_DEVICE))
        return _loaded[0]
