"""A whole installation for tests: what `make run` starts, on a free port and a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import psutil
import requests

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")
MARKS = {"redis": "redis-server", "web": "gunicorn", "worker": "celery", "reaper": "reaper"}


class Service:
    """Web, worker, reaper and Redis under supervisord. `environment` adds settings."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
        }
        self.environment = {
            **inherited,
            "STEMLINK_DATA": str(folder / "data"),
            "PORT": str(self.port),
            "STEMLINK_CREATE_LIMIT": "10000/hour",
            "STEMLINK_UPLOAD_LIMIT": "10000/hour",
            "STEMLINK_CHECK_LIMIT": "10000/hour",
            **environment,
        }
        self._output = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once the web server answers."""
        with self._output.open("ab") as output:
            self._process = self.manage("run", stdout=output)
        wait_for(self._is_up, 120, lambda: f"the service isn't up\n{self.output()}")

    def stop(self) -> int:
        """Stop as Ctrl-C does; kill whatever outlives that. Returns how many processes did."""
        if self._process is None:
            return 0
        family = (
            psutil.Process(self._process.pid).children(recursive=True) if self._process.poll() is None else []
        )
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _, alive = psutil.wait_procs(family, timeout=2)
        for process in alive:
            process.kill()
        self._process = None
        return len(alive)

    def manage(self, *arguments: str, stdout: BinaryIO | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        """Start one of Stemlink's commands with the settings of this installation."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=stdout, stderr=subprocess.STDOUT
        )

    def command(self, *arguments: str, seconds: float = 60) -> tuple[int, str]:
        """Run one of Stemlink's commands to its end; returns its exit status and what the terminal would show."""
        with self.manage(*arguments) as process:
            output, _ = process.communicate(timeout=seconds)
        return process.returncode, output.decode()

    def output(self) -> str:
        """What the terminal would show."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def log(self, name: str) -> str:
        """The log of one of the processes."""
        path = Path(self.environment["STEMLINK_DATA"]) / "log" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def process(self, name: str) -> psutil.Process:
        """The process that supervisord runs under this name: redis, web, worker or reaper."""
        assert self._process is not None
        (supervisor,) = psutil.Process(self._process.pid).children()
        for child in supervisor.children():
            if any(MARKS[name] in word for word in child.cmdline()):
                return child
        raise LookupError(f"there is no {name} at the moment")

    def redis_socket(self) -> Path:
        """Where this installation's own Redis listens."""
        words = " ".join(self.process("redis").cmdline()).split()  # Redis rewrites its own into one
        named = next(word for word in words if word.endswith("redis.sock"))
        return Path(named.removeprefix("unixsocket:"))

    def upload(self, song: Path, **parameters: str) -> dict[str, Any]:
        """Make a share of a song; returns what the API answered."""
        with song.open("rb") as body:
            answer = requests.post(
                f"{self.url}/api/shares/",
                params={"filename": song.name, **parameters},
                data=body,
                headers={"Content-Type": "audio/flac"},
                timeout=30,
            )
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def manifest(self, share_id: str) -> dict[str, Any]:
        """How a share stands."""
        answer = requests.get(f"{self.url}/api/shares/{share_id}/", timeout=10)
        assert answer.status_code == 200, answer.text
        manifest: dict[str, Any] = answer.json()
        return manifest

    def until(
        self, share_id: str, wish: Callable[[Mapping[str, Any]], bool], seconds: float = 90
    ) -> dict[str, Any]:
        """Wait until the manifest fulfils a wish, and return it."""
        found: list[dict[str, Any]] = []

        def fulfilled() -> bool:
            try:
                found.append(self.manifest(share_id))
            except requests.RequestException:
                return False  # the web server is being restarted
            return wish(found[-1])

        wait_for(fulfilled, seconds, lambda: f"{found[-1:]}\n{self.log('worker')[-3000:]}")
        return found[-1]

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.output()
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False


def wait_for(
    condition: Callable[[], T], seconds: float = 20, otherwise: Callable[[], str] = lambda: "in vain"
) -> T:
    """What the condition gives once that is true; fail with `otherwise()` when it isn't in time."""
    late, pause = time.monotonic() + seconds, 0.005
    while not (value := condition()):
        assert time.monotonic() < late, otherwise()
        time.sleep(pause)
        pause = min(0.1, 2 * pause)
    return value


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
