"""`python manage.py demo`: make the demo share, once."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from separation.catalogue import SAMPLE_RATE
from separation.errors import SeparationError
from separation.importing import import_stem
from separation.small import SmallRendition
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
            demo.publish({stem: _import(stem) for stem in STEMS}, sample_rate=SAMPLE_RATE)
        except (SeparationError, Problem) as problem:
            raise CommandError(f"The demo share could not be made. {problem.message}") from problem
        if verbosity:
            self.stdout.write("The demo share is made.")


def _import(stem: str) -> tuple[int, float]:
    """Put one stem into media; how long it is, and its gain."""
    with SmallRendition(demo.get, demo.put, [stem]) as small:
        made = import_stem(FOLDER / f"{stem}.opus", stem, demo.put, on_stored=small.grow)
        small.finish()
    return made.frames, made.gain
