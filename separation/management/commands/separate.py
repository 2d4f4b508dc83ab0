"""`manage.py separate SONG|FOLDER... -o OUT`: stems as files, with no service or database running."""

import io
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress, TaskID, TimeRemainingColumn

from separation import catalogue
from separation.audio.mp3 import BITRATES
from separation.errors import SeparationError
from separation.management import inputs, leaving
from separation.management.inputs import Song
from sharing import terminal, words

if TYPE_CHECKING:
    from separation.files import Output, Written
    from separation.models import Model


class Command(BaseCommand):
    """Separates songs into OUT/<song>/<stem>.<format>."""

    help = (
        "Separates songs into OUT/<song>/<stem>.flac; needs no service. A song whose stems are there is passed over. "
        "Ends with status 1 when a song could not be separated, and with 130 after Ctrl-C."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add(
            "songs",
            nargs="+",
            metavar="SONG",
            help="sound files of any common kind, folders (with all that are below them), or - for the standard input",
        )
        add("-o", "--out", type=Path, required=True, help="folder for the stems")
        add("--force", action="store_true", help="make stems anew that are there already")
        add("--model", default=catalogue.default().name, help="see `models list` (%(default)s)")
        add("--two-stems", metavar="STEM", help="only this stem, and no_STEM: the song without it")
        add("--format", choices=("flac", "wav", "mp3"), help="(flac; with --float32 wav)")
        add(
            "--mp3-bitrate",
            type=int,
            choices=BITRATES[1:],
            metavar="KBIT",
            help=f"kbit/s, {', '.join(map(str, BITRATES[1:]))} (256)",
        )
        depth = parser.add_mutually_exclusive_group()
        depth.add_argument("--int24", action="store_true", help="24 bits in flac and wav instead of 16")
        depth.add_argument("--float32", action="store_true", help="floating point in wav: nothing is rounded")
        add(
            "--no-gain",
            action="store_true",
            help="don't turn all stems of a song down by one factor against clipping: their sum is the song",
        )
        add("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (%(default)s)")

    def handle(self, **options: Any) -> None:
        leaving.tidily()
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="surrogateescape")  # names that aren't text come out as they are
        self._console = terminal.console()
        try:
            fine = self._separate_all(options)
        except SeparationError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['out']}: {error.strerror or error}.") from error
        except KeyboardInterrupt:
            self._say("Stopped. The song that was being separated left nothing behind.")
            sys.exit(130)
        if not fine:
            sys.exit(1)

    def _separate_all(self, options: dict[str, Any]) -> bool:
        """Whether there are stems of everything that was asked for."""
        out: Path = options["out"]
        _check(options)
        sources = catalogue.get(options["model"]).sources
        from separation.runner import load  # noqa: PLC0415 - brings torch, which takes seconds

        output = _output(options)
        names = output.names(sources)
        with inputs.spooled(options["songs"]) as arguments:
            found = inputs.find(arguments, out)
            for problem in found.problems:
                self._say(problem)
            songs = inputs.named(found.paths)
            piped = dict(zip(options["songs"], arguments, strict=True)).get(inputs.STDIN)
            model = load(options["model"], options["device"], self._say)
            counts: Counter[str] = Counter()
            with terminal.bars(self._console, TimeRemainingColumn()) as bar:
                overall = bar.add_task("All songs", total=len(songs), visible=len(songs) > 1)
                for place, song in enumerate(songs):
                    there = [name for name in names if os.path.exists(out / song.folder / name)]  # noqa: PTH110 - as in inputs
                    if options["force"] or not there:
                        with _shown(bar, overall, place, song) as progress:
                            made = self._separate(song, out / song.folder, model, output, progress)
                        counts["separated" if made else "failed"] += 1
                    else:
                        known = there == names and str(song.path) != piped
                        counts["there already" if known else "failed"] += 1
                        self._say(_there(song, out, there, known=known))
                    bar.update(overall, completed=place + 1)
        if len(songs) > 1:
            self._say(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ".")
        return not found.problems and not counts["failed"]

    def _separate(
        self,
        song: Song,
        folder: Path,
        model: "Model",
        output: "Output",
        progress: Callable[[int, int], None],
    ) -> bool:
        import av  # noqa: PLC0415 - with torch and FFmpeg, as above

        from separation.files import separate_to_files  # noqa: PLC0415
        from separation.runner import room  # noqa: PLC0415

        try:
            with room():
                written = separate_to_files(
                    song.path, folder, model, output, progress=progress, notice=self._say
                )
        except SeparationError as error:
            self._say(f"{song.path}: {error.message}")
            return False
        except (OSError, av.error.FFmpegError) as error:
            self._say(f"{song.path}: its stems can't be written to {folder} ({error.strerror or error}).")
            return False
        for note in _notes(written, output):
            self._say(f"{song.path}: {note}")
        for path in written.files:
            self._tell(path)
        return True

    def _say(self, line: str) -> None:
        """For people: one line, beside the bars, whatever a file may be called."""
        self._console.print(words.clean(line, 2000))

    def _tell(self, path: Path) -> None:
        """For programs: a file that is there now."""
        if sys.stdout.isatty():
            self._say(str(path))
        else:
            self.stdout.write(str(path))


@contextmanager
def _shown(bar: Progress, overall: TaskID, place: int, song: Song) -> Iterator[Callable[[int, int], None]]:
    """A bar for a song while it is worked on, which moves that of all songs along."""
    task = bar.add_task(words.clean(song.path.name, 40), total=None)

    def progress(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        bar.update(overall, completed=place + done / total)

    try:
        yield progress
    finally:
        bar.remove_task(task)


def _check(options: dict[str, Any]) -> None:
    """Refuse options that don't go together. Raises CommandError."""
    kind = options["format"] or ("wav" if options["float32"] else "flac")
    if options["float32"] and kind != "wav":
        raise CommandError("--float32 is for wav: only that holds floating point.")
    if options["int24"] and kind == "mp3":
        raise CommandError("--int24 is for flac and wav: an mp3 has no bits of its own.")
    if options["mp3_bitrate"] and kind != "mp3":
        raise CommandError("--mp3-bitrate is for --format mp3.")
    options["format"] = kind


def _output(options: dict[str, Any]) -> "Output":
    from separation.files import Output  # noqa: PLC0415

    bitrate = options["mp3_bitrate"]
    return Output(
        format=options["format"],
        bits=24 if options["int24"] else 32 if options["float32"] else 16,
        bitrate=bitrate and bitrate * 1000,
        two=options["two_stems"],
        gain=not options["no_gain"],
    )


def _there(song: Song, out: Path, there: Sequence[str], *, known: bool) -> str:
    """`known`: by its name the song seems to be the one whose stems are there; what was piped in has no name."""
    folder = out / song.folder
    if known:
        return f"{song.path}: stems of a song called so are in {folder} already; --force makes them anew."
    return f"{song.path}: {folder} has {', '.join(there)} already; --force replaces what is there, another -o keeps it."


def _notes(written: "Written", output: "Output") -> list[str]:
    """What one should know of a song's stems."""
    notes = []
    if written.scan.truncated:
        notes.append("the file is damaged or cut off; these are the stems of what could be read.")
    if written.gain < 1:
        softer = -20 * log10(written.gain)
        notes.append(f"all stems are {softer:.1f} dB softer than the song, so that none clips (--no-gain).")
    if written.clipped and output.bits < 32:
        some = "a sample is" if written.clipped == 1 else f"{written.clipped:,} samples are"
        notes.append(f"{some} louder than {output.format} can hold and cut off there.")
    return notes
