"""`manage.py separate SONG... -o OUT`: stems as files, with no service or database running."""

import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import av
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from separation import catalogue
from separation.audio.encode import CODECS
from separation.errors import SeparationError
from separation.files import separate_to_files
from separation.models import Model, load


class Command(BaseCommand):
    """Separates songs into OUT/<song>/<stem>.<format>."""

    help = "Separates songs into OUT/<song>/<stem>.flac; needs no service."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "songs", nargs="+", type=Path, metavar="SONG", help="sound files of any common kind"
        )
        parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the stems")
        parser.add_argument(
            "--model", default=catalogue.default().name, help="see `models list` (%(default)s)"
        )
        parser.add_argument("--format", choices=sorted(CODECS), default="flac", help="(%(default)s)")
        parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (%(default)s)")

    def handle(self, *, songs: list[Path], out: Path, **options: Any) -> None:
        # So that a polite kill tidies up, too.
        signal.signal(signal.SIGTERM, _leave)
        console = Console(stderr=True)
        try:
            model = load(options["model"], options["device"])
        except SeparationError as error:
            self.stderr.write(error.message)
            sys.exit(1)
        stems = Counter(song.stem for song in songs)
        failed = False
        for song in songs:
            # Two songs that differ only in their endings get a folder each.
            name = song.stem if stems[song.stem] == 1 else song.name
            failed |= not self._separate(song, out / name, model, options["format"], console)
        if failed:
            sys.exit(1)

    def _separate(self, song: Path, folder: Path, model: Model, kind: str, console: Console) -> bool:
        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        try:
            with bar:
                task = bar.add_task(song.name, total=None)
                written = separate_to_files(
                    song,
                    folder,
                    model,
                    format=kind,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                    notice=lambda message: console.print(message, markup=False),
                )
        except SeparationError as error:
            self.stderr.write(f"{song}: {error.message}")
            return False
        except (OSError, av.error.FFmpegError) as error:
            self.stderr.write(f"{song}: its stems can't be written to {folder} ({error.strerror or error}).")
            return False
        except KeyboardInterrupt:
            self.stderr.write(f"{song}: stopped; nothing was written.")
            sys.exit(130)
        if written.scan.truncated:
            self.stderr.write(
                f"{song}: the file is damaged or cut off; these are the stems of what could be read."
            )
        for path in written.files:
            self.stdout.write(str(path))
        return True


def _leave(number: int, frame: object) -> NoReturn:  # noqa: ARG001
    sys.exit(128 + number)
