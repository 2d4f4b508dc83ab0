"""`manage.py models list|show`: what can separate, and under which licence."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from separation import catalogue
from separation.catalogue import ModelInfo
from separation.errors import ModelError


class Command(BaseCommand):
    """Lists the models, or shows one."""

    help = "Lists the models that separate songs, or shows one of them with its card."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        everything = actions.add_parser("list", help="all models")
        show = actions.add_parser("show", help="one model in full")
        show.add_argument("name", help="as `models list` names it")
        for action in (everything, show):
            action.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            chosen = catalogue.models() if action == "list" else (catalogue.get(options["name"]),)
        except ModelError as error:
            raise CommandError(error.message) from error
        facts = [_facts(model) for model in chosen]
        card = catalogue.card(chosen[0].name)
        console = Console(file=self.stdout, highlight=False, markup=False)  # type: ignore[arg-type]  # a text stream all but in name
        if options["json"]:
            found = facts if action == "list" else {**facts[0], "card": card}
            self.stdout.write(json.dumps(found, indent=2))
        elif action == "list":
            console.print(_table())
        else:
            _show(console, chosen[0])
            if card:
                console.print("", Markdown(card, hyperlinks=False), sep="\n")


def _show(console: Console, model: ModelInfo) -> None:
    console.print(f"{model.name}: {model.title}{' (default)' if model.default else ''}")
    console.print(f"Stems: {', '.join(model.sources)}")
    console.print(f"Licence: {model.licence}")
    console.print(f"Size: {_size(_facts(model)['bytes'])}")
    console.print(f"Speed: {model.speed or 'not measured'}")
    console.print(f"Sample rate: {model.sample_rate:,} Hz")
    console.print(model.description)


def _facts(model: ModelInfo) -> dict[str, Any]:
    weights = catalogue.weights(model.name)
    return {**asdict(model), "bytes": weights.stat().st_size if weights else 0}


def _table() -> Table:
    table = Table("Model", "What it is", "Stems", "Licence", "Size")
    for model in catalogue.models():
        name = f"{model.name} *" if model.default else model.name
        size = _size(_facts(model)["bytes"])
        table.add_row(name, model.title, ", ".join(model.sources), model.licence, size)
    table.caption = "* separates unless another is chosen"
    return table


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count else "no weights"
