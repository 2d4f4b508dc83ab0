"""A worker's child says every few seconds that it is there, and what it can do."""

import logging
import os
import socket
import threading
import time

from django.conf import settings
from django.db import connections

from separation import catalogue
from separation.tasks import warm
from sharing import health, jobs
from sharing.errors import Problem

log = logging.getLogger(__name__)


def worker_id() -> str:
    """The name of this worker: its machine and its parent process, which outlives the children."""
    return f"{socket.gethostname()}-{os.getppid()}"


def start() -> None:
    """Load the default model, then report for as long as this process lives."""
    threading.Thread(target=_report, name="presence", daemon=True).start()


def _report() -> None:
    try:
        device = warm.load(catalogue.default().name).device
    except Exception:
        # The jobs will fail with the same reason and tell it to their owners.
        log.exception("The default model can't be loaded.")
        return
    log.info("Worker %s is ready on %s.", worker_id(), device)
    while True:
        health.alive()
        try:
            names = [model.name for model in catalogue.models()]
            jobs.report_worker(worker_id(), device=str(device), models=names)
        except Problem as problem:
            log.warning("Can't say that this worker is there: %s", problem.message)
        finally:
            connections.close_all()
        time.sleep(settings.STEMLINK_PRESENCE_SECONDS)
