"""Which models there are: names, stems and licences. Imports no torch, so that the web process can read it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from separation.errors import ModelError

SAMPLE_RATE = 44_100
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST_HEADER = 1 << 20  # bytes; ours has some 20,000


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model as people meet it. `sources` are the ids of its stems, in the order of its output.

    `speed` is what was measured, and on what; empty where nobody has.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    licence: str
    description: str
    sample_rate: int = SAMPLE_RATE
    default: bool = False
    speed: str = ""


_SPEED = "{} times real time on two cores of a server, everything included (python -m bench.separation)"
_MODELS = (
    ModelInfo(
        name="bandsplit-2",
        title="Band-split",
        sources=("vocals", "drums", "bass", "other"),
        licence="MIT",
        description=(
            "A small band-split recurrent network (5.7 million weights), trained on music that this project "
            "synthesised itself. Fast, and free of other people's recordings; not the state of the art."
        ),
        default=True,
        speed=_SPEED.format("11 to 15"),
    ),
    ModelInfo(
        name="bandsplit-1",
        title="Band-split, first",
        sources=("vocals", "drums", "bass", "other"),
        licence="MIT",
        description=(
            "The model before bandsplit-2: a smaller network that heard far less music. Kept to compare with."
        ),
        speed=_SPEED.format("11 to 21"),
    ),
    ModelInfo(
        name="classical",
        title="Classical, without learning",
        sources=("vocals", "drums", "bass", "other"),
        licence="MIT",
        description=(
            "No weights at all: median filters find what is percussive (FitzGerald 2010), the similarity of frames "
            "finds what repeats (online REPET-SIM, Rafii & Pardo 2013), and the lowest octaves are the bass."
        ),
    ),
)


_BUILTIN = Path(__file__).parent / "models" / "weights"
_folder: Path | None = None


def use_folder(folder: Path) -> None:
    """From now on models that somebody trained here are found in `folder`: `<name>.safetensors`, one file each."""
    global _folder  # noqa: PLW0603  # one per process, set once
    _folder = folder


def own_weights(name: str) -> Path | None:
    """The file of a model that was trained here; None for those that come with Stemlink."""
    if _folder is None or builtin(name):
        return None
    path = _folder / f"{name}.safetensors"
    return path if valid_name(name) and path.is_file() else None


def weights(name: str) -> Path | None:
    """The file of any model's weights; None for one that has none."""
    path = _BUILTIN / f"{name}.safetensors" if builtin(name) else own_weights(name)
    return path if path and path.is_file() else None


def card(name: str) -> str | None:
    """What a model's card says (Markdown), where there is one beside its weights."""
    path = weights(name)
    beside = path and path.with_suffix(".md")
    return beside.read_text(encoding="utf-8") if beside and beside.is_file() else None


def models() -> tuple[ModelInfo, ...]:
    """All models, the default first; those that were trained here last. Damaged files are left out."""
    own = sorted(_folder.glob("*.safetensors")) if _folder else []
    found = [read_info(path) for path in own if not builtin(path.stem)]
    everything = [*_MODELS, *(model for model in found if model)]
    return tuple(sorted(everything, key=lambda model: not model.default))


def builtin(name: str) -> bool:
    """Whether a model of that name comes with Stemlink; no other may take its name."""
    return any(model.name == name for model in _MODELS)


def valid_name(name: str) -> bool:
    """Whether a model or a stem may be called so: it becomes a file name and part of links."""
    return _NAME.fullmatch(name) is not None


def read_info(path: Path) -> ModelInfo | None:
    """What a file of weights says about itself; None where it isn't one, or says something else than its name."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size)) if size < _MOST_HEADER else {}
        about = header["__metadata__"]
        sources = tuple(about["sources"].split(","))
        info = ModelInfo(about["model"], about["title"], sources, about["licence"], about["description"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    fine = info.name == path.stem and valid_name(info.name) and all(valid_name(source) for source in sources)
    return info if fine and 2 <= len(set(sources)) == len(sources) else None


def default() -> ModelInfo:
    """The model that separates when nobody chose one."""
    return models()[0]


def get(name: str) -> ModelInfo:
    """The model called `name`; raises ModelError `unknown_model`."""
    for model in models():
        if model.name == name:
            return model
    known = ", ".join(model.name for model in models())
    raise ModelError("unknown_model", f"There is no model called {name[:60]!r}. Choose one of: {known}.")
