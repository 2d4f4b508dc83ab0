"""`python manage.py share song.mp3`: a link at once, then how far its stems are."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress, TaskID, TextColumn

from sharing import links, services, terminal, uploads
from sharing.clock import now
from sharing.domain import Share, State
from sharing.errors import Problem, StoreUnavailable
from sharing.manifest import WORKER_SILENCE
from sharing.stores import get_store

POLL_SECONDS = 0.5
NO_WORKER = "no worker is running; start one with: make run"


class Command(BaseCommand):
    """Shares a song of this machine."""

    help = "Share a song: print its link, then show how far its stems are."

    def add_arguments(self, parser: CommandParser) -> None:
        """A song, and what it is called and separated with."""
        parser.add_argument("song", type=Path, help="sound file (MP3, WAV, FLAC, M4A, Ogg, Opus, AIFF)")
        parser.add_argument(
            "--title", default="", help="title of the share; from the file's name if not given"
        )
        parser.add_argument("--model", default="", help="which model separates; `manage.py models list`")

    def handle(self, *, song: Path, title: str, model: str, **_options: Any) -> None:
        """Make the share, then follow it to its end. Ctrl-C stops following, not separating."""
        try:
            link, share = self._create(song, title, model)
            self.stdout.write(link)
            self.stdout.flush()
            share = self._follow(share)
        except Problem as problem:
            raise CommandError(problem.message) from problem
        except KeyboardInterrupt:
            self.stderr.write("Not waiting any longer; the share goes on and its link stays.")
            raise SystemExit(130) from None
        if share.state is not State.DONE:
            raise CommandError(share.error.message if share.error else "The share was cancelled.")

    def _create(self, song: Path, title: str, model: str) -> tuple[str, Share]:
        services.check_model(model)
        try:
            with song.open("rb") as file:
                made = services.create_separation(
                    uploads.from_file(file, song.name), title=title, model=model
                )
        except OSError as error:
            raise CommandError(f"Can't read {song}: {error.strerror}.") from error
        return links.public().share(made.share.id), made.share

    def _follow(self, share: Share) -> Share:
        """Show a bar until the share has ended."""
        with terminal.bars(terminal.console(), TextColumn("{task.fields[left]}")) as bar:
            task = bar.add_task("queued", total=1.0, left="")
            while True:
                share = self._show(bar, task, share)
                if not share.active:
                    return share
                time.sleep(POLL_SECONDS)

    def _show(self, bar: Progress, task: TaskID, before: Share) -> Share:
        try:
            share = services.find(before.id)
            seen = share.state is State.RUNNING or get_store().workers(now() - WORKER_SILENCE)
        except StoreUnavailable as problem:
            bar.update(task, left=problem.message)
            return before
        left = share.job.seconds_left
        note = NO_WORKER if not seen else "" if left is None or not share.active else f"{left:.0f} s left"
        bar.update(task, description=share.state.value, completed=share.job.progress, left=note)
        return share
