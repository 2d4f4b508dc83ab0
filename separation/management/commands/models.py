"""`manage.py models list|show`: what can separate, and under which licence."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from separation import catalogue
from separation.errors import ModelError


class Command(BaseCommand):
    """Lists the models, or shows one."""

    help = "Lists the models that separate songs, or shows one of them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="all models")
        show = actions.add_parser("show", help="one model in full")
        show.add_argument("name")

    def handle(self, *, action: str, **options: Any) -> None:
        console = Console(file=self.stdout, highlight=False, markup=False)  # type: ignore[arg-type]  # a text stream all but in name
        if action == "list":
            console.print(_table())
            return
        try:
            model = catalogue.get(options["name"])
        except ModelError as error:
            self.stderr.write(error.message)
            sys.exit(1)
        console.print(f"{model.name}: {model.title}{' (default)' if model.default else ''}")
        console.print(f"Stems: {', '.join(model.sources)}")
        console.print(f"Licence: {model.licence}")
        console.print(f"Sample rate: {model.sample_rate:,} Hz")
        console.print(model.description)


def _table() -> Table:
    table = Table("Model", "What it is", "Stems", "Licence")
    for model in catalogue.models():
        name = f"{model.name} *" if model.default else model.name
        table.add_row(name, model.title, ", ".join(model.sources), model.licence)
    table.caption = "* separates unless another is chosen"
    return table
