"""The embedded store on a real Postgres, by `DATABASE_URL`: a server of the tests' own, gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.running import ROOT, free_port, wait_for

NAMES = ("initdb", "postgres", "pg_isready")


def binaries() -> Path | None:
    """Where this machine's newest Postgres has its programs."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = [folder for folder in folders if all((folder / name).exists() for name in NAMES)]
    if found:
        return found[-1]
    path = shutil.which("postgres")
    return Path(path).parent if path else None


def other_user() -> str | None:
    """Postgres refuses to run as root: then somebody else has to."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


@dataclass(frozen=True)
class Server:
    """A Postgres of the tests' own: the address of an empty database, and what the server says."""

    url: str
    log: Path


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """Postgres on loopback."""
    programs = binaries()
    if programs is None:
        pytest.skip("There is no Postgres on this machine: sudo apt install postgresql")
    port, user = free_port(), other_user()
    # Not in pytest's folder, into which every session lets its own user alone.
    with tempfile.TemporaryDirectory(prefix="stemlink-postgres-") as place:
        folder = Path(place)
        if user:
            shutil.chown(folder, user)
        log = (folder / "log").open("wb")
        run = {"cwd": folder, "user": user, "stdout": log, "stderr": log}
        options = ("--auth=trust", "--username=stemlink", "--encoding=UTF8", "--no-sync", "--locale=C")
        subprocess.run([programs / "initdb", *options, "data"], check=True, timeout=60, **run)  # type: ignore[call-overload]
        command = [programs / "postgres", "-D", "data", "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
        server = subprocess.Popen(command, **run)  # type: ignore[call-overload]
        ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
        try:
            wait_for(
                lambda: subprocess.run(ready, check=False).returncode == 0, 30, (folder / "log").read_text
            )
            yield Server(f"postgres://stemlink@127.0.0.1:{port}/postgres", folder / "log")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
            log.close()


def test_what_every_store_must_do_is_done_on_postgres(postgres: Server) -> None:
    """The same tests in a process whose database is Postgres, those of jobs and of the reaper included."""
    tests = (
        "test_store_contract.py",
        "test_embedded_store.py",
        "test_jobs.py",
        "test_reaper.py",
        "test_sweep.py",
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-k",
        "not firestore and not writes_ahead",
        *(f"tests/sharing/{name}" for name in tests),
    ]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {**kept, "DATABASE_URL": postgres.url}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-9000:]}\n{postgres.log.read_text()[-3000:]}"
    assert " skipped" not in done.stdout
