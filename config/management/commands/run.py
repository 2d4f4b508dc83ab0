"""`python manage.py run`: serve until Ctrl-C. `run web`, `run worker`, `run reaper`: one of the processes alone."""

import os
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.hosts import own_names
from config.service import prepare
from config.service.keeper import Keeper
from config.service.programs import programs

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared with, not listened on


class Command(BaseCommand):
    """Web, worker, reaper and Redis, restarted when one dies."""

    help = (
        "Serve until Ctrl-C: web, worker, reaper and Redis, restarted when one dies. With a name only that one runs, "
        "in this very process, for containers and for machines of their own; then REDIS_URL names a Redis."
    )
    requires_system_checks = "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        """Which of them."""
        parser.add_argument("program", nargs="?", choices=["web", "worker", "reaper"], help="only this one")

    def handle(self, *, program: str | None, **_options: Any) -> None:
        """Prepare, run, and end in order."""
        try:
            if program:
                self._become(program)
            self._serve()
        except OSError as error:  # a full disk, or a file where a folder should be
            what = f"{error.filename}: " if error.filename else ""
            raise CommandError(f"Can't go on: {what}{error.strerror or error}.") from error
        except KeyboardInterrupt:
            self._say("Stopped.")
            sys.exit(130)

    def _serve(self) -> None:
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

    def _become(self, name: str) -> NoReturn:
        """Turn into one of the processes: whoever stops it speaks to it, and its log goes where ours does."""
        if settings.REDIS_IS_OURS:
            raise CommandError(
                f"`run {name}` starts no Redis: name one, for instance REDIS_URL=redis://redis:6379/0."
            )
        if name == "web":
            prepare.store()
            prepare.static_files()
            call_command("demo", verbosity=0)
        elif name == "worker":
            prepare.media()
        (program,) = (found for found in programs() if found.name == name)
        os.chdir(settings.BASE_DIR)
        sys.stdout.flush()
        os.execv(program.command[0], program.command)  # noqa: S606  # our own command, without a shell

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
