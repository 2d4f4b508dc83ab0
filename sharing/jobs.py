"""The worker's side of a share: claim it, tell how far it is, finish or fail.

Every write after the claim carries the claim's lease as a precondition. A worker that was thought dead and isn't
gets `Stopped` from the next call: `LeaseLost`, `Cancelled` or `Deleted`. Then it stops and calls `discard`.
Every call may also raise `StoreUnavailable`: a heartbeat tries again, as long as its lease lasts.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from django.conf import settings

from sharing import doorbell, leftovers, media, metrics
from sharing.clock import now
from sharing.domain import Incoming, Lease, Share, ShareError, State, Stem, WorkerReport
from sharing.errors import (
    Deleted,
    LeaseLost,
    MediaUnavailable,
    ShareGone,
    ShareNotFound,
    SourceGone,
    Stopped,
    Superseded,
)
from sharing.stores import Change, get_store

T = TypeVar("T")

AGAIN_SECONDS = 1
# Of those that wait so many are looked at: other workers look for one at the same time, and some can't be claimed.
_CANDIDATES = (10, 40, 160)


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at a share, and the right to write it. What it stores goes below `prefix` in media.

    While media is away `should_stop` is asked again and again, and while a song is copied; if it says yes, `Stopped` is
    raised.
    """

    share: Share
    attempt: int
    lease: str
    prefix: str
    should_stop: Callable[[], bool] | None = None

    def put(self, name: str, data: bytes) -> None:
        """Store one file of the attempt, whole or not at all: `<stem>/flac/<n>.flac`, `aac/<n>.m4a` or `peaks.bin`."""
        patiently(lambda: media.put(self.prefix + name, data), self.should_stop)

    def get(self, name: str) -> bytes:
        """Read back what was stored. Raises FileNotFoundError."""
        return patiently(lambda: media.get(self.prefix + name), self.should_stop)

    def of_attempt(self, attempt: int) -> "Claim":
        """The same claim, for what an earlier attempt has stored."""
        return replace(self, prefix=media.attempt_prefix(self.share.id, attempt))

    @contextmanager
    def source(self) -> Iterator[Path]:
        """The song as a file of this machine. Raises `SourceGone` and `Stopped`."""
        key = self.share.job.source
        if key is None:
            raise SourceGone
        with ExitStack() as stack:
            try:
                path = patiently(
                    lambda: stack.enter_context(media.local_source(key, self.should_stop)), self.should_stop
                )
            except FileNotFoundError as error:
                raise SourceGone from error
            yield path


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt is: all stems, or the one of `stem_id`, can be heard up to `available_frames`.

    They are its own, or those of the earlier `attempt`. Up to `small_frames` there is a small rendition as well.
    `fraction` of the whole attempt is 0 to 1.
    """

    available_frames: int
    fraction: float
    seconds_left: float | None = None
    small_frames: int = 0
    stem_id: str | None = None
    attempt: int | None = None


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


def claim_next(worker: str) -> Claim | None:
    """Begin the next attempt at the share that has waited longest; None when none waits."""
    store, tried = get_store(), set[str]()
    for limit in _CANDIDATES:
        for share in store.waiting(limit):
            if share.id not in tried and (begun := claim(share.id, worker)):
                return begun
            tried.add(share.id)
        if store.waiting_count() <= limit:  # which counts damaged documents too
            break
    return None


def tidy(claim: Claim) -> None:
    """Delete what earlier attempts left and nobody is told of any more: of a long song as much as this one will store.

    Listeners had it while they waited for this attempt. A bucket may take seconds, so the heartbeat should beat by now.
    """
    if claim.attempt > 1:
        leftovers.delete_folders(claim.share)


def scanned(claim: Claim, *, frames: int, gain: float, sample_rate: int, truncated: bool = False) -> None:
    """The song was scanned: its length in frames, the common gain of its stems (at most 1), their rate, and whether
    some of it is missing."""
    _write(
        claim,
        lambda share: share.scan(frames=frames, gain=gain, sample_rate=sample_rate, truncated=truncated),
    )


def begin_stem(claim: Claim, stem: Stem, *, frames: int, gain: float, truncated: bool = False) -> None:
    """The file for one stem was scanned. This and the next two raise `Superseded` when it is no longer wanted."""
    _write(
        claim,
        lambda share: share.scan_stem(stem.id, _awaited(stem), frames=frames, gain=gain, truncated=truncated),
    )


def import_stem(claim: Claim, stem: Stem, *, frames: int, gain: float, truncated: bool = False) -> None:
    """All segments and peaks of one stem are in media: publish it. Safe to repeat, as `finish` is."""

    def publish(share: Share) -> Share:
        if any(s.id == stem.id and s.incoming is None and s.attempt == claim.attempt for s in share.stems):
            return share
        return share.import_stem(stem.id, _awaited(stem), frames=frames, gain=gain, truncated=truncated)

    _write(claim, publish)
    leftovers.delete_incoming([stem])


def refuse_stem(claim: Claim, stem: Stem, code: str, message: str) -> None:
    """The sound of one stem can't be had: `message` is one sentence for a person. The others go on."""
    error = ShareError(code=code, message=message)
    try:
        _write(claim, lambda share: share.refuse_stem(stem.id, _awaited(stem), error))
    except Superseded:  # perhaps by ourselves, and the answer got lost
        leftovers.delete_incoming([stem])
        raise
    leftovers.delete_incoming([stem])


def beat(claim: Claim, progress: Progress) -> Share:
    """The heartbeat: renews the lease and says how far the stems reach. Returns the share as it is."""
    deadline = _deadline()
    return _write(
        claim,
        lambda share: share.beat(
            deadline,
            available_frames=progress.available_frames,
            progress=progress.fraction,
            seconds_left=progress.seconds_left,
            small_frames=progress.small_frames,
            stem_id=progress.stem_id,
            attempt=progress.attempt,
        ),
    )


def finish(claim: Claim, *, more: bool = False) -> Share:
    """All that the attempt was to make is in media: publish it. Then the song and what came before are deleted.

    With `more`, a small rendition still grows behind them: go on beating, and end with `release`. Safe to repeat when a
    store raised `StoreUnavailable` although it had written.
    """
    keep = settings.STEMLINK_KEEP_SOURCE
    try:
        share = _write(claim, lambda share: share.finish(keep_source=keep, more=more))
        metrics.JOBS.labels(claim.share.job.kind, "done").inc()
    except LeaseLost:
        share = get_store().get(claim.share.id)
        if not _is_published(share, claim):
            raise
    if not keep:
        media.delete_source(claim.share.job.source)
    _after(share)
    return share


def release(claim: Claim) -> None:
    """Nothing more will come to what is published. Safe to repeat, as the next two are."""
    try:
        share = _write(claim, lambda share: share.release())
    except LeaseLost:
        share = _ended(claim)
    _after(share)


def fail(claim: Claim, code: str, message: str, *, retry: bool) -> None:
    """The attempt failed: `message` is one sentence for a person. With `retry` it is tried again, a few times."""
    error, attempts = ShareError(code=code, message=message), settings.STEMLINK_ATTEMPTS
    try:
        share = _write(claim, lambda share: share.fail(error, retry=retry, attempts=attempts))
    except LeaseLost:
        share = _ended(claim)
    after_failure(claim.share, share)


def give_back(claim: Claim) -> None:
    """The worker is told to stop: another one may begin at once, and this attempt doesn't count as a try."""
    try:
        share = _write(claim, lambda share: share.give_back())
        if share.state is State.QUEUED:
            metrics.JOBS.labels(claim.share.job.kind, "returned").inc()
    except LeaseLost:
        share = _ended(claim)
    _after(share)


def discard(claim: Claim) -> None:
    """Delete what a stopped attempt has stored, unless it is what listeners hear: published after all, or while
    the next attempt is waited for."""
    try:
        leftovers.delete_folders(get_store().get(claim.share.id))
    except (ShareNotFound, ShareGone):
        media.delete_stems(media.share_prefix(claim.share.id))


def report_worker(worker: str, *, device: str, models: Sequence[str]) -> None:
    """Say that a worker is there, and what it can do."""
    get_store().report_worker(WorkerReport(id=worker, seen_at=now(), device=device, models=tuple(models)))


def after_failure(before: Share, after: Share) -> None:
    """What follows a failed attempt: the bell for the next one, or what came for it is deleted."""
    if after.state is State.QUEUED and after.job.tries:
        metrics.JOBS.labels(before.job.kind, "retried").inc()
    else:  # the job is over, even if another one waits, for what was brought meanwhile
        leftovers.delete(before, after)
        if after.state is not State.DONE:
            metrics.JOBS.labels(before.job.kind, "failed").inc()
    _after(after)


def patiently(work: Callable[[], T], should_stop: Callable[[], bool] | None = None) -> T:
    """Do it again and again while media is away: a bucket that is restarted costs no attempt.

    Raises `Stopped` if `should_stop` says yes meanwhile.
    """
    late = time.monotonic() + settings.STEMLINK_MEDIA_SECONDS
    while True:
        try:
            return work()
        except MediaUnavailable:
            if should_stop and should_stop():
                raise Stopped from None
            if time.monotonic() > late:
                raise
            time.sleep(AGAIN_SECONDS)


def _after(share: Share) -> None:
    """Nobody works on this share now: ring if somebody should, and delete what it no longer needs."""
    if share.state is State.QUEUED:
        doorbell.ring(share.id)
    leftovers.delete_folders(share)


def _write(claim: Claim, change: Change) -> Share:
    def unless_expired(share: Share) -> Share:
        if share.expired(now()):
            raise ShareGone
        return change(share)

    try:
        return get_store().update(claim.share.id, unless_expired, lease=claim.lease)
    except (ShareNotFound, ShareGone) as error:
        raise Deleted from error


def _ended(claim: Claim) -> Share:
    """What became of an attempt whose end was written already, by a call of which the answer got lost: what follows
    upon it has still to be done. Raises `LeaseLost` where the next attempt has begun, and what `_write` does.
    """
    try:
        share = get_store().get(claim.share.id)
    except (ShareNotFound, ShareGone) as error:
        raise Deleted from error
    if share.job.attempt != claim.attempt or share.job.lease is not None:
        raise LeaseLost
    return share


def _is_published(share: Share, claim: Claim) -> bool:
    """Whether this very attempt has ended, and what it made is there: nobody else can have published it."""
    return share.state is State.DONE and share.job.attempt == claim.attempt


def _awaited(stem: Stem) -> Incoming:
    if stem.incoming is None:
        raise ValueError(f"Nothing is to come for stem {stem.id!r}.")
    return stem.incoming


def _deadline() -> datetime:
    lease = timedelta(seconds=settings.STEMLINK_LEASE_SECONDS)
    return now() + lease
