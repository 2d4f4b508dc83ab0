"""What a store of shares must do, whichever it is. `tests/sharing/test_store_contract.py` holds every store to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sharing.domain import Share, WorkerReport

Change = Callable[[Share], Share]
MORE = 100  # shares that are asked for at a time, once one of the first can't be read


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a long list. `after` is where the next part begins; None behind the last one."""

    shares: list[Share]
    after: str | None


class Store(Protocol):
    """Where share documents live. The store is the truth: whatever else is lost, nothing that stands here is.

    Every method raises `StoreUnavailable` when the store can't answer; then nothing was changed. Where the answer to a
    write got lost it is `OutcomeUnknown`: all of it was done, or nothing.
    Lists are bounded by `limit` and ordered by the time that they ask about, oldest first; a share whose document
    can't be read is logged and left out of them, and takes nobody's place.
    """

    def create(self, share: Share) -> None:
        """Claim the share's id and keep the share. Raises `IdTaken` if the id is in use or lies under a tombstone."""

    def get(self, share_id: str) -> Share:
        """The share as it is. Raises `ShareNotFound`, or `ShareGone` while its tombstone stands.

        The tombstone of what was taken down raises `TakenDown`, with the reason.
        """

    def update(
        self, share_id: str, change: Change, *, revision: int | None = None, lease: str | None = None
    ) -> Share:
        """Replace the share by `change(share)`, atomically, and return what now stands.

        `change` must be pure: a store may call it again when another writer was faster. What it raises is raised
        here, and nothing is written. With `revision`, raises `RevisionMismatch` unless it is the share's; with
        `lease`, raises `LeaseLost` or `Cancelled` unless that lease holds it. Also raises what `get` does.
        """

    def delete(self, share_id: str, *, at: datetime, reason: str | None = None) -> Share | None:
        """Replace the share by a tombstone of the time `at`, and return it as it last was: None if its document can't
        be read. Else raises what `get` does.

        With a reason, it was taken down.
        """

    def due(self, now: datetime, limit: int) -> list[Share]:
        """Shares whose `due` has come."""

    def waiting(self, limit: int) -> list[Share]:
        """Shares that wait for a worker, in the order of the queue."""

    def waiting_count(self, before: datetime | None = None) -> int:
        """How many shares wait for a worker; with `before`, only those that came earlier."""

    def expired(self, now: datetime, limit: int) -> list[Share]:
        """Shares whose `expires_at` has come."""

    def newest(self, limit: int, after: str | None = None) -> Page:
        """All shares, newest first: `limit` documents, from the beginning or from where an earlier page ended."""

    def present(self, share_ids: list[str]) -> dict[str, Share]:
        """Those of the shares that exist and can be read, by id."""

    def purge_tombstones(self, before: datetime, limit: int) -> int:
        """Forget tombstones older than `before`; returns how many."""

    def report_worker(self, report: WorkerReport) -> None:
        """Remember what a worker says of itself; the newest report of an id counts."""

    def workers(self, since: datetime) -> list[WorkerReport]:
        """Reports since that time."""

    def purge_workers(self, before: datetime) -> None:
        """Forget workers that were last seen before that time."""

    def ping(self) -> None:
        """Return if the store answers."""
