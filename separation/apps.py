"""How Django sees this room: management commands, and nothing to put into a database."""

from django.apps import AppConfig


class SeparationConfig(AppConfig):
    """`separation.models` are neural networks; Django must not take them for its own and load torch into the web."""

    name = "separation"

    def import_models(self) -> None:
        """There are none."""
        self.models = self.apps.all_models[self.label]
