"""`python manage.py run`: serve until Ctrl-C."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.hosts import own_names
from config.service import prepare
from config.service.keeper import Keeper

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared with, not listened on


class Command(BaseCommand):
    """Web, worker, reaper and Redis, restarted when one dies."""

    help = "Serve until Ctrl-C: web, worker, reaper and Redis, restarted when one dies."
    requires_system_checks = "__all__"

    def handle(self, **_options: Any) -> None:
        """Prepare, run, and end in order."""
        with prepare.data_folder() as folder, prepare.redis_folder():
            prepare.check_port()
            prepare.store()
            prepare.static_files()
            call_command("demo", verbosity=0)
            keeper = Keeper(folder, say=self._say, warn=self._warn)
            if not keeper.run(ready=self._ready):
                raise CommandError(
                    f"supervisord ended by itself. Its log: {folder / 'log' / 'supervisor.log'}"
                )

    def _ready(self) -> None:
        self._say(f"Stemlink is ready: {self.style.SUCCESS(settings.PUBLIC_URL)}  (Ctrl-C stops it)")
        if settings.STEMLINK_BIND in EVERYWHERE:
            _name, _local, *addresses = own_names()
            for address in addresses:  # few home networks know their machines by name
                if settings.STEMLINK_BIND == "::" or not address.startswith("["):
                    self._say(f"On your network: http://{address}:{settings.PORT}")
        self._say(f"Data: {settings.STEMLINK_DATA}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _warn(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()
