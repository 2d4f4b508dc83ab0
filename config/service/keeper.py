"""Keeps supervisord running until somebody says stop, and leaves nothing behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings

from config.service.programs import configuration
from config.service.trouble import Trouble

STOP_SECONDS = settings.STEMLINK_GRACE_SECONDS + 15
PR_SET_PDEATHSIG = 1  # of Linux; elsewhere nothing happens
READY_SECONDS = 30


class Keeper:
    """supervisord as a child of its own session, so that Ctrl-C reaches only us and the end is in order."""

    def __init__(self, folder: Path, say: Callable[[str], None], warn: Callable[[str], None]) -> None:
        self._say, self._warn = say, warn
        self._logs = folder / "log"
        self._logs.mkdir(exist_ok=True)
        self._configuration = self._logs / "supervisord.conf"
        self._stopping = False

    def run(self, ready: Callable[[], None]) -> bool:
        """Run until SIGINT or SIGTERM; `ready` is called once the web server answers. False if it ended by itself."""
        self._configuration.write_text(configuration(self._logs))
        before = {s: signal.signal(s, self._stop) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        trouble = Trouble(self._logs)
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        child = subprocess.Popen(
            command,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  # this process has one thread
        )
        try:
            late, told = time.monotonic() + READY_SECONDS, False
            while not self._stopping and child.poll() is None:
                for line in trouble.lines():
                    self._warn(line)
                if not told and answers():
                    ready()
                    told = True
                elif not told and time.monotonic() > late:
                    self._warn(f"The web server doesn't answer yet. Its log: {self._logs / 'web.log'}")
                    told = True
                time.sleep(0.2)
            return self._stopping
        finally:
            self._end(child)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            child.terminate()
            with suppress(OSError):  # of a terminal that is gone
                self._say("Stopping.")
            with suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS)
        # All that it started is in its session: whatever outlived it (it was killed, or a process hung) ends now.
        for pid in session_members(child.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        child.wait()


def _end_with_parent() -> None:
    """Have the kernel tell supervisord to stop when we are killed without a chance to."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def answers() -> bool:
    """Whether the web server answers on its port."""
    host = "127.0.0.1" if settings.STEMLINK_BIND in {"0.0.0.0", ""} else settings.STEMLINK_BIND  # noqa: S104
    host = "[::1]" if host == "::" else f"[{host}]" if ":" in host else host
    request = Request(f"http://{host}:{settings.PORT}/healthz", headers={"Host": "localhost"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def session_members(session: int) -> list[int]:
    """The processes of a session, where the system lists its processes in /proc; macOS doesn't."""
    found = []
    for entry in Path("/proc").glob("*"):
        if entry.name.isdigit():
            with suppress(ProcessLookupError, PermissionError):
                if os.getsid(int(entry.name)) == session:
                    found.append(int(entry.name))
    return found
