"""How well the embedded model separates, beside what is worse and what could be had at best.

    python -m bench.embedded [FOLDER] [--synthesised 16] [--model NAME ...] [--json FILE]

The songs: some that are made here (`--synthesised 0` for none; needs `make setup-train`) from grooves and voices that
no training heard, and of instruments only those that none can go without (separation/training/players.py); those of
FOLDER, in the layout of MUSDB18 (docs/evaluation.md); and where there are both, the bands that are made here with the
singers of FOLDER, each as loud as the voice that was there. The estimates: the mixture itself for every stem, each
model, and the ratio mask that knows the answer (4,096/1,024 Hann, power 2): about the best that a real mask on that
grid can do. And each stem is left out of each song once: what a model finds of it all the same is its leakage. Each
model runs in a process of its own; its speed is that of decoding and separating, its memory what it takes above having
been loaded.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import torch

from bench.separation import Memory
from separation import catalogue
from separation.catalogue import SAMPLE_RATE
from separation.errors import SeparationError
from separation.evaluation import multitrack, report
from separation.evaluation.evaluate import Desk, Result, separated
from separation.evaluation.judge import Judge, gathered
from separation.evaluation.metrics import energy
from separation.evaluation.multitrack import Multitrack
from separation.evaluation.tape import Recorder, Sum, Tape, Track, loudest, pieces, record
from separation.models import load
from separation.models.bandsplit import HOP, SIZE
from separation.models.stft import STFT

STEMS = ("vocals", "drums", "bass", "other")
CHUNK = 512 * HOP
MIXTURE, ORACLE = "mixture", "oracle mask"


def oracle(references: Mapping[str, Track], mixture: Track, folder: Path) -> dict[str, Tape]:
    """The mixture through the ratio masks of the references."""
    stft = STFT(SIZE, HOP)
    with ExitStack() as stack:
        recorders = {name: stack.enter_context(Recorder(folder / f"{name}.wav")) for name in references}
        for start in range(0, mixture.frames, CHUNK):
            first, length = start - SIZE, CHUNK + 2 * SIZE
            sounds = torch.stack(
                [torch.from_numpy(track.read(first, length)) for track in references.values()]
            )
            power = stft.forward(sounds).abs().square()
            spectrum = stft.forward(torch.from_numpy(mixture.read(first, length))[None])
            found = stft.inverse(len(references), 2, samples=length)
            found.add(slice(0, stft.count(length)), spectrum * power / (power.sum(0) + 1e-12))
            end = min(CHUNK, mixture.frames - start) + SIZE
            for recorder, sound in zip(recorders.values(), found.sound(), strict=True):
                recorder.write(sound[:, SIZE:end].numpy())
    return {name: recorder.tape for name, recorder in recorders.items()}


class Worker:
    """A model in a process of its own, which separates what it is given and says how long it took."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.seconds = self.music = 0.0
        self.memory = 0
        command = [sys.executable, "-m", "bench.embedded", "--worker", model]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def separate(self, song: Path, folder: Path) -> dict[str, Tape]:
        """The stems of a song as tapes in `folder`."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([str(song), str(folder)]), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        self.seconds += answer["seconds"]
        self.music += answer["frames"] / SAMPLE_RATE
        self.memory = max(self.memory, answer["memory"])
        return {name: Tape(folder / f"{name}.wav", answer["frames"]) for name in answer["stems"]}


def work(name: str) -> None:
    """The other side of a Worker: a JSON line for each song on standard input."""
    model = load(name, "cpu")
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # once for nothing, as a worker has separated something before
        song = Path(folder) / "warm.wav"
        with Recorder(song) as recorder:
            recorder.write(torch.randn(2, SAMPLE_RATE).mul(0.1).numpy())
        separated(song, model, Path(folder))
    for line in sys.stdin:
        path, folder = json.loads(line)
        idle = Memory.now()
        with Memory() as memory:
            start = os.times().elapsed
            tapes = separated(Path(path), model, Path(folder))
            seconds = os.times().elapsed - start
        frames = next(iter(tapes.values())).frames
        answer = {"seconds": seconds, "frames": frames, "memory": memory.peak - idle, "stems": list(tapes)}
        print(json.dumps(answer), flush=True)


def measure(song: Multitrack, workers: list[Worker]) -> Iterator[Result]:
    """Every estimate of one song."""
    with tempfile.TemporaryDirectory(prefix="stemlink-bench-") as name:
        folder = Path(name)
        desk = Desk(song, folder)
        references = desk.references(STEMS, SAMPLE_RATE)
        mixture, path = desk.mixture(SAMPLE_RATE)
        judge = desk.judge(references, SAMPLE_RATE)
        yield Result(song.name, MIXTURE, judge.compare(dict.fromkeys(references, mixture)))
        for worker in workers:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                stems = worker.separate(path, Path(place))
                yield Result(song.name, worker.model, judge.compare(gathered(stems, references)))
        for missing in references:
            if judge.sounds(missing) and len(references) > 1:
                yield from without(missing, song.name, references, workers, folder)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            yield Result(song.name, ORACLE, judge.compare(oracle(references, mixture, Path(place))))


def without(
    missing: str, song: str, references: Mapping[str, Track], workers: list[Worker], folder: Path
) -> Iterator[Result]:
    """What is found of a stem that was left out."""
    rest = Sum([track for name, track in references.items() if name != missing])
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        path = record(place / "mixture.wav", pieces(rest)).path
        judge = Judge({missing: Sum([])}, rest)
        for worker in workers:
            stems = worker.separate(path, place)
            yield Result(f"{song} without {missing}", worker.model, judge.compare(gathered(stems, [missing])))


def sung_by(songs: list[Multitrack], bands: list[Multitrack], folder: Path) -> Iterator[Multitrack]:
    """The bands with the singers of the songs in turn, each as loud as the voice that was there, in the seconds in
    which it is sung loudest; made in `folder`. A band without a singer gets none."""
    for number, band in enumerate(bands):
        song = songs[number % len(songs)]
        with tempfile.TemporaryDirectory(dir=folder) as one, tempfile.TemporaryDirectory(dir=folder) as two:
            own, singer = vocals(band, Path(one)), vocals(song, Path(two))
            sung = singer.read(loudest(singer, own.frames // SAMPLE_RATE), own.frames)
            wanted, given = energy(own.read(0, own.frames)), energy(sung)
        if wanted and given:
            path = record(folder / f"{number}.wav", [sung * np.float32((wanted / given) ** 0.5)]).path
            yield Multitrack(f"{song.name} in {band.name}", band.stems | {"vocals": path})


def vocals(song: Multitrack, folder: Path) -> Track:
    """What is sung in a song, unpacked in `folder`; silence where no file is of the voice alone."""
    return Desk(song, folder).references(STEMS, SAMPLE_RATE).get("vocals", Sum([]))


@contextmanager
def synthesised(count: int, seed: int, cache: Path) -> Iterator[list[Multitrack]]:
    """Songs that are made here, none of which a training has heard."""
    from separation.training import library, programs, validation  # noqa: PLC0415  # a group of its own

    programs.check()
    for ready in library.render(cache, seed, count, os.cpu_count() or 1, held_out=True):
        print(f"\rMaking songs: {ready} of {count}", end="", file=sys.stderr)
    songs = library.read(library.synthesised(cache, seed, held_out=True))[:count]
    with tempfile.TemporaryDirectory(prefix="stemlink-bench-") as name:
        yield [validation.unpack(song, number, Path(name)) for number, song in enumerate(songs)]


def bench(title: str, songs: list[Multitrack], models: list[str]) -> dict[str, Any]:
    """Measures all estimates on some songs and prints them."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(model)) for model in models]
        results: list[Result] = []
        for number, song in enumerate(songs):
            print(f"\r{title}: {number} of {len(songs)}", end="", file=sys.stderr, flush=True)
            results += measure(song, workers)
        print(file=sys.stderr)
        print(f"{title}: {len(songs)} song{'s' * (len(songs) > 1)}\n{report.text(results)}")
        costs = {}
        for worker in workers:
            speed = worker.music / worker.seconds
            print(
                f"{worker.model}: {speed:.1f} times real time, {worker.memory / 1e6:.0f} MB above the loaded model"
            )
            costs[worker.model] = {"real_time_factor": speed, "extra_bytes": worker.memory}
    return report.as_json(results, title) | {"costs": costs}


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    parser.add_argument("--synthesised", type=int, default=16, metavar="N")
    parser.add_argument("--seed", type=int, default=1000)
    every = [model.name for model in catalogue.models() if model.sources == STEMS]
    parser.add_argument("--model", action="append", choices=every)
    parser.add_argument("--cache", type=Path, default=Path("var/training"))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker)
        return
    models = options.model or sorted(every, key=lambda name: name != "classical")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stemlink-bench-")))
        bands, songs = [], []
        if options.synthesised:
            bands = stack.enter_context(synthesised(options.synthesised, options.seed, options.cache))
        if options.folder:
            songs = multitrack.find(multitrack.half(options.folder, "test"))
        groups = {"Synthesised songs": bands, str(options.folder): songs}
        if bands and songs:
            groups["Their singers in synthesised bands"] = list(sung_by(songs, bands, folder))
        found = [bench(title, group, models) for title, group in groups.items() if group]
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    try:
        main()
    except SeparationError as error:
        sys.exit(error.message)
