"""The result of a training as a file that is data, not code: weights in half precision, with what they are."""

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from separation.catalogue import ModelInfo
from separation.models.bandsplit import BandSplitNet, Shape
from separation.training.errors import TrainingError


def write(path: Path, info: ModelInfo, shape: Shape, weights: dict[str, Tensor]) -> None:
    """Writes weights and metadata, as a whole or not at all."""
    half = {key: value.detach().to("cpu", torch.float16).contiguous() for key, value in weights.items()}
    metadata = {
        "model": info.name,
        "architecture": "bandsplit",
        "shape": str(shape),
        "title": info.title,
        "sources": ",".join(info.sources),
        "licence": info.licence,
        "description": info.description,
    }
    unfinished = path.with_name(f".{path.name}.part")
    save_file(half, unfinished, metadata)
    unfinished.chmod(0o644)  # the worker may be another user
    unfinished.replace(path)


def install(result: Path, folder: Path) -> Path:
    """Puts a result among the models, where a worker may be about to load the one before; returns its place there."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{result.name}.part"
    shutil.copy(result, unfinished)
    return unfinished.replace(folder / result.name)


def start_from(net: BandSplitNet, path: Path) -> None:
    """Begins with the weights of another model; those of the last layers are left out where the stems are others.

    Blocks that the other doesn't have change nothing at first: their way out begins at zero (as in Chen, Goodfellow &
    Shlens, "Net2Net", 2016, what is known is kept while a network grows)."""
    try:
        found = load_file(path)
    except Exception as error:
        raise TrainingError(
            "bad_checkpoint", f"{path} holds no weights that training could begin with."
        ) from error
    own = net.state_dict()
    fitting = {
        key: value.float() for key, value in found.items() if key in own and own[key].shape == value.shape
    }
    if not fitting:
        raise TrainingError("bad_checkpoint", f"{path} holds the weights of another kind of network.")
    ends = [name for name in own if name.startswith("blocks.") and ".out." in name]
    silent = {name: torch.zeros_like(own[name]) for name in ends if name not in found}
    net.load_state_dict(own | fitting | silent)
