"""Weights of networks: safetensors (data, no code), loaded strictly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from separation.errors import ModelError

FOLDER = Path(__file__).parent / "weights"


def load_weights(net: nn.Module, name: str, folder: Path) -> dict[str, str]:
    """Fills `net` from `folder/name.safetensors` and returns the file's metadata.

    The file must say that it is for `name` and hold exactly the network's tensors in their shapes, all of them finite;
    else ModelError `bad_weights`, and the network is unchanged. Half precision on disk becomes the network's own.
    """
    path = folder / f"{name}.safetensors"
    with _opened(name, path) as file:
        metadata = dict(file.metadata() or {})
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # not a mapping
    if metadata.get("model") != name:
        raise _bad(name, path, f"{path} is for the model {metadata.get('model')!r}")
    wanted = net.state_dict()
    if tensors.keys() != wanted.keys():
        odd = ", ".join(sorted(tensors.keys() ^ wanted.keys())[:3])
        raise _bad(name, path, f"{path} has other tensors than the network ({odd})")
    for key, tensor in tensors.items():
        if tensor.shape != wanted[key].shape:
            raise _bad(name, path, f"{key} is {tuple(tensor.shape)}, not {tuple(wanted[key].shape)}")
        if not (tensor.is_floating_point() and torch.isfinite(tensor).all()):
            raise _bad(name, path, f"{key} has values that aren't finite numbers")
    net.load_state_dict(tensors, strict=True)
    return metadata


def read_metadata(name: str, folder: Path) -> dict[str, str]:
    """What `folder/name.safetensors` says about itself; raises ModelError `bad_weights`."""
    with _opened(name, folder / f"{name}.safetensors") as file:
        return dict(file.metadata() or {})


@contextmanager
def _opened(name: str, path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise _bad(name, path, f"{path} can't be read: {error}") from error


def _bad(name: str, path: Path, why: str) -> ModelError:
    advice = (
        "Install Stemlink again" if path.parent == FOLDER else f"Put a whole file at {path}, or delete it"
    )
    return ModelError("bad_weights", f"The weights of {name} can't be used: {why}. {advice}.")
