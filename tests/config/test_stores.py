"""Which store, and which database: settings that can't work are refused at start, in words and without the password."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import bootstrap
from config.database import database
from tests.running import Service

ROOT = Path(__file__).resolve().parents[2]


STORE = (
    "from config import settings as s;"
    "print(s.STEMLINK_STORE, s.STEMLINK_REAPER_SECONDS, s.STEMLINK_SHARE_CACHE_SECONDS, s.GOOGLE_CLOUD_PROJECT)"
)


def settings_with(folder: Path, code: str = STORE, **environment: str) -> subprocess.CompletedProcess[str]:
    """A few settings as a new process reads them, or why it doesn't start."""
    kept = {"PATH": os.environ["PATH"], "STEMLINK_DATA": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_fresh_machine_keeps_its_shares_in_its_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = database(tmp_path)
    assert found["ENGINE"] == "django.db.backends.sqlite3"
    assert found["NAME"] == tmp_path / "stemlink.sqlite3"
    told = settings_with(tmp_path).stdout.split()
    assert told == ["sharing.stores.embedded.EmbeddedStore", "5", "0"]


def test_on_firestore_less_is_read(tmp_path: Path) -> None:
    found = settings_with(tmp_path, STORE="firestore", GOOGLE_CLOUD_PROJECT="ours").stdout.split()
    assert found == ["sharing.stores.firestore.FirestoreStore", "15", "1", "ours"]


def test_a_store_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    refused = settings_with(tmp_path, STORE="fierstore")
    assert refused.returncode
    assert "STORE is 'fierstore': write embedded or firestore." in refused.stderr


def test_an_address_of_postgres_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:p%40ss@db.example:6543/stems?sslmode=require")
    found = database(tmp_path)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    wanted: dict[str, Any] = {
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": 6543,
        "NAME": "stems",
    }
    assert {name: found[name] for name in wanted} == wanted
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["connect_timeout"] == 5


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:hush@db/stems",
        "nonsense://me:hush@db/stems",
        "postgres://me:hush@db/",
        "me:hush@db",
        "sqlite:///x",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as caught:
        database(tmp_path)
    assert "hush" not in str(caught.value)


def test_without_its_driver_postgres_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db/stems")
    monkeypatch.setattr("config.database.find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match="make setup"):
        database(tmp_path)


def test_its_driver_is_installed_where_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def driver() -> list[str]:
        return [name for name in bootstrap.requirements("run") if name.startswith("psycopg")]

    monkeypatch.delenv("DATABASE_URL", raising=False)
    without = bootstrap.fingerprint()
    assert driver() == []
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db/stems")
    assert len(driver()) == 1
    assert bootstrap.fingerprint() != without


def test_a_database_that_is_away_is_told_in_one_line_at_start(tmp_path: Path) -> None:
    service = Service(tmp_path, DATABASE_URL="postgres://me:hush@127.0.0.1:1/stems")
    code, told = service.command("run")
    assert code == 1
    assert "The database can't be used" in told
    assert "DATABASE_URL" in told
    assert len(told.strip().splitlines()) == 1
    assert "hush" not in told
