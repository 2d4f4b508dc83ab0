"""`python manage.py reaper`: the loop that takes up what a worker, the broker or a crash left lying."""

import logging
import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from sharing import health, metrics
from sharing.errors import Problem
from sharing.reaper import Reaper

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """One pass every few seconds; more than one reaper at a time does no harm."""

    help = "Ring again for shares that wait, end attempts whose worker fell silent, delete what is over."

    def handle(self, **_options: Any) -> None:
        """Loop until SIGTERM or SIGINT. A pass that fails is logged and followed by the next one."""
        over = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            over.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        metrics.start()
        reaper, told = Reaper(), ""  # of a trouble that lasts the log hears once, and once of its end
        log.info("The reaper passes every %d s.", settings.STEMLINK_REAPER_SECONDS)
        while not over.is_set():
            health.alive()
            try:
                reaper.once()
                outcome = "done"
                if told:
                    log.warning("The reaper's passes go through again.")
                told = ""
            except Problem as problem:
                outcome = "cut_short"
                if problem.message != told:
                    log.warning("The reaper's pass was cut short: %s", problem.message)
                told = problem.message
            except Exception:
                outcome = "failed"
                log.exception("The reaper's pass failed.")
            finally:
                connections.close_all()  # a database that went away must not keep its dead connection
            metrics.REAPER_PASSES.labels(outcome).inc()
            over.wait(settings.STEMLINK_REAPER_SECONDS)
        metrics.flush()
