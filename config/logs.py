"""Logs: lines for people or JSON for machines (`STEMLINK_LOG`), and what is being worked on with every record.

What is bound goes with every record of its context: the request, and the share, job, attempt and lease. No record says
a client's address, a query or a title: JSON has the fields that are named here and no others.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pythonjsonlogger.json import JsonFormatter

BOUND = ("request", "share", "job", "attempt", "lease")
EXTRA = ("method", "route", "status", "seconds", "bytes")  # of an access record
ACCESS = "stemlink.access"
_bound: ContextVar[dict[str, str]] = ContextVar("bound", default={})  # noqa: B039 - replaced, never changed


def bind(**values: object) -> None:
    """Say in this context what is being worked on, until `clear()`."""
    _bound.set(_bound.get() | _texts(values))


def clear() -> None:
    """Nothing is being worked on any more."""
    _bound.set({})


@contextmanager
def bound(**values: object) -> Iterator[None]:
    """The same for a block."""
    token = _bound.set(_bound.get() | _texts(values))
    try:
        yield
    finally:
        _bound.reset(token)


def _texts(values: dict[str, object]) -> dict[str, str]:
    if unknown := values.keys() - set(BOUND):
        raise ValueError(f"Logs don't know {unknown}.")
    return {key: str(value) for key, value in values.items()}


class Lines(logging.Formatter):
    """One line for a person, with the request that it belongs to."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, without what may come below it."""
        request = _bound.get().get("request")
        return super().formatMessage(record) + (f" [{request}]" if request else "")


class Json(JsonFormatter):
    """One object in one line. Of what others attach to a record (Django: the request) nothing is shown."""

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """All that is in it."""
        time = datetime.fromtimestamp(record.created, UTC)
        log_data["time"] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        log_data |= {"level": record.levelname, "logger": record.name, "message": record.message}
        log_data |= {"process": record.process, **_bound.get()}
        log_data |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        log_data |= message_dict  # a traceback


class Discreet(logging.Filter):
    """gunicorn names the client of a broken request, and its address with the query: neither is for a log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite such records; keep all."""
        text = str(record.msg)
        if text.startswith("Invalid request from ip="):
            record.msg, record.args = "A request that can't be read was refused.", ()
        elif text.startswith("Error handling request") and isinstance(record.args, tuple):
            record.args = tuple(str(word).partition("?")[0] for word in record.args)
        return True


class Wished(logging.Filter):
    """501 is oEmbed's word for a format that a site wishes and nobody makes: not an error of this server."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep what tells of other answers."""
        return getattr(record, "status_code", None) != HTTPStatus.NOT_IMPLEMENTED


def configuration(style: str, *, access: bool) -> dict[str, Any]:
    """For `logging.config.dictConfig`. With `access` there is a record for each request."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"discreet": {"()": Discreet}, "wished": {"()": Wished}},
        "formatters": {"line": {"()": Lines}, "json": {"()": Json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            ACCESS: {"level": "INFO" if access else "WARNING"},
            # That somebody asked for what isn't there is no news, nor that a form or a host name was refused.
            "django.request": {"level": "ERROR", "filters": ["wished"]},
            "django.security": {"level": "CRITICAL"},
            "gunicorn.error": {"filters": ["discreet"], "propagate": True},
            "zipstream": {"level": "ERROR"},  # nor that FLAC is shorter than it could be
        },
    }
