"""The models themselves. What they are called and made of is in `separation.catalogue`, which needs no torch."""

import torch

from separation import catalogue
from separation.errors import ModelError
from separation.models.bandsplit import BandSplit
from separation.models.base import Model, Separate
from separation.models.classical import Classical

__all__ = ["Model", "Separate", "load", "pick_device"]


def load(name: str | None = None, device: str = "auto") -> Model:
    """The model called `name` (the default one for None), ready on `device`: auto, cpu, cuda, cuda:1, mps.

    Raises ModelError `unknown_model`, `no_device` or `bad_weights`.
    """
    info = catalogue.get(name) if name else catalogue.default()
    chosen = pick_device(device)
    if info.name == Classical.info.name:
        return Classical(chosen)
    own = catalogue.own_weights(info.name)
    return BandSplit.load(info, chosen, own.parent) if own else BandSplit.load(info, chosen)


def pick_device(wanted: str = "auto") -> torch.device:
    """The device of that name, or the best there is; ModelError `no_device` when it isn't there."""
    if wanted == "auto":
        wanted = (
            "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        )
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        message = f"There is no kind of device called {wanted!r}; use auto, cpu, cuda or mps."
        raise ModelError("no_device", message) from error
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(device.type, False):
        raise ModelError("no_device", f"This machine has no {wanted!r}; use auto or cpu.")
    return device
