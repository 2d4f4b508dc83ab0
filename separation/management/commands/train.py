"""`manage.py train NAME`: songs are made, a network learns from them, and the result becomes a `--model`."""

import os
import sys
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.progress import Progress, TimeRemainingColumn

from separation import catalogue
from separation.catalogue import ModelInfo
from separation.errors import SeparationError
from separation.evaluation import multitrack
from separation.management import leaving
from separation.models import bandsplit, pick_device
from separation.runner import room
from sharing import terminal

try:
    from separation.training import (
        apprentice,
        calibration,
        curve,
        library,
        programs,
        recordings,
        results,
        trainer,
        validation,
    )
    from separation.training.errors import TrainingError
    from separation.training.plan import Plan
    from separation.training.songs import FAMILIES

    MISSING = ""
except (
    ImportError
) as error:  # the dependency group isn't installed; an installation that only serves needs none
    MISSING = error.name or "?"

_SYNTHESISED = "synthesised"
_HELD_OUT = 12  # songs to validate with
_MOST = 10**9
# Least and most; no machine has room for more.
_NUMBERS = {
    "songs": (1, 1_000_000),
    "steps": (1, _MOST),
    "batch": (1, 10_000),
    "frames": (16, 100_000),
    "workers": (1, 1_000),
    "seed": (0, _MOST),
}
_ROOM = (
    "Give fewer --workers or a smaller network, or run the same command again when the machine has less to do, with "
    "--resume where learning has begun."
)


class Command(BaseCommand):
    """Trains a model of your own, on songs that programs play and sing, on a folder of stems, or on both."""

    help = (
        "Trains a model; it then separates songs as --model NAME. Can be ended at any time and gone on with."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("name", metavar="NAME", help="what the model will be called: small letters, digits, - . _")
        add(
            "--data",
            nargs="+",
            default=[_SYNTHESISED],
            metavar="DATA",
            help="synthesised (songs that are made here), folders in the layout of MUSDB18 "
            "(train/<song>/<stem>.wav or .flac), or several of these (synthesised)",
        )
        add(
            "--sources",
            default="vocals,drums,bass,other",
            help="the stems; one takes all the rest (%(default)s)",
        )
        add("--songs", type=int, default=400, help="songs to make and learn from, 25 MB each (%(default)s)")
        length = parser.add_mutually_exclusive_group()
        length.add_argument("--steps", type=int, help="how long to learn: in steps of the network")
        length.add_argument("--minutes", type=float, default=120, help="or in minutes (%(default)s)")
        add("--start", metavar="MODEL", help="begin with what this model of the catalogue has learned")
        shape = parser.add_argument_group(
            "the network", f"{bandsplit.STANDARD}. Or that of --start, which may become deeper."
        )
        shape.add_argument("--width", type=int, help="numbers for a band and step")
        shape.add_argument("--depth", type=int, help="blocks of LSTMs")
        shape.add_argument("--stride", type=int, help="frames of 23 ms in a step: 1, 2 or 4")
        add(
            "--validate",
            type=Path,
            metavar="FOLDER",
            help="real songs in the same layout (test/<song>/<stem>.wav) to choose the best by",
        )
        add("--resume", action="store_true", help="go on with a training that was ended")
        add("--out", type=Path, default=settings.STEMLINK_MODELS, help="folder for the result (%(default)s)")
        add(
            "--cache",
            type=Path,
            default=settings.STEMLINK_DATA / "training",
            help="folder for songs and for what is needed to go on (%(default)s)",
        )
        add("--device", default="auto", help="auto, cpu, cuda, cuda:1 (%(default)s)")
        add("--workers", type=int, default=os.cpu_count() or 1, help="processes (%(default)s)")
        add("--batch", type=int, help="examples per step and process (4, or 32 on a GPU)")
        add("--frames", type=int, default=192, help="of 23 ms, length of an example (%(default)s)")
        add(
            "--rate",
            type=float,
            help="the highest learning rate (0.002, or 0.0002 with --start, 0.0006 where that lacks a stem)",
        )
        add("--seed", type=int, default=1, help="of all that is left to chance (%(default)s)")

    def handle(self, **options: Any) -> None:
        if MISSING:
            self.stderr.write(f"Training needs more Python packages ({MISSING}): make setup-train")
            sys.exit(1)
        leaving.tidily()
        try:
            with room("cpu", _ROOM):
                plan = _plan(options)
                with trainer.alone(plan):
                    self._train(plan, options)
        except SeparationError as error:
            self.stderr.write(error.message)
            sys.exit(1)
        except OSError as error:
            self.stderr.write(
                f"{error.filename or 'A file'} can't be read or written ({error.strerror or error}). When that is "
                "mended, go on with the same command and --resume."
            )
            sys.exit(1)
        except KeyboardInterrupt:
            self.stderr.write("Ended. Go on with the same command and --resume.")
            sys.exit(130)

    def _train(self, plan: "Plan", options: dict[str, Any]) -> None:
        with terminal.bars(terminal.console(), TimeRemainingColumn()) as bar:
            _gather(plan, options, bar)
            task = bar.add_task("Learning", total=1.0)
            for progress in trainer.train(plan):
                words = _words(progress.step, progress.hours, progress.errors)
                bar.update(task, completed=progress.done, description=words)
                if progress.scores:
                    bar.console.print(_scores(progress.step, progress.scores))
                    _draw(plan.curve)
            task = bar.add_task("Finishing: what to keep, and how long it remembers", total=1.0)
            finished = calibration.finish(plan, lambda done: bar.update(task, completed=done))
            if plan.start is not None and finished.share < 1:
                words = f"Best is a mean: {finished.share:.0%} of what was learned, the rest of {plan.start.stem}."
                bar.console.print(words)
            if finished.rounds:
                words = f"Its memory was shortened for streaming, in {finished.rounds} steps."
                bar.console.print(words)
        result = results.install(plan.finished, options["out"])
        self.stdout.write(f"{result}\nLearning curve: {_draw(plan.curve)}")
        self.stdout.write(f"Try it: manage.py separate SONG -o OUT --model {plan.info.name}")


def _plan(options: dict[str, Any]) -> "Plan":
    """What was asked for, checked before anything is made; raises SeparationError."""
    name, sources = options["name"], tuple(options["sources"].split(","))
    if not all(map(catalogue.valid_name, (name, *sources))):
        raise TrainingError("bad_name", "Names of models and stems are small letters, digits, dots, - and _.")
    if catalogue.builtin(name):
        raise TrainingError("name_taken", f"{name} comes with Stemlink. Choose another name.")
    if len(set(sources)) != len(sources) or len(sources) < 2:
        raise TrainingError("bad_sources", "Give at least two stems, each once: --sources vocals,other")
    _check_numbers(options)
    _check_songs(options, sources)
    cache, seed = options["cache"], options["seed"]
    start = None
    if options["start"]:
        start = catalogue.weights(catalogue.get(options["start"]).name)
        if start is None:
            message = f"{options['start']} has no weights to begin with. Choose another model, or leave --start out."
            raise TrainingError("bad_start", message)
    made = _SYNTHESISED in options["data"]
    # Models are shown to strangers: where things are on this machine is none of their business. Names on a disk are any
    # bytes.
    named = [os.fsencode(Path(data).absolute().name).decode(errors="replace") for data in options["data"]]
    songs = [library.synthesised(cache, seed)] if made else []
    device = pick_device(options["device"])
    plan = Plan(
        info=ModelInfo(
            name=name,
            title=f"{name}, trained here",
            sources=sources,
            licence="that of the songs it was trained on",
            description=f"Trained with `manage.py train` on {' and '.join(named)}.",
        ),
        songs=(*songs, *(_kept(cache, folder) for folder in _folders(options))),
        out=cache / "runs",
        steps=options["steps"],
        minutes=None if options["steps"] is not None else options["minutes"],
        batch=options["batch"] or (4 if device.type == "cpu" else 32),
        frames=options["frames"],
        workers=options["workers"],
        seed=seed,
        rate=options["rate"],
        device=str(device),
        shape=_shape(options, start),
        start=start,
        held_out=library.synthesised(cache, seed, held_out=True) if made else None,
        real=options["validate"],
        most=dict.fromkeys(songs, options["songs"]),
    )
    _check_places(plan, options)
    return plan


def _check_numbers(options: dict[str, Any]) -> None:
    for name, (least, most) in _NUMBERS.items():
        if options[name] is not None and not least <= options[name] <= most:
            raise TrainingError("bad_number", f"--{name} needs a number from {least:,} to {most:,}.")
    if not 0 < options["minutes"] <= _MOST:
        raise TrainingError("bad_number", f"--minutes needs a number above 0, up to {_MOST:,}.")
    if options["rate"] is not None and not 0 < options["rate"] < 1:
        raise TrainingError("bad_rate", "A learning rate lies between 0 and 1: --rate 0.001")


def _check_songs(options: dict[str, Any], sources: tuple[str, ...]) -> None:
    """Of the folders that were given; none of their files is opened."""
    judges = options["validate"]
    if judges is not None:
        validation.real_songs(judges, sources)
    names: dict[str, Collection[str]] = {}
    if _SYNTHESISED in options["data"]:
        names["the songs that are made here"] = FAMILIES
    for folder in _folders(options):
        names[str(folder)] = recordings.names(folder)
        learned = multitrack.half(folder, "train")
        if judges is not None and learned.samefile(multitrack.half(judges, "test")):
            message = "What was learned from says nothing of other songs: --validate needs another folder than --data."
            raise TrainingError("same_songs", message)
    library.check(names, sources)


def _check_places(plan: "Plan", options: dict[str, Any]) -> None:
    """Whether the result may be called so, and can be written where it belongs."""
    name, result = plan.info.name, options["out"] / plan.result.name
    for folder in (options["out"], options["cache"]):
        if "\ufffd" in os.fsencode(folder).decode(errors="replace"):  # safetensors opens no such file
            message = f"The name of {folder} isn't UTF-8. Give another folder."
            raise TrainingError("no_folder", message)
    if plan.checkpoint.exists() and not options["resume"]:
        message = f"A training called {name} has begun: go on with --resume, or choose another name."
        raise TrainingError("name_taken", message)
    apprentice.require_same(plan)
    if result.exists() and not options["resume"]:
        message = (
            f"{result} is there already. Choose another name, or --resume to put the result in its place."
        )
        raise TrainingError("name_taken", message)
    for folder in (options["out"], plan.out):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            message = f"{folder} can't be written ({error.strerror or error})."
            raise TrainingError("no_folder", message) from error


def _shape(options: dict[str, Any], start: Path | None) -> bandsplit.Shape:
    known = bandsplit.read_shape(start.stem, start.parent) if start else None
    wanted = {name: options[name] for name in ("width", "depth", "stride") if options[name] is not None}
    try:
        shape = replace(known or bandsplit.STANDARD, **wanted)
    except ValueError as error:
        message = "No network is like that: up to 1,024 wide and 32 deep, and 1, 2 or 4 frames a step."
        raise TrainingError("bad_shape", message) from error
    if known and (shape != replace(known, depth=shape.depth) or shape.depth < known.depth):
        message = f"{options['start']} is {known}. What begins with it may only be deeper."
        raise TrainingError("bad_shape", message)
    return shape


def _gather(plan: "Plan", options: dict[str, Any], bar: Progress) -> None:
    """Makes the songs that aren't there yet, and brings recorded ones into the library."""
    cache = options["cache"]
    if plan.held_out:
        programs.check()
        if old := library.outdated(cache):
            where = " and ".join(map(str, old))
            bar.console.print(
                f"Not read by this version: the songs in {where}. Unless another one needs them, they can be deleted."
            )
        for count, held_out in ((_HELD_OUT, True), (options["songs"], False)):
            task = bar.add_task("Making songs to judge by" if held_out else "Making songs", total=count)
            for ready in library.render(cache, plan.seed, count, plan.workers, held_out=held_out):
                bar.update(task, completed=ready)
    for folder in _folders(options):
        bar.console.print(f"Reading {folder}")
        for line in recordings.keep(folder, _kept(cache, folder)):
            bar.console.print(line)


def _folders(options: dict[str, Any]) -> list[Path]:
    return [Path(data).absolute() for data in options["data"] if data != _SYNTHESISED]


def _kept(cache: Path, folder: Path) -> Path:
    """Where the songs of a folder are kept in the library; folders of the same name don't meet."""
    return cache / "recorded" / f"{folder.name}-{crc32(os.fsencode(folder)):08x}"


def _words(step: int, hours: float, errors: dict[str, float]) -> str:
    won = ", ".join(f"{name} {-error:.1f}" for name, error in errors.items())
    return f"Step {step}, {hours:.1f} h of music" + (f": {won} dB" if won else "")


def _scores(step: int, scores: dict[str, float]) -> str:
    return (
        f"after {step} steps: " + ", ".join(f"{name} {value:.2f}" for name, value in scores.items()) + " dB"
    )


def _draw(path: Path) -> Path:
    picture = path.with_name(path.name.replace(".jsonl", ".svg"))
    picture.write_text(curve.draw(curve.read(path)))
    return picture
