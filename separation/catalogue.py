"""Which models there are: names, stems and licences. Imports no torch, so that the web process can read it."""

from dataclasses import dataclass

from separation.errors import ModelError

SAMPLE_RATE = 44_100


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model as people meet it. `sources` are the ids of its stems, in the order of its output."""

    name: str
    title: str
    sources: tuple[str, ...]
    licence: str
    description: str
    sample_rate: int = SAMPLE_RATE
    default: bool = False


_MODELS = (
    ModelInfo(
        name="bandsplit-sketch",
        title="Band-split sketch",
        sources=("vocals", "drums", "bass", "other"),
        licence="MIT",
        description=(
            "A small band-split recurrent network (1.9 million weights), trained for twenty minutes on music that this "
            "project synthesised itself. Fast, and free of other people's recordings; a sketch, not the state of "
            "the art."
        ),
        default=True,
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


def models() -> tuple[ModelInfo, ...]:
    """All models, the default first."""
    return tuple(sorted(_MODELS, key=lambda model: not model.default))


def default() -> ModelInfo:
    """The model that separates when nobody chose one."""
    return models()[0]


def get(name: str) -> ModelInfo:
    """The model called `name`; raises ModelError `unknown_model`."""
    for model in _MODELS:
        if model.name == name:
            return model
    known = ", ".join(model.name for model in models())
    raise ModelError("unknown_model", f"There is no model called {name[:60]!r}. Choose one of: {known}.")
