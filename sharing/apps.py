"""The Django application of this room."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Shares: domain, stores, media, API and pages."""

    name = "sharing"
