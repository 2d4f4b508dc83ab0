"""`python manage.py demo`: make the demo share, once."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from separation.errors import AudioError
from separation.importing import import_stems
from sharing import demo
from sharing.errors import Problem

FOLDER = Path(__file__).resolve().parents[2] / "demo"
STEMS = ("vocals", "drums", "bass", "other")


class Command(BaseCommand):
    """Keeps the four files of `separation/demo/` as a share that the home page shows."""

    help = "Make the demo share of the home page, unless it is there or was deleted."

    def handle(self, *, verbosity: int = 1, **_options: Any) -> None:
        """Import and publish; the second time there is nothing to do."""
        try:
            if not demo.is_wanted():
                return
            made = import_stems({stem: FOLDER / f"{stem}.opus" for stem in STEMS}, demo.put, get=demo.get)
            demo.publish(STEMS, frames=made.frames, gain=made.gain, sample_rate=made.sample_rate)
        except (AudioError, Problem) as problem:
            raise CommandError(f"The demo share could not be made. {problem.message}") from problem
        if verbosity:
            self.stdout.write("The demo share is made.")
