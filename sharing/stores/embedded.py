"""The store that needs no server of its own: Django's ORM on SQLite (or Postgres).

On SQLite every transaction begins IMMEDIATE (settings), so that read, change and write are one step that no other
writer enters; on Postgres the row is locked.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import Error as DatabaseError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from sharing import metrics
from sharing.documents import from_document, to_document
from sharing.domain import Share, WorkerReport
from sharing.errors import (
    IdTaken,
    OutcomeUnknown,
    RevisionMismatch,
    ShareGone,
    ShareNotFound,
    StoreUnavailable,
    TakenDown,
    Unreadable,
)
from sharing.models import ShareRow, WorkerRow
from sharing.stores.base import MORE, Change, Page

log = logging.getLogger(__name__)


@contextmanager
def _reachable(sent: Collection[object] = ()) -> Iterator[None]:
    """Whatever the database says about itself becomes `StoreUnavailable`.

    `sent` holds what only had to be committed: an error after that is `OutcomeUnknown` on Postgres, since it may be the
    answer that got lost. SQLite is no further away than its file: what it can't commit it hasn't.
    """
    try:
        yield
    except DatabaseError as error:
        metrics.STORE_ERRORS.inc()
        if sent and connection.vendor == "postgresql":
            raise OutcomeUnknown from error
        raise StoreUnavailable from error


_TIMES = ("created_at", "queued_at", "due", "expires_at")  # of a share, that lists ask about


def _columns(share: Share) -> dict[str, object]:
    return {"document": to_document(share), **{name: getattr(share, name) for name in _TIMES}}


def _share(row: ShareRow | None) -> Share:
    if row is None:
        raise ShareNotFound
    if row.reason is not None:
        raise TakenDown(row.reason)
    if row.deleted_at is not None or row.document is None:
        raise ShareGone
    return from_document(row.document)


def _if_readable(row: ShareRow | None) -> Share | None:
    """The share of a row; None where its document can't be read."""
    try:
        return _share(row)
    except Unreadable as problem:
        log.error("Share %s can't be read: %s", row and row.pk, problem)
        return None


def _readable(rows: Iterable[ShareRow]) -> list[Share]:
    """The shares of these rows; one damaged or newer document must not hide the others from the reaper."""
    return [share for row in rows if (share := _if_readable(row))]


def _first(rows: QuerySet[ShareRow], limit: int) -> list[Share]:
    """The first so many shares of these rows, however many documents before them can't be read."""
    shares: list[Share] = []
    start, size = 0, limit
    while True:
        page = rows[start : start + size]
        shares += _readable(page)
        if len(page) < size or len(shares) >= limit:
            return shares[:limit]
        start, size = start + size, MORE


class EmbeddedStore:
    """Shares as rows of one table."""

    def create(self, share: Share) -> None:
        """See `Store.create`."""
        sent: list[Share] = []
        with _reachable(sent):
            try:
                with transaction.atomic():
                    ShareRow(id=share.id, **_columns(share)).save(force_insert=True)
                    sent.append(share)
            except IntegrityError as error:
                raise IdTaken from error

    def get(self, share_id: str) -> Share:
        """See `Store.get`."""
        with _reachable():
            return _share(ShareRow.objects.filter(pk=share_id).first())

    def update(
        self, share_id: str, change: Change, *, revision: int | None = None, lease: str | None = None
    ) -> Share:
        """See `Store.update`."""
        sent: list[Share] = []
        with _reachable(sent), transaction.atomic():
            share = _share(ShareRow.objects.select_for_update().filter(pk=share_id).first())
            if lease is not None:
                share.require_lease(lease)
            if revision is not None and share.revision != revision:
                raise RevisionMismatch(detail={"revision": share.revision})
            changed = change(share)
            if changed != share:
                ShareRow.objects.filter(pk=share_id).update(**_columns(changed))
                sent.append(changed)
            return changed

    def delete(self, share_id: str, *, at: datetime, reason: str | None = None) -> Share | None:
        """See `Store.delete`."""
        sent: list[Share | None] = []
        with _reachable(sent), transaction.atomic():
            share = _if_readable(ShareRow.objects.select_for_update().filter(pk=share_id).first())
            absent = dict.fromkeys(("document", *_TIMES))
            ShareRow.objects.filter(pk=share_id).update(**absent, deleted_at=at, reason=reason)
            sent.append(share)
            return share

    def due(self, now: datetime, limit: int) -> list[Share]:
        """See `Store.due`."""
        with _reachable():
            return _first(ShareRow.objects.filter(due__lte=now).order_by("due", "id"), limit)

    def waiting(self, limit: int) -> list[Share]:
        """See `Store.waiting`."""
        rows = ShareRow.objects.filter(queued_at__isnull=False).order_by("queued_at", "id")
        with _reachable():
            return _first(rows, limit)

    def waiting_count(self, before: datetime | None = None) -> int:
        """See `Store.waiting_count`."""
        rows = ShareRow.objects.filter(queued_at__isnull=False)
        with _reachable():
            return (rows.filter(queued_at__lt=before) if before else rows).count()

    def expired(self, now: datetime, limit: int) -> list[Share]:
        """See `Store.expired`."""
        rows = ShareRow.objects.filter(expires_at__lte=now).order_by("expires_at", "id")
        with _reachable():
            return _first(rows, limit)

    def newest(self, limit: int, after: str | None = None) -> Page:
        """See `Store.newest`."""
        rows = ShareRow.objects.filter(created_at__isnull=False).order_by("-created_at", "-id")
        if after is not None:
            made, _, share_id = after.partition("/")
            older = Q(created_at__lt=made) | Q(created_at=made, id__lt=share_id)
            rows = rows.filter(older)
        with _reachable():
            found = list(rows[:limit])
        time = found[-1].created_at if len(found) == limit else None
        return Page(_readable(found), f"{time.isoformat()}/{found[-1].pk}" if time else None)

    def present(self, share_ids: list[str]) -> dict[str, Share]:
        """See `Store.present`."""
        with _reachable():
            rows = ShareRow.objects.filter(pk__in=share_ids, deleted_at__isnull=True)
            return {share.id: share for share in _readable(rows)}

    def purge_tombstones(self, before: datetime, limit: int) -> int:
        """See `Store.purge_tombstones`."""
        with _reachable():
            old = ShareRow.objects.filter(deleted_at__lt=before).order_by("deleted_at")
            ids = list(old.values_list("pk", flat=True)[:limit])
            return ShareRow.objects.filter(pk__in=ids, deleted_at__isnull=False).delete()[0]

    def report_worker(self, report: WorkerReport) -> None:
        """See `Store.report_worker`."""
        values = {"seen_at": report.seen_at, "device": report.device, "models": list(report.models)}
        with _reachable():
            WorkerRow.objects.update_or_create(id=report.id, defaults=values)

    def workers(self, since: datetime) -> list[WorkerReport]:
        """See `Store.workers`."""
        with _reachable():
            return [
                WorkerReport(id=row.pk, seen_at=row.seen_at, device=row.device, models=tuple(row.models))
                for row in WorkerRow.objects.filter(seen_at__gte=since).order_by("seen_at", "id")
            ]

    def purge_workers(self, before: datetime) -> None:
        """See `Store.purge_workers`."""
        with _reachable():
            WorkerRow.objects.filter(seen_at__lt=before).delete()

    def ping(self) -> None:
        """See `Store.ping`."""
        with _reachable(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM share LIMIT 1")
