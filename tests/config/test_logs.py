"""Logs as JSON and as lines: what is in them, and what never is."""

import json
import logging
import logging.config
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextvars import copy_context
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from config import logs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def nothing_bound() -> Iterator[None]:
    logs.clear()
    yield
    logs.clear()


def record(message: str, *args: object, **more: Any) -> logging.LogRecord:
    found = logging.LogRecord("a.b", logging.WARNING, __file__, 1, message, args, None)
    found.__dict__.update(more)
    return found


def as_json(found: logging.LogRecord) -> dict[str, Any]:
    line = logs.Json().format(found)
    assert "\n" not in line
    told: dict[str, Any] = json.loads(line)
    return told


def test_a_record_says_what_is_being_worked_on() -> None:
    with logs.bound(share="abc", job="separate"), logs.bound(attempt=2, lease="l"):
        told = as_json(record("It is %s.", "so\nso"))
    assert told.pop("time").endswith("Z")
    assert told.pop("process") > 0
    assert told == {
        "level": "WARNING",
        "logger": "a.b",
        "message": "It is so\nso.",
        "share": "abc",
        "job": "separate",
        "attempt": "2",
        "lease": "l",
    }
    assert "share" not in as_json(record("Over."))


def test_what_others_attach_to_a_record_is_not_told() -> None:
    """As Django does with the request, whose address may hold a title."""
    told = as_json(record("Oops.", request="<GET /?title=Secret>", status_code=500, color_message="x"))
    assert told.keys() == {"time", "level", "logger", "message", "process"}


def test_an_access_record_has_its_numbers() -> None:
    numbers = {"method": "GET", "route": "media", "status": 206, "seconds": 0.1, "bytes": 7}
    assert numbers.items() <= as_json(record("GET", **numbers)).items()


def test_a_traceback_is_one_line_of_json() -> None:
    found = record("It failed.")
    try:
        raise ValueError("Oh\nno")
    except ValueError:
        found.exc_info = sys.exc_info()
    assert "ValueError: Oh\nno" in as_json(found)["exc_info"]


def test_a_line_names_the_request() -> None:
    assert logs.Lines().format(record("It is so.")).endswith(" WARNING a.b: It is so.")
    logs.bind(request="r1", share="s")
    assert logs.Lines().format(record("It is so.")).endswith(" WARNING a.b: It is so. [r1]")


def test_a_thread_that_was_given_the_context_says_the_same() -> None:
    told: list[dict[str, Any]] = []
    logs.bind(share="s")
    for target in (copy_context().run, lambda call: call()):
        thread = threading.Thread(target=target, args=(lambda: told.append(as_json(record("Hello."))),))
        thread.start()
        thread.join()
    assert [line.get("share") for line in told] == ["s", None]


def test_only_words_that_are_known_can_be_bound() -> None:
    with pytest.raises(ValueError, match="title"):
        logs.bind(title="A song")


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("Invalid request from ip=203.0.113.7: Invalid HTTP request line: 'GET /?title=Secret'", ()),
        ("Error handling request %s %s", ("GET", "/api/shares/?title=Secret")),
        ("Error handling request %s", ("/?title=Secret",)),
    ],
)
def test_gunicorn_names_no_client_and_no_query(message: str, args: tuple[str, ...]) -> None:
    found = record(message, *args)
    assert logs.Discreet().filter(found)
    text = found.getMessage()
    assert "203.0.113.7" not in text
    assert "Secret" not in text


@pytest.mark.parametrize(("access", "lines"), [(True, 1), (False, 0)])
def test_access_records_can_be_switched_on(access: bool, lines: int) -> None:
    """In a process of its own: logging is set up for all of it."""
    script = (
        "import logging, logging.config; from config import logs\n"
        f"logging.config.dictConfig(logs.configuration('json', access={access}))\n"
        "logging.getLogger(logs.ACCESS).info('GET'); logging.getLogger('gunicorn.error').warning('Hm.')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    told = [json.loads(line)["logger"] for line in StringIO(done.stderr)]
    assert told == [logs.ACCESS] * lines + ["gunicorn.error"]
