"""The Django application of this room."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Shares: domain, stores, media, API and pages."""

    name = "sharing"

    def ready(self) -> None:
        """Register the checks of settings."""
        from sharing import checks, safety  # noqa: F401, PLC0415
