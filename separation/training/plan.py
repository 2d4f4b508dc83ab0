"""What a training is asked to do, and what it says while it does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from separation.catalogue import ModelInfo
from separation.models.bandsplit import HOP, STANDARD, Shape
from separation.models.weights import read_metadata


@dataclass(frozen=True, slots=True)
class Plan:
    """What is learned from what, for how long. Give `steps` or `minutes`."""

    info: ModelInfo
    songs: tuple[Path, ...]  # folders of the library
    out: Path
    steps: int | None = None
    minutes: float | None = None
    batch: int = 4
    frames: int = 192  # of the spectrogram per example; 4.4 s
    workers: int = 1  # processes; on a GPU those that make the examples
    seed: int = 1
    shape: Shape = STANDARD
    device: str = "cpu"
    start: Path | None = None  # weights to begin with
    rate: float | None = None  # the highest learning rate
    held_out: Path | None = None  # synthesised songs to validate with
    real: Path | None = None  # real songs to validate with
    validate_every: int = 400  # steps
    save_every: float = 120.0  # seconds
    # Songs of a folder that are learned from, where not all: it may keep more, for another training.
    most: Mapping[Path, int] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """Of an example."""
        return (self.frames - 1) * HOP

    @property
    def highest_rate(self) -> float:
        """What was learned before is soon forgotten at the rate of a beginning, and where no stem is new, a higher
        one than 2e-4 took more than an hour brought (runs y, z, aa and ab in docs/embedded-model.md)."""
        if self.rate or not self.start:
            return self.rate or 2e-3
        known = read_metadata(self.start.stem, self.start.parent).get("sources", "").split(",")
        return 2e-4 if set(self.info.sources) <= set(known) else 6e-4

    @property
    def learners(self) -> int:
        """Processes that learn."""
        return self.workers if self.device == "cpu" else 1

    @property
    def apart(self) -> bool:
        """Whether they learn apart and meet in the end only, as those may that begin with the same trained network."""
        return self.start is not None and self.learners > 1

    @property
    def checkpoint(self) -> Path:
        """The state that is needed to go on. The first process's, where each has its own."""
        return self.out / f"{self.info.name}.checkpoint"

    def checkpoint_of(self, rank: int) -> Path:
        """That of a process; but for those that learn apart, it is that of all."""
        own = self.out / f"{self.info.name}+{rank}.checkpoint"  # no model's name has a plus
        return own if rank and self.apart else self.checkpoint

    @property
    def curve(self) -> Path:
        """The learning curve, a JSON object per line."""
        return self.out / f"{self.info.name}.curve.jsonl"

    @property
    def result(self) -> Path:
        """The best weights so far."""
        return self.out / f"{self.info.name}.safetensors"

    @property
    def finished(self) -> Path:
        """What becomes of them after all learning, to be installed."""
        return self.out / "finished" / self.result.name


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `errors` are those of the examples in dB against silence; `scores` come now and then."""

    step: int
    done: float
    hours: float  # of music that was learned from so far
    errors: dict[str, float]
    scores: dict[str, float]
