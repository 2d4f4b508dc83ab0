"""Who may know whom, and what the web process must never load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LOADED = """
import importlib, json, sys
for name in {modules!r}:
    importlib.import_module(name)
if {web!r}:
    from django.urls import get_resolver
    from django.core.checks import run_checks
    get_resolver().reverse_dict  # every view of every room
    assert run_checks() == []
print(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""


HEAVY = (
    "torch",
    "av",
    "soxr",
    "numpy",
    "PIL",
    "celery.app.trace",
    "boto3",
    "botocore",
    "storages",
    "google.cloud",
    "grpc",
)


def loaded(*modules: str, web: bool = False) -> list[str]:
    """Which of the heavy packages a fresh process has after importing modules."""
    script = LOADED.format(modules=modules, web=web, heavy=HEAVY)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout)
    return names


def test_the_rooms_keep_to_their_contracts() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_web_process_never_loads_torch() -> None:
    assert loaded("config.wsgi", web=True) == []


def test_a_worker_s_parent_never_loads_torch() -> None:
    """A CUDA device that was touched before the fork is lost to the child."""
    assert "torch" not in loaded("config.wsgi", "config.celery", "separation.tasks")


@pytest.mark.parametrize("command", ["run", "demo", "models", "reaper", "separate", "share", "shares"])
def test_commands_that_have_to_be_quick_don_t_load_torch(command: str) -> None:
    room = {"run": "config", "reaper": "sharing", "share": "sharing", "shares": "sharing"}.get(
        command, "separation"
    )
    assert "torch" not in loaded("config.wsgi", f"{room}.management.commands.{command}")
