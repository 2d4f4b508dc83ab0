"""The result of a training as a file that is data, not code: weights in half precision, with what they are."""

import re
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from separation.catalogue import ModelInfo
from separation.models.bandsplit import BandSplitNet, Shape
from separation.models.weights import read_metadata
from separation.runner import is_out_of_memory
from separation.training import files
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
    files.write(path, save(half, metadata))


def install(result: Path, folder: Path) -> Path:
    """Puts a result among the models, where a worker may be about to load the one before; returns its place there."""
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / result.name, result.read_bytes())
    return folder / result.name


def start_from(net: BandSplitNet, path: Path, sources: tuple[str, ...]) -> None:
    """Begins with the weights of another model: of the last layers those of the stems that both have, by their names.

    `sources` are the network's stems. Those that the other model doesn't know begin by chance. Blocks that it doesn't
    have hear what its last ones do (Gong et al., "Efficient Training of BERT by Progressively Stacking", 2019) and
    change nothing at first: their way out begins at zero (as in Chen, Goodfellow & Shlens, "Net2Net", 2016, what is
    known is kept while a network grows)."""
    try:
        found = load_file(path)
        known = read_metadata(path.stem, path.parent).get("sources", "").split(",")
    except Exception as error:
        if is_out_of_memory(error, torch.device("cpu")):  # no doing of the file
            raise
        raise TrainingError(
            "bad_checkpoint", f"{path} holds no weights that training could begin with."
        ) from error
    own = net.state_dict()
    found = {
        key: _by_name(value.float(), known, own[key], sources, net.shape.stride)
        if _last(key)
        else value.float()
        for key, value in found.items()
        if key in own
    }
    fitting = {key: value for key, value in found.items() if own[key].shape == value.shape}
    if not all(value.isfinite().all() for value in fitting.values()):
        raise TrainingError("bad_checkpoint", f"{path} is damaged: some of its weights are no numbers.")
    if not fitting:
        raise TrainingError("bad_checkpoint", f"{path} holds the weights of another kind of network.")
    before, now = _depth(found), _depth(own)
    grown = {}
    for name, value in own.items():
        block = re.fullmatch(r"blocks\.(\d+)\.(.+)", name)
        if block and int(block[1]) >= before:
            like = fitting.get(f"blocks.{int(block[1]) - (now - before)}.{block[2]}", value)
            grown[name] = torch.zeros_like(value) if ".out." in name else like
    net.load_state_dict(own | fitting | grown)


def _depth(weights: dict[str, Tensor]) -> int:
    return len({name.split(".")[1] for name in weights if name.startswith("blocks.")})


def _last(key: str) -> bool:
    """Whether it is a weight of the layers whose rows are stems."""
    return re.fullmatch(r"merge\.\d+\.2\..+", key) is not None


def _by_name(found: Tensor, known: Sequence[str], own: Tensor, sources: Sequence[str], stride: int) -> Tensor:
    """Weights of a last layer like `own`, with the rows of `found` for the stems of the same names.

    The rows of both are (stride, stems, 2, bins), flattened. `found` itself where it is of another kind of network."""
    if found.numel() * len(sources) != own.numel() * len(known):
        return found
    mixed = own.clone()
    into, out = (
        rows.view(stride, len(names), -1, *rows.shape[1:])
        for rows, names in ((mixed, sources), (found, known))
    )
    for number, name in enumerate(sources):
        if name in known:
            into[:, number] = out[:, known.index(name)]
    return mixed
