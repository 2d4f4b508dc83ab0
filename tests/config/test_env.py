"""Settings from the environment: strict, and a fresh machine needs none."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes", True), ("off", False), ("", False), ("0", False)]
)
def test_it_reads_flags(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("STEMLINK_TEST", text)
    assert env.flag("STEMLINK_TEST", not value) is value


@pytest.mark.parametrize("text", ["maybe", "2", "true!"])
def test_a_flag_that_can_t_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("STEMLINK_TEST", text)
    with pytest.raises(ImproperlyConfigured, match="STEMLINK_TEST"):
        env.flag("STEMLINK_TEST", False)


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "3"])
def test_a_number_that_can_t_be_meant_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("STEMLINK_TEST", text)
    with pytest.raises(ImproperlyConfigured, match="STEMLINK_TEST"):
        env.number("STEMLINK_TEST", 10, least=5)


def test_a_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    monkeypatch.setenv("STEMLINK_TEST_FILE", str(tmp_path / "secret"))
    assert env.text("STEMLINK_TEST", "default") == "hush"
    monkeypatch.setenv("STEMLINK_TEST_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="missing"):
        env.text("STEMLINK_TEST", "default")


def test_processes_that_start_together_agree_on_one_secret_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(env.secret_key, [tmp_path / "data"] * 8))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_no_variable_at_all_is_enough(tmp_path: Path) -> None:
    """Only PATH and the data folder, which is moved to leave the checkout alone."""
    script = (
        "from django.conf import settings; print(settings.DEBUG, settings.PUBLIC_URL, settings.STEMLINK_BIND)"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "STEMLINK_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.split() == ["False", "http://localhost:8000", "127.0.0.1"]
