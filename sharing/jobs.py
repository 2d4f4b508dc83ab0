"""The worker's side of a share: claim it, tell how far it is, finish or fail.

Every write after the claim carries the claim's lease as a precondition. A worker that was thought dead and isn't
gets `Stopped` from the next call: `LeaseLost`, `Cancelled` or `Deleted`. Then it stops and calls `discard`.
Every call may also raise `StoreUnavailable`: a heartbeat tries again, as long as its lease lasts.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from sharing import doorbell, media, metrics
from sharing.domain import Lease, Share, ShareError, State, WorkerReport
from sharing.errors import Deleted, LeaseLost, ShareGone, ShareNotFound
from sharing.services import now
from sharing.stores import Change, get_store


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at a share, and the right to write it. What it stores goes below `prefix` in media."""

    share: Share
    attempt: int
    lease: str
    prefix: str

    def put(self, name: str, data: bytes) -> None:
        """Store one file of the attempt, whole or not at all: `<stem>/flac/<n>.flac`, `aac/<n>.m4a` or `peaks.bin`."""
        media.put(self.prefix + name, data)

    def get(self, name: str) -> bytes:
        """Read back what was stored. Raises FileNotFoundError."""
        return media.get(self.prefix + name)

    def source(self) -> AbstractContextManager[Path]:
        """The song as a file of this machine. Raises FileNotFoundError when it is gone."""
        if self.share.job.source is None:
            raise FileNotFoundError
        return media.local_source(self.share.job.source)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt is: all stems can be heard up to `available_frames`; `fraction` is 0 to 1.

    Up to `small_frames` there is a small rendition as well.
    """

    available_frames: int
    fraction: float
    seconds_left: float | None = None
    small_frames: int = 0


def claim(share_id: str, worker: str) -> Claim | None:
    """Begin the next attempt at a share; None when it isn't waiting (any more)."""
    if not worker:
        raise ValueError("A worker needs a name.")
    lease = Lease(id=uuid4().hex, worker=worker, deadline=_deadline())

    def begin(share: Share) -> Share:
        if share.expired(now()):
            raise ShareGone
        return share.claim(lease)

    try:
        share = get_store().update(share_id, begin)
    except (LeaseLost, ShareNotFound, ShareGone):
        return None
    attempt = share.job.attempt
    if attempt == 1:
        metrics.WAIT_SECONDS.observe((now() - share.job.queued_at).total_seconds())
    return Claim(share, attempt, lease.id, media.attempt_prefix(share_id, attempt))


def scanned(claim: Claim, *, frames: int, gain: float, sample_rate: int) -> None:
    """The song was scanned: its length in frames, the common gain of its stems (at most 1), and their rate."""
    _write(claim, lambda share: share.scan(frames=frames, gain=gain, sample_rate=sample_rate))


def beat(claim: Claim, progress: Progress) -> None:
    """The heartbeat: renews the lease and says how far the stems reach."""
    deadline = _deadline()
    _write(
        claim,
        lambda share: share.beat(
            deadline,
            available_frames=progress.available_frames,
            progress=progress.fraction,
            seconds_left=progress.seconds_left,
            small_frames=progress.small_frames,
        ),
    )


def finish(claim: Claim, *, more: bool = False) -> None:
    """All stems are in media: publish them. Then the song and the attempts before are deleted.

    With `more`, a small rendition still grows behind them: go on beating, and end with `release`. Safe to repeat when a
    store raised `StoreUnavailable` although it had written.
    """
    keep = settings.STEMLINK_KEEP_SOURCE
    try:
        _write(claim, lambda share: share.finish(keep_source=keep, more=more))
        metrics.JOBS.labels(claim.share.job.kind, "done").inc()
    except LeaseLost:
        if not _is_published(claim):
            raise
    if not keep:
        media.delete_source(claim.share.job.source)
    _delete_attempts(claim.share.id, keep=claim.attempt)


def release(claim: Claim) -> None:
    """Nothing more will come to what is published."""
    _write(claim, lambda share: share.release())


def fail(claim: Claim, code: str, message: str, *, retry: bool) -> None:
    """The attempt failed: `message` is one sentence for a person. With `retry` it is tried again, a few times."""
    error = ShareError(code=code, message=message)
    after_failure(
        _write(claim, lambda share: share.fail(error, retry=retry, attempts=settings.STEMLINK_ATTEMPTS)),
        claim.share.job.source,
    )


def give_back(claim: Claim) -> None:
    """The worker is told to stop: another one may begin at once, and this attempt doesn't count as a try."""
    share = _write(claim, lambda share: share.give_back())
    if share.state is State.QUEUED:
        metrics.JOBS.labels(share.job.kind, "returned").inc()
        doorbell.ring(share.id)


def discard(claim: Claim) -> None:
    """Delete what a stopped attempt has stored, unless it is what listeners hear: published after all, or while
    the next attempt is waited for."""
    try:
        share = get_store().get(claim.share.id)
        wanted = share.has_stems and share.job.attempt == claim.attempt
    except (ShareNotFound, ShareGone):
        wanted = False
    if not wanted:
        media.delete_stems(claim.prefix)


def report_worker(worker: str, *, device: str, models: Sequence[str]) -> None:
    """Say that a worker is there, and what it can do."""
    get_store().report_worker(WorkerReport(id=worker, seen_at=now(), device=device, models=tuple(models)))


def after_failure(share: Share, source: str | None) -> None:
    """What follows a failed attempt: the bell for the next one, or the sound is deleted."""
    if share.state is State.QUEUED:
        metrics.JOBS.labels(share.job.kind, "retried").inc()
        doorbell.ring(share.id)
    elif share.state is State.FAILED:
        metrics.JOBS.labels(share.job.kind, "failed").inc()
        media.delete_source(source)
        media.delete_stems(media.share_prefix(share.id))


def _write(claim: Claim, change: Change) -> Share:
    def unless_expired(share: Share) -> Share:
        if share.expired(now()):
            raise ShareGone
        return change(share)

    try:
        return get_store().update(claim.share.id, unless_expired, lease=claim.lease)
    except (ShareNotFound, ShareGone) as error:
        raise Deleted from error


def _is_published(claim: Claim) -> bool:
    """Whether this very attempt is what the share consists of: nobody else can have published it."""
    share = get_store().get(claim.share.id)
    return share.state is State.DONE and share.job.attempt == claim.attempt


def _delete_attempts(share_id: str, *, keep: int) -> None:
    for attempt in media.attempts(share_id):
        if attempt != keep:
            media.delete_stems(media.attempt_prefix(share_id, attempt))


def _deadline() -> datetime:
    lease = timedelta(seconds=settings.STEMLINK_LEASE_SECONDS)
    return now() + lease
