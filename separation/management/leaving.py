"""A command that is told to end tidies up first."""

import signal
import sys
from typing import NoReturn


def tidily() -> None:
    """From now on a polite kill ends this process as an exception does: what it has begun on the disk is deleted."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)
