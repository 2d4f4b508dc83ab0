"""Models against songs with known stems: every model separates every song as it would a user's, and is measured."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from separation.errors import ModelError, SeparationError
from separation.evaluation.errors import EvaluationError
from separation.evaluation.judge import Figures, Judge, gathered
from separation.evaluation.multitrack import Multitrack, assign
from separation.evaluation.tape import Recorder, Sum, Tape, Track, decoded, pieces, record
from separation.models.base import Model
from separation.pipeline import separate
from separation.runner import room
from separation.scan import scan

_MOST_DIFFERENCE = (
    1.0  # seconds by which the files of a song may differ in length; the shorter ones end in silence
)


@dataclass(frozen=True, slots=True)
class Result:
    """What one model made of one song, by stem."""

    song: str
    model: str
    stems: dict[str, Figures]


def evaluate(
    songs: Sequence[Multitrack],
    models: Sequence[Model],
    progress: Callable[[float], None] | None = None,
    left_out: Callable[[str, str], None] | None = None,
) -> Iterator[Result]:
    """Each model on each song. `progress` hears which part of all has been separated.

    `left_out` hears the names of songs that can't be read or measured, and why; all others are measured all the same.
    Memory doesn't grow with the songs; the disk's folder for temporary files needs 20 MB a minute for each file of the
    song and each stem of a model. Raises EvaluationError before anything is separated where a song's files don't fit a
    model."""
    for song in songs:
        for model in models:
            assign(song, model.info.sources)
    for number, song in enumerate(songs):

        def tell(part: float, number: int = number) -> None:
            if progress:
                progress((number + part) / len(songs))

        try:
            with room():
                results = list(_on_all(song, models, tell))
        except (SeparationError, OSError) as error:
            results = []
            if left_out:
                left_out(song.name, _why(song, error))
        tell(1.0)
        yield from results


def _why(song: Multitrack, error: SeparationError | OSError) -> str:
    """In one sentence that says which song it was."""
    if isinstance(error, OSError):
        return f"{song.name}: {error.strerror or error}."
    return f"{song.name}: {error.message}" if isinstance(error, ModelError) else error.message


def _on_all(song: Multitrack, models: Sequence[Model], progress: Callable[[float], None]) -> Iterator[Result]:
    """All models on one song."""
    with tempfile.TemporaryDirectory(prefix="stemlink-evaluate-") as name:
        desk = Desk(song, Path(name))
        for number, model in enumerate(models):

            def tell(part: float, number: int = number) -> None:
                progress((number + part) / len(models))

            yield Result(song.name, model.info.name, desk.measure(model, tell))


class Desk:
    """One song, unpacked onto tapes in a folder, ready for any model."""

    def __init__(self, song: Multitrack, folder: Path) -> None:
        self._song, self._folder = song, folder
        self._tapes: dict[tuple[Path, int], Tape] = {}
        self._judges: dict[tuple[str, ...], Judge] = {}

    def measure(self, model: Model, progress: Callable[[float], None]) -> dict[str, Figures]:
        """Lets a model separate the song; `progress` hears which part is done."""
        references = self.references(model.info.sources, model.info.sample_rate)
        judge = self.judge(references, model.info.sample_rate)
        _, path = self.mixture(model.info.sample_rate)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            stems = separated(path, model, Path(name), progress)
            return judge.compare(gathered(stems, references))

    def references(self, sources: Sequence[str], rate: int) -> dict[str, Track]:
        """What a model with these sources is compared with."""
        return {
            name: Sum([self._tape(path, rate) for path in paths])
            for name, paths in assign(self._song, sources).items()
        }

    def judge(self, references: dict[str, Track], rate: int) -> Judge:
        """For these references; models with the same stems share the costly half of the measuring."""
        key = (str(rate), *references)
        if key not in self._judges:
            mixture, _ = self.mixture(rate)
            self._check_lengths(rate)
            self._judges[key] = Judge(references, mixture)
        return self._judges[key]

    def _tape(self, path: Path, rate: int) -> Tape:
        if (path, rate) not in self._tapes:
            target = self._folder / f"{len(self._tapes)}.wav"
            self._tapes[path, rate] = record(target, decoded(path, rate), rate)
        return self._tapes[path, rate]

    def mixture(self, rate: int) -> tuple[Track, Path]:
        """What is separated, and the file that it is in."""
        if self._song.mixture:
            return self._tape(self._song.mixture, rate), self._song.mixture
        path = self._folder / f"mixture-{rate}.wav"
        if (path, rate) not in self._tapes:
            everything = Sum([self._tape(one, rate) for one in self._song.stems.values()])
            self._tapes[path, rate] = record(path, pieces(everything), rate)
        return self._tapes[path, rate], path

    def _check_lengths(self, rate: int) -> None:
        lengths = {path.name: tape.frames / rate for (path, one), tape in self._tapes.items() if one == rate}
        short, long = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        if lengths[long] - lengths[short] > _MOST_DIFFERENCE:
            message = (
                f"{self._song.name}: {short} is {lengths[short]:.1f} s long, but {long} {lengths[long]:.1f} s. "
                "The stems of a song must begin and end together."
            )
            raise EvaluationError("lengths_differ", message)


def separated(
    path: Path, model: Model, folder: Path, progress: Callable[[float], None] | None = None
) -> dict[str, Tape]:
    """The stems of a song as tapes in `folder`, by source, made as a user's are; `progress` hears how far it is."""
    found = scan(path, sample_rate=model.info.sample_rate)
    with ExitStack() as stack:
        recorders = {
            source: stack.enter_context(Recorder(folder / f"{source}.wav", found.sample_rate))
            for source in model.info.sources
        }
        done = 0
        for block in separate(path, model, found):
            for recorder, stem in zip(recorders.values(), block, strict=True):
                recorder.write(stem)
            done += block.shape[2]
            if progress:
                progress(done / found.frames)
    return {source: recorder.tape for source, recorder in recorders.items()}
