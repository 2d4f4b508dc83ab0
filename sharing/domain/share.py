"""A share and its transitions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sharing.domain.edit import Edit, StemEdit
from sharing.domain.job import IMPORT, SEPARATE, Job, Lease
from sharing.domain.stem import Hosted, Incoming, ShareError, Stem, StemState
from sharing.errors import BeingMade, Cancelled, Invalid, LeaseLost, NotRunning, Superseded

MOST_STEMS = 32
STOPPED = ShareError(
    code="cancelled",
    message="Taking in this sound was stopped. Bring the file or link again to have it here.",
)
NOT_MADE = ShareError(
    code="cancelled", message="The separation was stopped. Upload the song again to have its stems."
)


class State(StrEnum):
    """Where a share stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One short link and all behind it.

    `downloads`: whether the owner offers the stems as files; `indexed`: whether search engines may list its page.
    `sample_rate` is that of all kept stems, known from the scan on. `revision` counts the owner's edits.
    """

    id: str
    title: str
    token_hash: str
    created_at: datetime
    job: Job
    state: State = State.QUEUED
    stems: tuple[Stem, ...] = ()
    expires_at: datetime | None = None
    exclusive: bool = False
    downloads: bool = True
    indexed: bool = False
    revision: int = 1
    sample_rate: int | None = None
    error: ShareError | None = None

    # --- What the store indexes -------------------------------------------------------------------------------

    @property
    def queued_at(self) -> datetime | None:
        """The share's place in the queue; None unless it waits for a worker."""
        return self.job.queued_at if self.state is State.QUEUED else None

    @property
    def due(self) -> datetime | None:
        """When the reaper must look at this share: when its worker has been silent for too long."""
        return self.job.lease.deadline if self.job.lease else None

    # --- What readers ask -------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a worker works on it or will."""
        return self.state in {State.QUEUED, State.RUNNING}

    @property
    def kept(self) -> tuple[Stem, ...]:
        """Its stems whose sound is kept here, or will be."""
        return tuple(stem for stem in self.stems if not stem.hosted)

    @property
    def hosted(self) -> tuple[Stem, ...]:
        """Its stems whose sound is somewhere else."""
        return tuple(stem for stem in self.stems if stem.hosted)

    @property
    def frames(self) -> int | None:
        """The length of its longest stem, as far as is known."""
        rate = self.sample_rate or 0
        seconds = [stem.hosted.seconds for stem in self.stems if stem.hosted and stem.hosted.seconds]
        known = [stem.frames for stem in self.stems if stem.frames is not None]
        return max([*known, *(round(length * rate) for length in seconds if rate)], default=None)

    def seconds(self, stem: Stem) -> float | None:
        """How long one of its stems is, as far as is known."""
        if stem.hosted:
            return stem.hosted.seconds
        return stem.frames / self.sample_rate if stem.frames and self.sample_rate else None

    @property
    def gain(self) -> float | None:
        """The least gain of its stems, to which players bring the others; that of hosted sound is 1."""
        known = [1.0 if stem.hosted else stem.gain for stem in self.stems]
        return min((gain for gain in known if gain is not None), default=None)

    @property
    def growing(self) -> bool:
        """Whether a worker will add sound to it: perhaps even after it is done, for smaller renditions."""
        return self.active or self.job.lease is not None

    def expired(self, now: datetime) -> bool:
        """Whether its time is over, even if nobody has deleted it yet."""
        return self.expires_at is not None and self.expires_at <= now

    def stem_state(self, stem: Stem) -> StemState:
        """Where one of its stems stands."""
        if stem.hosted:
            return StemState.FAILED if stem.error else StemState.READY
        if stem.whole and not self.separates(stem):
            return StemState.READY
        if stem.incoming or self.separates(stem):
            return StemState.GROWING if stem.available_frames else StemState.PENDING
        return StemState.FAILED

    def separates(self, stem: Stem) -> bool:
        """Whether this stem is what its song is being separated into."""
        return self.active and self.job.kind == SEPARATE and not stem.hosted and not stem.incoming

    def require_lease(self, lease_id: str) -> None:
        """Refuse a worker whose claim is over: raises `Cancelled` or `LeaseLost`."""
        if self.state is State.CANCELLED:
            raise Cancelled
        if self.job.lease is None or self.job.lease.id != lease_id:
            raise LeaseLost

    # --- The worker's transitions: made under its lease ---------------------------------------------------------

    def claim(self, lease: Lease) -> "Share":
        """The next attempt begins: it has other URLs, and what it will make starts again from nothing."""
        if self.state is not State.QUEUED:
            raise LeaseLost("This share isn't waiting for a worker.")
        asked = [stem.incoming.asked_at for stem in self.stems if stem.incoming]
        job = replace(
            self.job,
            lease=replace(lease, began_at=max(asked, default=None)),
            attempt=self.job.attempt + 1,
            tries=self.job.tries + 1,
            progress=0.0,
            seconds_left=None,
        )
        share = self._each(self.separates, lambda stem: stem.silent())
        if self.job.kind == IMPORT:
            share = share._each(lambda stem: stem.incoming is not None, lambda stem: stem.waits())
        return replace(share, job=job, state=State.RUNNING)

    def scan(self, *, frames: int, gain: float, sample_rate: int, truncated: bool = False) -> "Share":
        """The song was scanned: from here the length and the common gain of its stems are final."""

        def begin(stem: Stem) -> Stem:
            return stem.begins(attempt=self.job.attempt, frames=frames, gain=gain, truncated=truncated)

        return replace(self._each(self.separates, begin), sample_rate=sample_rate)

    def scan_stem(
        self, stem_id: str, incoming: Incoming, *, frames: int, gain: float, truncated: bool = False
    ) -> "Share":
        """A file for one stem was scanned. It can be heard while it grows, unless there is older sound to hear."""
        stem = self._expecting(stem_id, incoming)
        if stem.sounds:
            return self
        return self._with(
            stem.begins(attempt=self.job.attempt, frames=frames, gain=gain, truncated=truncated)
        )

    def beat(
        self,
        deadline: datetime,
        *,
        available_frames: int,
        progress: float,
        seconds_left: float | None,
        small_frames: int = 0,
        stem_id: str | None = None,
        attempt: int | None = None,
    ) -> "Share":
        """The worker lives, and the stems of its attempt (or an earlier one), or one of them, reach this far.

        Progress never runs backwards within an attempt.
        """
        if self.job.lease is None:
            raise LeaseLost
        job = replace(
            self.job,
            lease=replace(self.job.lease, deadline=deadline),
            progress=min(1.0, max(self.job.progress, progress)),
            seconds_left=None if self.state is State.DONE else seconds_left,
        )

        def reach(stem: Stem) -> Stem:
            return stem.reaches(available_frames, small_frames)

        of = attempt or self.job.attempt
        return replace(
            self._each(lambda stem: stem.attempt == of and stem_id in {None, stem.id}, reach), job=job
        )

    def import_stem(
        self, stem_id: str, incoming: Incoming, *, frames: int, gain: float, truncated: bool = False
    ) -> "Share":
        """All sound of one stem is there: from here it is what is heard."""
        stem = self._expecting(stem_id, incoming)
        grown = stem if stem.attempt == self.job.attempt else None
        begun = grown or stem.begins(attempt=self.job.attempt, frames=frames, gain=gain, truncated=truncated)
        return self._with(replace(begun.reaches(frames, 0), incoming=None, error=None))

    def refuse_stem(self, stem_id: str, incoming: Incoming, error: ShareError) -> "Share":
        """The sound of one stem can't be had. The others go on, and what it would have replaced stays."""
        return self._with(self._expecting(stem_id, incoming).stays(error))

    def finish(self, *, keep_source: bool, more: bool = False) -> "Share":
        """All that the attempt was to make is there: this one write publishes what isn't published yet.

        With `more` the lease stays, for a small rendition that comes behind: then `release` ends the work.
        """
        if any(stem.frames is None for stem in self.stems if self.separates(stem)):
            raise LeaseLost("An attempt can't be finished before its song was scanned.")
        share = self._each(self.separates, lambda stem: stem.reaches(stem.frames or 0, 0))
        source = self.job.source if keep_source else None
        lease = self.job.lease if more and any(stem.sounds for stem in share.stems) else None
        job = replace(self.job, lease=lease, source=source, progress=1.0, seconds_left=None)
        return replace(share, state=State.DONE, job=job)._settled()

    def release(self) -> "Share":
        """What is published stays as it is from now on."""
        return replace(self, job=replace(self.job, lease=None))._settled()

    def fail(self, error: ShareError, *, retry: bool, attempts: int) -> "Share":
        """The attempt failed: back to the old place in the queue if `retry` and the job had fewer than `attempts`.

        While it waits, what the dead attempt has stored stays to be heard; the next claim starts from nothing. What is
        published can't fail any more: it stays, with as much of its small rendition as there is.
        """
        if self.state is State.DONE:
            return self.release()
        if retry and self.job.tries < attempts:
            return self._waiting_again(self.job)
        return self._ended(State.FAILED, error, error)

    def give_back(self) -> "Share":
        """The worker has to leave: back to the old place in the queue, and the attempt doesn't count as a try."""
        if self.state is State.DONE:
            return self.release()
        return self._waiting_again(replace(self.job, tries=self.job.tries - 1))

    # --- The owner's transitions --------------------------------------------------------------------------------

    def cancel(self) -> "Share":
        """Stop the work. Doing it twice is fine; cancelling what has ended raises `NotRunning`."""
        if self.state is State.CANCELLED:
            return self
        if not self.active:
            raise NotRunning
        stopped = self._each(lambda stem: stem.incoming is not None, lambda stem: stem.stays(STOPPED))
        reason = NOT_MADE if self.job.kind == SEPARATE else STOPPED
        return stopped._ended(State.CANCELLED, None, reason)

    def edit(self, edit: Edit) -> "Share":
        """The owner's changes, as the next revision; the share as it is where they change nothing.

        Raises `Invalid` for a stem that the share doesn't have, and `BeingMade` for one that the separation is making.
        """
        edits: Mapping[str, StemEdit] = {stem.id: stem for stem in edit.stems}
        self._require([*edits, *edit.remove])
        touched = {stem.id for stem in edit.stems if stem.sound} | set(edit.remove)
        if any(stem.id in touched and self.separates(stem) for stem in self.stems):
            raise BeingMade
        stems = tuple(edits[s.id].apply(s) if s.id in edits else s for s in self.stems)
        stems = _ordered([stem for stem in stems if stem.id not in edit.remove], edit.order)
        values = {name: getattr(edit, name) for name in ("title", "exclusive", "downloads", "indexed")}
        edited = replace(
            self,
            **{name: value for name, value in values.items() if value is not None},
            expires_at=edit.expiry.at if edit.expiry else self.expires_at,
            stems=stems,
        )
        return self if edited == self else replace(edited, revision=self.revision + 1)._settled()

    def add(self, stems: Sequence[Stem]) -> "Share":
        """More stems behind the others, as the next revision. Raises `Invalid` for too many."""
        if len(self.stems) + len(stems) > MOST_STEMS:
            raise Invalid(
                f"A share has at most {MOST_STEMS} stems, and this one has {len(self.stems)} already.",
                detail={"field": "stems"},
            )
        return replace(self, stems=(*self.stems, *stems), revision=self.revision + 1)._settled()

    def check(self, found: Mapping[str, tuple[Hosted, ShareError | None]]) -> "Share":
        """What a check of hosted stems found out, by their ids. One whose link was replaced meanwhile is left alone."""

        def learn(stem: Stem) -> Stem:
            hosted, error = found[stem.id]
            return replace(stem, hosted=hosted, error=error)

        def is_same(stem: Stem) -> bool:
            return stem.hosted is not None and stem.id in found and stem.hosted.url == found[stem.id][0].url

        return self._each(is_same, learn)

    # --- Their common steps -------------------------------------------------------------------------------------

    def _settled(self) -> "Share":
        """As it is when nobody works on it: what is to be imported waits for a worker, else it is done, or failed."""
        if self.job.lease is not None or self._separating:
            return self
        if asked := [stem.incoming.asked_at for stem in self.stems if stem.incoming]:
            if self.state is State.QUEUED:
                return self
            job = replace(
                self.job, kind=IMPORT, queued_at=min(asked), tries=0, progress=0.0, seconds_left=None
            )
            return replace(self, state=State.QUEUED, job=job, error=None)
        if any(stem.sounds for stem in self.stems):
            return replace(self, state=State.DONE, error=None, job=replace(self.job, progress=1.0))
        if self.state in {State.FAILED, State.CANCELLED}:
            return self
        return replace(self, state=State.FAILED, error=next(s.error for s in self.stems))

    @property
    def _separating(self) -> bool:
        """Whether its song is being separated, or will be."""
        return self.active and self.job.kind == SEPARATE

    def _waiting_again(self, job: Job) -> "Share":
        share = replace(self, state=State.QUEUED, job=replace(job, lease=None, seconds_left=None))
        return share._settled()  # perhaps its owner removed what it was to import

    def _ended(self, state: State, error: ShareError | None, reason: ShareError) -> "Share":
        """The job ended without what it was to make. The share is in `state` if nothing else of it sounds.

        What its owner has brought since the attempt began is the next job's.
        """
        job = replace(self.job, lease=None, source=None, seconds_left=None)
        began_at = self.job.lease.began_at if self.job.lease else None

        def tried(stem: Stem) -> bool:
            incoming = stem.incoming
            return incoming is not None and (began_at is None or incoming.asked_at <= began_at)

        share = self._each(self.separates, lambda stem: stem.silent(reason))
        if self.job.kind == IMPORT:
            share = share._each(tried, lambda stem: stem.stays(reason))
        return replace(share, state=state, error=error, job=job)._settled()

    def _expecting(self, stem_id: str, incoming: Incoming) -> Stem:
        """The stem that still waits for this sound. Raises `Superseded`."""
        for stem in self.stems:
            if stem.id == stem_id and stem.incoming == incoming:
                return stem
        raise Superseded

    def _require(self, stem_ids: Sequence[str]) -> None:
        if unknown := sorted(set(stem_ids) - {stem.id for stem in self.stems}):
            raise Invalid(f"This share has no stem {unknown[0]!r}.", detail={"stems": unknown})

    def _each(self, which: Callable[[Stem], bool], change: Callable[[Stem], Stem]) -> "Share":
        return replace(self, stems=tuple(change(stem) if which(stem) else stem for stem in self.stems))

    def _with(self, changed: Stem) -> "Share":
        return self._each(lambda stem: stem.id == changed.id, lambda _stem: changed)


def _ordered(stems: Sequence[Stem], order: Sequence[str] | None) -> tuple[Stem, ...]:
    if not stems:
        raise Invalid(
            "A share needs at least one stem. To have none, delete the share.", detail={"field": "remove"}
        )
    if order is None:
        return tuple(stems)
    if sorted(order) != sorted(stem.id for stem in stems):
        raise Invalid("Name each stem of the share exactly once in its order.", detail={"field": "order"})
    return tuple(sorted(stems, key=lambda stem: order.index(stem.id)))
