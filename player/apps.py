"""The player, as Django knows it."""

from django.apps import AppConfig


class PlayerConfig(AppConfig):
    """Embed page; needs no models."""

    name = "player"
