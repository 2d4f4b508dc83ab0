"""The database of the embedded store: SQLite in the data folder, or Postgres by `DATABASE_URL`."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from config import env

EXAMPLE = "postgres://user:password@host:5432/name"
POSTGRES = "django.db.backends.postgresql"


def database(folder: Path) -> dict[str, Any]:
    """Django's settings of the database. Raises ImproperlyConfigured for a `DATABASE_URL` that can't be used."""
    url = env.text("DATABASE_URL")
    return postgres(url) if url else sqlite(folder / "stemlink.sqlite3")


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite that many processes may write."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # a writer waits for its turn instead of failing half way
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }


def postgres(url: str) -> dict[str, Any]:
    """Postgres. The address isn't repeated in what goes wrong: it holds a password."""
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL can't be read: write it as {EXAMPLE}.") from error
    if found["ENGINE"] != POSTGRES or not found["NAME"]:
        raise ImproperlyConfigured(f"DATABASE_URL names no Postgres database: write it as {EXAMPLE}.")
    if find_spec("psycopg") is None:
        raise ImproperlyConfigured(
            "DATABASE_URL needs psycopg, which isn't installed. Run `make setup` with DATABASE_URL set."
        )
    # A server that is gone must be noticed within seconds, and a lock that isn't given back must not hold up a visitor.
    limits = {"connect_timeout": 5, "options": "-c lock_timeout=10s -c statement_timeout=20s"}
    found["OPTIONS"] = limits | found.get("OPTIONS", {})
    return found
