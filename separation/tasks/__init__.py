"""The worker's side of Celery: the one task, and what a worker's child does when it begins.

This package alone in this room knows of shares. The parent process never imports torch: a CUDA device that was
touched before a fork is lost to the child, so everything heavy is first imported there.
"""

import logging
import os
from typing import Any

from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings

from config import logs
from separation.tasks import leaving
from sharing import jobs, metrics
from sharing.domain import MOST_STEMS
from sharing.errors import StoreUnavailable
from sharing.storages import copies

log = logging.getLogger(__name__)

# The last resort. Long before, an attempt that makes no step ends itself (separation.tasks.heartbeat). Slow hosts may
# take their time for each stem of a share.
TIME_LIMIT = 4 * settings.STEMLINK_MAX_SECONDS + MOST_STEMS * settings.STEMLINK_FETCH_SECONDS + 600
NICENESS = 5  # separating takes all cores for minutes; pages and links must not wait for it


@shared_task(name="separation.tasks.work", time_limit=TIME_LIMIT, ignore_result=True)  # type: ignore[untyped-decorator]
def work(share_id: str) -> None:
    """Make one attempt at the share that has waited longest, which need not be the one that rang.

    So who comes back to an old place in the queue has it, and a bell that was lost is made good by the next. A message
    too many does no harm.
    """
    _work(share_id)
    metrics.flush()


def _work(rang: str) -> None:
    from separation.tasks import attempt, presence  # noqa: PLC0415 - torch is for the child alone

    if leaving.asked():
        log.info("Share %s: this worker is about to end; the reaper will ring again.", rang)
        return
    try:
        claim = jobs.claim_next(presence.worker_id())
    except StoreUnavailable as problem:
        log.warning("Share %s: %s The reaper will ring again.", rang, problem.message)
        return
    if claim is None:
        log.info("Share %s has rung, and nobody waits any more.", rang)
        return
    with logs.bound(share=claim.share.id, job=claim.share.job.kind, attempt=claim.attempt, lease=claim.lease):
        attempt.run(claim)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def begin(**_signal: Any) -> None:
    """A child begins: it yields to others, sweeps up after killed ones, loads its model, and says that it is there."""
    from separation.tasks import presence  # noqa: PLC0415

    leaving.listen()
    metrics.start()
    os.nice(NICENESS)
    copies.sweep()
    presence.start()
