"""Who may connect: nobody else, unless a setting says so; then by this machine's own names."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.hosts import own_names

ROOT = Path(__file__).resolve().parents[2]


def allowed(tmp_path: Path, **environment: str) -> list[str]:
    script = "from django.conf import settings; print(' '.join(settings.ALLOWED_HOSTS))"
    base = {
        "PATH": os.environ["PATH"],
        "STEMLINK_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**base, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout.split()


def test_the_machine_s_names_are_its_host_name_and_addresses() -> None:
    names = own_names()
    assert socket.gethostname().lower() in names
    assert any(name.endswith(".local") for name in names)
    assert "0.0.0.0" not in names


def test_by_default_only_this_machine_is_answered(tmp_path: Path) -> None:
    assert set(allowed(tmp_path)) == {"localhost", "127.0.0.1", "[::1]"}


@pytest.mark.parametrize("bind", ["0.0.0.0", "::"])
def test_whoever_listens_to_the_network_is_reached_by_its_names(tmp_path: Path, bind: str) -> None:
    assert set(own_names()) <= set(allowed(tmp_path, STEMLINK_BIND=bind))


def test_a_public_address_is_answered(tmp_path: Path) -> None:
    assert "stems.example.org" in allowed(tmp_path, PUBLIC_URL="https://stems.example.org")
