"""A worker that is told to stop gives back what it works on, so that a new release costs no attempt and no waiting.

SIGTERM makes Celery's parent process wait for the task at hand, which may take minutes. So it passes the word on to its
children: the attempt of each ends at its next step, in the store too, and then the parent finds nothing to wait for.
"""

import os
import signal
from contextlib import suppress
from types import FrameType
from typing import Any

from billiard import active_children
from celery.signals import worker_shutting_down

WORD = signal.SIGUSR2  # SIGTERM ends a child at once, and SIGUSR1 is Celery's own
_asked = False


def asked() -> bool:
    """Whether this process should end soon."""
    return _asked


def listen() -> None:
    """In a child: hear the word from now on."""
    global _asked  # noqa: PLW0603
    _asked = False
    signal.signal(WORD, _hear)


def _hear(_number: int, _frame: FrameType | None) -> None:
    global _asked  # noqa: PLW0603
    _asked = True


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _pass_on(**_signal: Any) -> None:
    """In the parent, within its signal handler."""
    for child in active_children():
        with suppress(ProcessLookupError):
            os.kill(child.pid, WORD)
