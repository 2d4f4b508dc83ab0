"""`manage.py evaluate FOLDER|--synthesised N`: how near models come to songs whose stems are known."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress, TimeRemainingColumn

from separation import catalogue
from separation.errors import SeparationError
from separation.evaluation import multitrack, picture, report
from separation.evaluation.errors import EvaluationError
from separation.evaluation.evaluate import evaluate
from separation.evaluation.multitrack import Multitrack
from separation.management import leaving
from separation.models.base import Model
from separation.runner import load, room
from sharing import terminal

_SEED = 1000  # other songs than those that a training of ours was ever selected by


class Command(BaseCommand):
    """Separates songs whose stems are known with one or several models, and says how near they came."""

    help = (
        "Judges models by songs with known stems: BSS Eval's SDR, SIR, SAR and ISR as museval defines them, and plain "
        "SDR. The songs are a folder in the layout of MUSDB18 (test/<song>/<stem>.wav, or <song>/<stem>.wav), or made "
        "here."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        songs = parser.add_mutually_exclusive_group(required=True)
        songs.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="songs with their stems")
        songs.add_argument(
            "--synthesised", type=int, metavar="N", help="make N songs that no training has ever heard"
        )
        add(
            "--model",
            action="append",
            metavar="MODEL",
            help=f"see `models list`; can be given several times ({catalogue.default().name})",
        )
        add("--json", type=Path, metavar="FILE", help="write everything that was measured, song by song")
        add("--plot", type=Path, metavar="FILE", help="draw the SDR of all songs, as SVG")
        add("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (%(default)s)")
        add("--seed", type=int, default=_SEED, help="of synthesised songs (%(default)s)")
        add(
            "--cache",
            type=Path,
            default=settings.STEMLINK_DATA / "training",
            help="folder where synthesised songs are kept (%(default)s)",
        )
        add(
            "--workers", type=int, default=os.cpu_count() or 1, help="processes that make songs (%(default)s)"
        )

    def handle(self, **options: Any) -> None:
        leaving.tidily()
        try:
            with room():
                self._evaluate(options)
        except SeparationError as error:
            self.stderr.write(error.message)
            sys.exit(1)
        except OSError as error:
            self.stderr.write(
                f"{error.filename or 'The result'} can't be read or written ({error.strerror or error})."
            )
            sys.exit(1)
        except KeyboardInterrupt:
            self.stderr.write("Ended; nothing was written.")
            sys.exit(130)

    def _evaluate(self, options: dict[str, Any]) -> None:
        for path in (options["json"], options["plot"]):
            if path and not os.access(path.absolute().parent, os.W_OK):
                raise EvaluationError(
                    "no_folder", f"{path} can't be written: there is no such folder, or not for you."
                )
            if path and path.exists() and (path.is_dir() or not os.access(path, os.W_OK)):
                raise EvaluationError(
                    "no_file", f"{path} can't be written: it is a folder, or not yours. Name another file."
                )
        names = list(dict.fromkeys(options["model"] or [catalogue.default().name]))
        models = [load(name, options["device"], self.stderr.write) for name in names]
        with (
            terminal.bars(terminal.console(), TimeRemainingColumn()) as bar,
            _songs(options, bar, models) as songs,
        ):
            task = bar.add_task("Separating and measuring", total=1.0)
            left_out: dict[str, str] = {}
            results = list(
                evaluate(songs, models, lambda done: bar.update(task, completed=done), left_out.__setitem__)
            )
            count = len(songs)
        data = str(options["folder"] or f"{count} synthesised songs of seed {options['seed']}")
        if results:
            self.stdout.write(report.text(results))
            if options["json"]:
                found = report.as_json(results, data, left_out)
                options["json"].write_text(json.dumps(found, indent=1) + "\n")
            if options["plot"]:
                options["plot"].write_text(picture.draw(results))
        for message in left_out.values():
            self.stderr.write(message)
        if left_out:
            sys.exit(1)


@contextmanager
def _songs(options: dict[str, Any], bar: Progress, models: Sequence[Model]) -> Iterator[list[Multitrack]]:
    """The songs of the folder, or those that are made, with what the models find by itself."""
    folder = options["folder"]
    if folder is not None:
        yield multitrack.find(multitrack.half(folder, "test"))
        return
    if options["synthesised"] < 1:
        raise CommandError("--synthesised needs a number of songs, 1 or more.")
    if options["seed"] < 0:
        raise CommandError("--seed needs a number, 0 or more.")
    try:
        from separation.training import library, programs, validation  # noqa: PLC0415  # a group of its own
    except ImportError as error:
        raise CommandError(
            f"Making songs needs more Python packages ({error.name}): make setup-train"
        ) from error
    for model in models:
        validation.require_makeable(model.info)
    wanted = {source for model in models for source in model.info.sources}
    programs.check()
    task = bar.add_task("Making songs", total=options["synthesised"])
    made = (options["cache"], options["seed"], options["synthesised"])
    for ready in library.render(*made, options["workers"], held_out=True):
        bar.update(task, completed=ready)
    songs = library.read(library.synthesised(made[0], made[1], held_out=True))[: made[2]]
    with tempfile.TemporaryDirectory(prefix="stemlink-evaluate-") as name:
        yield [validation.unpack(song, number, Path(name), wanted) for number, song in enumerate(songs)]
