"""What a share is. Frozen values and pure transitions: no clock, no store, no Django.

A transition is a method that returns the share as it is afterwards, or raises the `Problem` that forbids it. The
store applies it atomically (`Store.update`), so that whoever lost a race is refused instead of overwriting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sharing.errors import Cancelled, Invalid, LeaseLost, NotRunning

SAMPLE_RATE = 44_100
SEGMENT_SECONDS = 4
PEAKS_PER_SECOND = 100
OVERLAPS_PER_SECOND = 10  # so long is what each piece of the small rendition has before and after its segment
FILE_FORMATS = ("flac", "wav", "mp3")  # of downloads


class State(StrEnum):
    """Where a share stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StemState(StrEnum):
    """Where a stem stands."""

    PENDING = "pending"
    GROWING = "growing"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareError:
    """What went wrong, kept with the share: a stable code and a sentence for a person."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """One track of a share, its fader as the owner set it (`volume` is linear, 1 is unity), and how far it reaches.

    `small_frames` is how far its small rendition does, which is made behind and may never be complete.
    """

    id: str
    name: str
    color: str
    muted: bool = False
    soloed: bool = False
    volume: float = 1.0
    pan: float = 0.0
    kind: str = "kept"
    available_frames: int = 0
    small_frames: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A worker's right to write one attempt, until `deadline` unless it is renewed."""

    id: str
    worker: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that a worker does for a share. `source` is the media key of the song, None once it is deleted.

    `returned` counts the attempts that their workers gave back: they don't count as tries.
    """

    model: str
    queued_at: datetime
    source: str | None
    kind: str = "separate"
    attempt: int = 0
    returned: int = 0
    lease: Lease | None = None
    progress: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StemEdit:
    """What an owner changes of one stem; None leaves it as it is."""

    id: str
    name: str | None = None
    color: str | None = None
    muted: bool | None = None
    soloed: bool | None = None
    volume: float | None = None
    pan: float | None = None

    def apply(self, stem: Stem) -> Stem:
        """The stem with these changes."""
        names = ("name", "color", "muted", "soloed", "volume", "pan")
        return replace(stem, **{n: value for n in names if (value := getattr(self, n)) is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an owner changes of a share; None leaves it as it is."""

    title: str | None = None
    exclusive: bool | None = None
    downloads: bool | None = None
    stems: tuple[StemEdit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One short link and all behind it.

    `gain` is the one factor by which all stems were multiplied before they were stored; `frames` is the length of
    every stem. Both are known from the scan on. `downloads`: whether the owner offers the stems as files. `revision`
    counts the owner's edits.
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
    revision: int = 1
    sample_rate: int | None = None
    frames: int | None = None
    gain: float | None = None
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
    def has_stems(self) -> bool:
        """Whether there are stems of it, or will be."""
        return self.active or self.state is State.DONE

    @property
    def kept(self) -> tuple[Stem, ...]:
        """Its stems whose sound is kept here."""
        return tuple(stem for stem in self.stems if stem.kind == "kept")

    @property
    def growing(self) -> bool:
        """Whether a worker will add sound to it: perhaps even after it is done, for smaller renditions."""
        return self.active or self.job.lease is not None

    def expired(self, now: datetime) -> bool:
        """Whether its time is over, even if nobody has deleted it yet."""
        return self.expires_at is not None and self.expires_at <= now

    def stem_state(self, stem: Stem) -> StemState:
        """Where one of its stems stands."""
        if self.state is State.DONE:
            return StemState.READY
        if not self.has_stems:
            return StemState.FAILED
        return StemState.GROWING if stem.available_frames else StemState.PENDING

    def require_lease(self, lease_id: str) -> None:
        """Refuse a worker whose claim is over: raises `Cancelled` or `LeaseLost`."""
        if self.state is State.CANCELLED:
            raise Cancelled
        if self.job.lease is None or self.job.lease.id != lease_id:
            raise LeaseLost

    # --- The worker's transitions: made under its lease ---------------------------------------------------------

    def claim(self, lease: Lease) -> "Share":
        """The next attempt begins: it has other URLs, and what is available starts again from nothing."""
        if self.state is not State.QUEUED:
            raise LeaseLost("This share isn't waiting for a worker.")
        job = replace(self.job, lease=lease, attempt=self.job.attempt + 1, progress=0.0, seconds_left=None)
        return replace(
            self._reaching(0), job=job, state=State.RUNNING, sample_rate=None, frames=None, gain=None
        )

    def scan(self, *, frames: int, gain: float, sample_rate: int) -> "Share":
        """The song was scanned: from here its length and common gain are final."""
        return replace(self, frames=frames, gain=gain, sample_rate=sample_rate)

    def beat(
        self,
        deadline: datetime,
        *,
        available_frames: int,
        progress: float,
        seconds_left: float | None,
        small_frames: int = 0,
    ) -> "Share":
        """The worker lives, and its stems reach this far. Progress never runs backwards within an attempt."""
        if self.job.lease is None:
            raise LeaseLost
        job = replace(
            self.job,
            lease=replace(self.job.lease, deadline=deadline),
            progress=min(1.0, max(self.job.progress, progress)),
            seconds_left=None if self.state is State.DONE else seconds_left,
        )
        length = self.frames or 0
        reach = max([min(available_frames, length), *(stem.available_frames for stem in self.stems)])
        small = max([min(small_frames, reach), *(stem.small_frames for stem in self.stems)])
        return replace(self._reaching(reach, small), job=job)

    def finish(self, *, keep_source: bool, more: bool = False) -> "Share":
        """All stems are there: this one write publishes them.

        With `more` the lease stays, for a small rendition that comes behind: then `release` ends the work.
        """
        if self.frames is None:
            raise LeaseLost("An attempt can't be finished before its song was scanned.")
        source = self.job.source if keep_source else None
        lease = self.job.lease if more else None
        job = replace(self.job, lease=lease, source=source, progress=1.0, seconds_left=None)
        small = min((stem.small_frames for stem in self.stems), default=0)
        return replace(self._reaching(self.frames, small), state=State.DONE, job=job)

    def release(self) -> "Share":
        """What is published stays as it is from now on."""
        return replace(self, job=replace(self.job, lease=None))

    def fail(self, error: ShareError, *, retry: bool, attempts: int) -> "Share":
        """The attempt failed: back to the old place in the queue if `retry` and fewer than `attempts` were made.

        While it waits, what the dead attempt has stored stays to be heard; the next claim starts from nothing. What is
        published can't fail any more: it stays, with as much of its small rendition as there is.
        """
        if self.state is State.DONE:
            return self.release()
        if retry and self.job.attempt - self.job.returned < attempts:
            return self._waiting_again(self.job)
        return replace(self._ended(State.FAILED), error=error)

    def give_back(self) -> "Share":
        """The worker has to leave: back to the old place in the queue, and the attempt doesn't count as a try."""
        if self.state is State.DONE:
            return self.release()
        return self._waiting_again(replace(self.job, returned=self.job.returned + 1))

    # --- The owner's transitions --------------------------------------------------------------------------------

    def cancel(self) -> "Share":
        """Stop the work. Doing it twice is fine; cancelling what has ended raises `NotRunning`."""
        if self.state is State.CANCELLED:
            return self
        if not self.active:
            raise NotRunning
        return self._ended(State.CANCELLED)

    def edit(self, edit: Edit) -> "Share":
        """The owner's changes, as the next revision. Raises `Invalid` for a stem that the share doesn't have."""
        edits: Mapping[str, StemEdit] = {stem.id: stem for stem in edit.stems}
        if unknown := sorted(edits.keys() - {stem.id for stem in self.stems}):
            raise Invalid(f"This share has no stem {unknown[0]!r}.", detail={"stems": unknown})
        stems = tuple(edits[s.id].apply(s) if s.id in edits else s for s in self.stems)
        title = self.title if edit.title is None else edit.title
        exclusive = self.exclusive if edit.exclusive is None else edit.exclusive
        downloads = self.downloads if edit.downloads is None else edit.downloads
        return replace(
            self,
            title=title,
            exclusive=exclusive,
            downloads=downloads,
            stems=stems,
            revision=self.revision + 1,
        )

    def _waiting_again(self, job: Job) -> "Share":
        return replace(self, state=State.QUEUED, job=replace(job, lease=None, seconds_left=None))

    def _ended(self, state: State) -> "Share":
        """Ended without stems: nothing of it is kept."""
        job = replace(self.job, lease=None, source=None, seconds_left=None)
        return replace(self._reaching(0), state=state, job=job)

    def _reaching(self, frames: int, small: int = 0) -> "Share":
        stems = (replace(stem, available_frames=frames, small_frames=small) for stem in self.stems)
        return replace(self, stems=tuple(stems))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReport:
    """What a worker says of itself with its heartbeat."""

    id: str
    seen_at: datetime
    device: str = "cpu"
    models: tuple[str, ...] = field(default=())
