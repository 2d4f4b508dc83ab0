"""What has to be true before the processes start: said in one line where it isn't."""

import errno
import fcntl
import os
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import Error as DatabaseError

from config.static import COMPLETE, older_releases

WEEK = 7 * 24 * 3600  # seconds


@contextmanager
def data_folder() -> Iterator[Path]:
    """STEMLINK_DATA, ours alone for as long as the context lasts; raises CommandError when another has it."""
    folder = Path(settings.STEMLINK_DATA)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CommandError(f"Can't write to the data folder {folder}: {error.strerror}.") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"Stemlink is already running on {folder}. Stop it first, or name another folder: STEMLINK_DATA=..."
            ) from None
        yield folder
    finally:
        os.close(lock)


def check_port() -> None:
    """Raise CommandError unless the web server can listen where the settings want it."""
    host, port = settings.STEMLINK_BIND, settings.PORT
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                line = f"Port {port} is in use. Choose another one: PORT={_other(port)} make run"
            elif error.errno == errno.EACCES:
                line = f"Port {port} is for the administrator only. Choose one above 1023: PORT=8000 make run"
            else:
                line = f"Can't listen on {host}, port {port}: {error.strerror}. Set STEMLINK_BIND and PORT."
            raise CommandError(line) from error


@contextmanager
def redis_folder() -> Iterator[None]:
    """The folder of our own Redis' socket, which nobody else may enter: whoever could would own the queue."""
    folder = Path(settings.REDIS_SOCKET).parent
    if not settings.REDIS_IS_OURS:
        yield
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CommandError(
            f"{folder} belongs to somebody else. Remove it, or name another Redis: REDIS_URL=..."
        )
    folder.chmod(0o700)
    Path(settings.REDIS_SOCKET).unlink(missing_ok=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def store() -> None:
    """The embedded store's tables, as this release wants them; another store has to answer, and media too."""
    if settings.STORE == "embedded":
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            raise CommandError(f"The database can't be used: {reason:.200}. See DATABASE_URL.") from error
    _check(Tags.database)


def media() -> None:
    """Media can be used from here: a worker that can't would spend every song's attempts."""
    _check("media")


def static_files() -> None:
    """Collect and compress the static files of this release once; forget those of older ones.

    Pages are left open: the release before this one is kept whatever its age, those before it for a week.
    """
    target = Path(settings.STATIC_ROOT)
    done = target / COMPLETE
    if done.exists():
        return
    for old in older_releases()[:-1]:
        if old.stat().st_mtime < time.time() - WEEK:
            shutil.rmtree(old, ignore_errors=True)
    # Of a library lie several builds in one folder, and what only its authors need: browsers load the small module.
    unused = ["*.cjs", "mediabunny.mjs", "*.map", "*test-bundle.js"]
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=unused)
    done.touch()


def _check(tag: str) -> None:
    for problem in run_checks(tags=[tag], databases=["default"]):
        if problem.is_serious():
            raise CommandError(problem.msg)


def _other(port: int) -> int:
    return port + 1 if port < 65535 else 8001
