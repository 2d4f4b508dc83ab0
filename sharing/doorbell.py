"""The doorbell: tell the workers to look at a share.

The store is the truth, so a lost message costs time and never a share: the reaper rings again. Hence ringing happens
in a thread of its own, and a broker that is down or hangs neither fails nor delays whoever rings.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

TASK = "separation.tasks.work"
SECONDS = 2
# While a broker hangs, rings wait for each other. What waits in vain is rung again by the reaper.
_waiting = BoundedSemaphore(100)
_down_until = 0.0  # monotonic; so that a process that ends doesn't wait for a hundred rings in vain


def ring(share_id: str) -> None:
    """Tell the workers about a share, at once and without waiting; never raises."""
    if not _waiting.acquire(blocking=False):
        log.warning("The broker doesn't keep up; the reaper will ring for share %s.", share_id)
        return
    try:
        _bellboy().submit(copy_context().run, _send, share_id).add_done_callback(_done)
    except RuntimeError:  # the process is ending
        _waiting.release()


def messages() -> int | None:
    """How many messages wait in the broker's queue; None when the broker doesn't answer."""
    try:
        with _connection() as connection:
            return int(connection.default_channel.client.llen(settings.CELERY_QUEUE))
    except Exception as error:
        log.warning("The broker doesn't answer: %s", error)
        return None


def _send(share_id: str) -> None:
    global _down_until  # noqa: PLW0603
    if monotonic() < _down_until:
        log.warning("The broker didn't answer a moment ago; the reaper will ring for share %s.", share_id)
        return
    try:
        with _connection() as connection:
            _app().send_task(TASK, args=[share_id], connection=connection, retry=False)
    except Exception as error:
        _down_until = monotonic() + SECONDS
        log.warning("The broker doesn't answer, so the reaper will ring for share %s: %s", share_id, error)


def _done(_future: Future[None]) -> None:
    _waiting.release()


@cache
def _bellboy() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="doorbell")


def _app() -> Any:
    from config.celery import app  # noqa: PLC0415 - Celery takes a while to import, and only ringing needs it

    return app


def _connection() -> Any:
    options = {
        **_app().conf.broker_transport_options,
        "socket_connect_timeout": SECONDS,
        "socket_timeout": SECONDS,
        "max_retries": 0,  # else kombu tries for ever
    }
    return _app().connection_for_write(connect_timeout=SECONDS, transport_options=options)
