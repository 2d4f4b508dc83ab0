"""How Django sees this room: management commands, and nothing to put into a database."""

from django.apps import AppConfig
from django.conf import settings

from separation import catalogue


class SeparationConfig(AppConfig):
    """`separation.models` are neural networks; Django must not take them for its own and load torch into the web."""

    name = "separation"

    def import_models(self) -> None:
        """There are none."""
        self.models = {}

    def ready(self) -> None:
        """Models that were trained here are found where the settings say."""
        catalogue.use_folder(settings.STEMLINK_MODELS)
