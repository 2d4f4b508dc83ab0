"""The clock, for all who need one: this machine's, put right by the store's where they differ.

Leases are given by one machine and judged by another. All machines have one store, so its clock is the one that counts.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

log = logging.getLogger(__name__)

TOLERANCE = timedelta(seconds=2)  # far less than a lease, and more than the store takes to answer

_behind = timedelta()  # this machine's clock, by the store's


def now() -> datetime:
    """The time, in UTC."""
    return machine() + _behind


def machine() -> datetime:
    """The time by this machine's clock alone."""
    return datetime.now(UTC)


def follow(ask: Callable[[], datetime]) -> None:
    """From now on go by the clock of the store, which is asked for its time. Raises what `ask` raises.

    A worker whose clock is a minute late, as a virtual machine's may be that slept, would take leases that are over
    already.
    """
    global _behind  # noqa: PLW0603
    began = machine()
    theirs = ask()
    behind = theirs - (began + (machine() - began) / 2)
    if abs(behind) < TOLERANCE:
        behind = timedelta()
    if abs(behind - _behind) >= TOLERANCE:
        log.warning("This machine's clock is %s.", _told(behind))
    _behind = behind


def _told(behind: timedelta) -> str:
    if not behind:
        return "right again"
    side = "ahead of" if behind < timedelta() else "behind"
    seconds = abs(behind.total_seconds())
    return f"{seconds:,.0f} s {side} that of the store, by which this process goes. Have it set by NTP"
