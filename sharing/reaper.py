"""The reaper: whatever a worker, the broker or a crash left lying is taken up again here. There is no other recovery.

A pass is cheap and safe to run twice, or by several reapers at once: each change is a conditional write in the store.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from time import monotonic
from typing import TypeVar

from django.conf import settings

from config import logs
from sharing import clock, doorbell, jobs, leftovers, media, resumable, services
from sharing.domain import IMPORT, Share, ShareError
from sharing.errors import LeaseLost, MediaUnavailable, Problem, ShareGone, ShareNotFound, Stopped
from sharing.stores import get_store

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH = 100
# Of a pass, for what expired and for the sweep: what fell silent and what waits comes soon.
SLICE_SECONDS = 3.0
# What is younger than this may belong to a share that is about to be made.
UPLOAD_TIME = timedelta(hours=1)


@dataclass(slots=True)
class Reaper:
    """Runs passes, and sweeps through media from time to time: a little in each pass, since a sweep may take hours."""

    next_sweep: datetime | None = None
    _sweeping: Iterator[None] | None = None

    def once(self) -> None:
        """One pass. Raises `StoreUnavailable` or `MediaUnavailable`; the next pass goes on where this one stopped."""
        now = clock.now()
        reap(now)
        _go_on(expire(now), SLICE_SECONDS)
        ring_waiting(now)
        if self._sweeping is None and (self.next_sweep is None or self.next_sweep <= now):
            self.next_sweep = now + timedelta(seconds=settings.STEMLINK_SWEEP_SECONDS)
            self._sweeping = sweep(now)
        if self._sweeping is not None and _go_on(self._sweeping, SLICE_SECONDS):
            self._sweeping = None


def reap(now: datetime) -> None:
    """Shares whose worker fell silent wait for the next attempt, or fail after the last one."""

    def lapse(share: Share) -> Share:
        if share.due is None or share.due > now:  # its worker was faster
            raise LeaseLost
        error = ShareError(code="gave_up", message=_gave_up(share))
        return share.fail(error, retry=True, attempts=settings.STEMLINK_ATTEMPTS)

    for share in get_store().due(now, BATCH):
        try:
            after = get_store().update(share.id, lapse)
        except (Stopped, ShareNotFound, ShareGone):
            continue
        with logs.bound(share=share.id, job=share.job.kind, attempt=share.job.attempt):
            log.warning("Share %s: the worker of attempt %s fell silent.", share.id, share.job.attempt)
            jobs.after_failure(share, after)


def _gave_up(share: Share) -> str:
    times = f"was interrupted {settings.STEMLINK_ATTEMPTS} times and was given up."
    advice = "if that doesn't help, tell whoever runs this server."
    if share.job.kind == IMPORT:
        return f"Taking in this sound {times} Bring it again; {advice}"
    return f"The separation {times} Upload the song again; {advice}"


def expire(now: datetime) -> Iterator[None]:
    """Delete shares whose time is over, one each time that it is asked to go on: a bucket may take seconds for one."""
    for share in get_store().expired(now, BATCH):
        with suppress(ShareNotFound, ShareGone):
            services.remove(share.id)
        yield


def ring_waiting(now: datetime) -> None:
    """Ring again for shares that wait although no message does: theirs were lost. Never adds to a queue of messages."""
    patience = timedelta(seconds=2 * settings.STEMLINK_REAPER_SECONDS)
    waiting = [share for share in get_store().waiting(BATCH) if share.job.queued_at <= now - patience]
    if waiting and doorbell.messages() == 0:
        for share in waiting:
            doorbell.ring(share.id)


def sweep(now: datetime) -> Iterator[None]:
    """Forget old tombstones and workers, and delete sound that no share knows (its deletion was cut short).

    Does a step each time that it is asked to go on. What one raises ends this kind of steps; the other kinds follow.
    """
    return chain(
        _purge(now),
        _sweep_unfinished(now - UPLOAD_TIME),
        _sweep_sources(now - UPLOAD_TIME),
        _sweep_stems(now - UPLOAD_TIME),
        resumable.sweep(now, _wants),
    )


def _go_on(work: Iterator[None], seconds: float) -> bool:
    """Go on with some work for so long, at least by a step; whether nothing of it is left."""
    late = monotonic() + seconds
    return all(monotonic() < late for _step in work)


def _purge(now: datetime) -> Iterator[None]:
    get_store().purge_workers(now - timedelta(days=1))
    yield
    before = now - timedelta(days=settings.STEMLINK_TOMBSTONE_DAYS)
    while get_store().purge_tombstones(before, BATCH) == BATCH:
        yield


def _sweep_unfinished(before: datetime) -> Iterator[None]:
    media.delete_unfinished(before)
    yield


def _sweep_sources(before: datetime) -> Iterator[None]:
    for batch in _batches((key, share_id) for key, share_id, came in media.sources() if came < before):
        known = get_store().present([share_id for _key, share_id in batch])
        for key, share_id in batch:
            share = known.get(share_id)
            if share.job.source != key if share else _is_gone(share_id):
                log.info("Deleting a song that no share needs: %s", key)
                media.delete_source(key)
            yield


def _sweep_stems(before: datetime) -> Iterator[None]:
    for batch in _batches(media.shares()):
        known = get_store().present(batch)
        for share_id in batch:
            with suppress(MediaUnavailable):  # which is in the log; the next sweep comes by later
                _sweep_share(share_id, known.get(share_id), before)
            yield


def _sweep_share(share_id: str, share: Share | None, before: datetime) -> None:
    if share is not None:
        leftovers.delete_folders(share)
        return
    began = media.changed(media.share_prefix(share_id))
    if began is not None and began < before and _is_gone(share_id):
        media.delete_stems(media.share_prefix(share_id))


def _wants(share_id: str, upload_id: str) -> bool:
    """Whether a share still waits for a file."""
    if (share := get_store().present([share_id]).get(share_id)) is None:
        return not _is_gone(share_id)
    return any(stem.incoming and stem.incoming.upload == upload_id for stem in share.stems)


def _is_gone(share_id: str) -> bool:
    """Whether a share that wasn't among the readable ones truly isn't there: a damaged document keeps its sound."""
    try:
        get_store().get(share_id)
    except (ShareNotFound, ShareGone):
        return True
    except Problem:
        return False
    return False


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, BATCH)):
        yield batch
