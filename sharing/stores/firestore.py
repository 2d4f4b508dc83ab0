"""The store for many machines: Google's Firestore, in native mode.

A share is one document, `shares/<id>`: `document` as every store keeps it, beside it the times by which it is found
(each absent unless it applies, so that a query by one of them needs no index but the automatic ones) and `writes`, the
names of the last few writes. Reads and writes are single steps joined by preconditions: a change is written only
if the document is still the one that was read, else it is read again. When a write's answer gets lost, its name tells
the next attempt whether it had arrived.

`forget_at` is for Firestore's own TTL policy, which forgets what the reaper would, should no reaper run.
docs/firestore.md says how a database is set up for this.
"""

import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import quote
from uuid import uuid4

from django.conf import settings
from google.api_core.exceptions import AlreadyExists, NotFound
from google.cloud.firestore import (
    DELETE_FIELD,
    CollectionReference,
    DocumentReference,
    DocumentSnapshot,
    FieldFilter,
    Query,
)

from sharing.documents import from_document, to_document
from sharing.domain import Share, WorkerReport
from sharing.errors import (
    IdTaken,
    Problem,
    RevisionMismatch,
    ShareGone,
    ShareNotFound,
    TakenDown,
    Unreadable,
)
from sharing.of_process import OfProcess
from sharing.stores.base import MORE, Change, Page
from sharing.stores.firestore_calls import (
    ONCE,
    TRANSIENT,
    connect,
    patiently,
    reachable,
    until_undisturbed,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
Fields = dict[str, Any]
Snapshot = DocumentSnapshot[DocumentReference]

MAX_BYTES = 1_000_000  # Firestore's limit is 1,048,576, and its own count is a little above ours
REMEMBERED_WRITES = 8
PURGE_WORKERS = 500
WORKER_DAYS = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ShareTooLarge(Problem):
    """A share's document is larger than Firestore takes."""

    status, code = 413, "share_too_large"
    message = "There is more in this share than can be kept. Use fewer stems, or shorter names."


class FirestoreStore:
    """Shares as documents of Firestore. `prefix` keeps the collections of several users of one database apart."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._clients = OfProcess(connect)

    def create(self, share: Share) -> None:
        """See `Store.create`."""
        write, reference = _new_write(), self._shares.document(share.id)
        fields = {name: value for name, value in _fields(share).items() if value is not None}
        lost: list[str] = []

        def attempt() -> None:
            try:
                reference.create(fields | {"writes": [write]}, **ONCE)
            except TRANSIENT:
                lost.append(write)
                raise

        with reachable(lost):
            try:
                patiently(attempt)()
            except AlreadyExists as error:
                if write not in _writes(_get(reference)):  # else it was ours, whose answer got lost
                    raise IdTaken from error

    def get(self, share_id: str) -> Share:
        """See `Store.get`."""
        with reachable():
            return _share(_get(self._shares.document(share_id)))

    def update(
        self, share_id: str, change: Change, *, revision: int | None = None, lease: str | None = None
    ) -> Share:
        """See `Store.update`."""

        def step(before: Snapshot) -> tuple[Share, Fields | None]:
            share = _share(before)
            if lease is not None:
                share.require_lease(lease)
            if revision is not None and share.revision != revision:
                raise RevisionMismatch(detail={"revision": share.revision})
            changed = change(share)
            return changed, _fields(changed) if changed != share else None

        return self._replace(share_id, step)

    def delete(self, share_id: str, *, at: datetime, reason: str | None = None) -> Share | None:
        """See `Store.delete`."""
        return self._replace(share_id, lambda before: (_if_readable(before), _tombstone(at, reason)))

    def due(self, now: datetime, limit: int) -> list[Share]:
        """See `Store.due`."""
        return self._first(_by_time(self._shares, "due", "<=", now), limit)

    def waiting(self, limit: int) -> list[Share]:
        """See `Store.waiting`."""
        return self._first(_by_time(self._shares, "queued_at", ">", EPOCH), limit)

    def waiting_count(self, before: datetime | None = None) -> int:
        """See `Store.waiting_count`."""
        bound = ("<", before) if before else (">", EPOCH)
        count = _by_time(self._shares, "queued_at", *bound).count()
        with reachable():
            ((counted,),) = patiently(lambda: cast(Any, count.get(**ONCE)))()
        return int(counted.value)

    def expired(self, now: datetime, limit: int) -> list[Share]:
        """See `Store.expired`."""
        return self._first(_by_time(self._shares, "expires_at", "<=", now), limit)

    def newest(self, limit: int, after: str | None = None) -> Page:
        """See `Store.newest`."""
        down = {"direction": Query.DESCENDING}
        query = self._shares.order_by("created_at", **down).order_by("__name__", **down)
        if after is not None:
            made, _, share_id = after.partition("/")
            query = query.start_after([datetime.fromisoformat(made), self._shares.document(share_id)])
        found = self._found(query.limit(limit))
        if len(found) < limit:
            return Page(_readable(found), None)
        time = _plain_time(_values(found[-1])["created_at"])
        return Page(_readable(found), f"{time.isoformat()}/{found[-1].id}")

    def present(self, share_ids: list[str]) -> dict[str, Share]:
        """See `Store.present`."""
        if not share_ids:
            return {}
        references = [self._shares.document(share_id) for share_id in share_ids]
        with reachable():
            found = patiently(lambda: list(self._clients.get().get_all(references, **ONCE)))()
        alive = (snapshot for snapshot in found if snapshot.exists and "document" in _values(snapshot))
        return {share.id: share for share in _readable(alive)}

    def purge_tombstones(self, before: datetime, limit: int) -> int:
        """See `Store.purge_tombstones`."""
        return self._purge(_by_time(self._shares, "deleted_at", "<", before).limit(limit))

    def report_worker(self, report: WorkerReport) -> None:
        """See `Store.report_worker`."""
        fields = {
            "id": report.id,
            "seen_at": report.seen_at,
            "device": report.device,
            "models": list(report.models),
            "forget_at": report.seen_at + timedelta(days=WORKER_DAYS),
        }
        with reachable():
            patiently(self._workers.document(quote(report.id, safe="")).set)(fields, **ONCE)

    def workers(self, since: datetime) -> list[WorkerReport]:
        """See `Store.workers`."""
        return [
            WorkerReport(
                id=values["id"],
                seen_at=_plain_time(values["seen_at"]),
                device=values["device"],
                models=tuple(values["models"]),
            )
            for values in map(_values, self._found(_by_time(self._workers, "seen_at", ">=", since)))
        ]

    def purge_workers(self, before: datetime) -> None:
        """See `Store.purge_workers`."""
        self._purge(_by_time(self._workers, "seen_at", "<", before).limit(PURGE_WORKERS))

    def ping(self) -> None:
        """See `Store.ping`."""
        with reachable():
            _get(self._workers.document("ping"))

    @property
    def _shares(self) -> CollectionReference:
        return self._clients.get().collection(f"{self._prefix}shares")

    @property
    def _workers(self) -> CollectionReference:
        return self._clients.get().collection(f"{self._prefix}workers")

    def _replace(self, share_id: str, step: Callable[[Snapshot], tuple[T, Fields | None]]) -> T:
        """Read, have `step` say what is returned and what is written (None: nothing), write; repeat when disturbed."""
        reference = self._shares.document(share_id)
        lost: dict[str, T] = {}

        def attempt() -> T:
            before = reference.get(**ONCE)
            writes = _writes(before)
            for write in writes:
                if write in lost:
                    return lost[write]
            result, fields = step(before)
            if fields is None:
                return result
            write = _new_write()
            values = {name: DELETE_FIELD if value is None else value for name, value in fields.items()}
            values["writes"] = [write, *writes][:REMEMBERED_WRITES]
            unchanged = self._clients.get().write_option(last_update_time=before.update_time)
            try:
                reference.update(values, option=unchanged, **ONCE)
            except NotFound as error:
                raise ShareNotFound from error
            except TRANSIENT:
                lost[write] = result
                raise
            return result

        with reachable(lost):
            return until_undisturbed(attempt)()

    def _first(self, query: Query, limit: int) -> list[Share]:
        """The first so many shares of a query, however many documents before them can't be read."""
        page = self._found(query.limit(size := limit))
        shares = _readable(page)
        while len(page) == size and len(shares) < limit:
            page = self._found(query.limit(size := MORE).start_after(page[-1]))
            shares += _readable(page)
        return shares[:limit]

    def _found(self, query: Query) -> list[Snapshot]:
        with reachable():
            return patiently(lambda: list(query.stream(**ONCE)))()

    def _purge(self, query: Query) -> int:
        """Delete what a query finds, unless it has changed meanwhile; returns how many."""

        def attempt() -> int:
            client, found = self._clients.get(), list(query.stream(**ONCE))
            batch = client.batch()
            for snapshot in found:
                unchanged = client.write_option(last_update_time=snapshot.update_time)
                batch.delete(snapshot.reference, option=unchanged)
            if found:
                batch.commit(**ONCE)
            return len(found)

        with reachable():
            return until_undisturbed(attempt)()


def _fields(share: Share) -> Fields:
    """What is kept of a share; None for what must be absent."""
    document = to_document(share)
    if len(json.dumps(document, ensure_ascii=False).encode()) > MAX_BYTES:
        raise ShareTooLarge
    over = share.expires_at
    return {
        "document": document,
        "created_at": share.created_at,
        "queued_at": share.queued_at,
        "due": share.due,
        "expires_at": over,
        "forget_at": over and _forget_at(over),
    }


def _tombstone(at: datetime, reason: str | None) -> Fields:
    absent = dict.fromkeys(("document", "created_at", "queued_at", "due", "expires_at"))
    return {**absent, "deleted_at": at, "reason": reason, "forget_at": _forget_at(at)}


def _forget_at(over: datetime) -> datetime:
    return over + timedelta(days=settings.STEMLINK_TOMBSTONE_DAYS)


def _by_time(collection: CollectionReference, field: str, operator: str, time: datetime) -> Query:
    """Documents by one of their times, oldest first, and those of the same time by their ids."""
    return collection.where(filter=FieldFilter(field, operator, time)).order_by(field)


def _get(reference: DocumentReference) -> Snapshot:
    return patiently(reference.get)(**ONCE)


def _values(snapshot: Snapshot) -> Fields:
    return snapshot.to_dict() or {}


def _writes(snapshot: Snapshot) -> list[str]:
    return list(_values(snapshot).get("writes", ()))


def _new_write() -> str:
    return uuid4().hex[:16]


def _share(snapshot: Snapshot) -> Share:
    if not snapshot.exists:
        raise ShareNotFound
    values = _values(snapshot)
    if "reason" in values:
        raise TakenDown(values["reason"])
    if "document" not in values:
        raise ShareGone
    return from_document(values["document"])


def _if_readable(snapshot: Snapshot) -> Share | None:
    """The share of a document; None where that can't be read."""
    try:
        return _share(snapshot)
    except Unreadable as problem:
        log.error("Share %s can't be read: %s", snapshot.id, problem)
        return None


def _readable(snapshots: Iterable[Snapshot]) -> list[Share]:
    """The shares of these documents; one that is damaged or newer must not hide the others from the reaper."""
    return [share for snapshot in snapshots if (share := _if_readable(snapshot))]


def _plain_time(value: datetime) -> datetime:
    """A time without the nanoseconds of the client's own kind."""
    return datetime.fromisoformat(value.isoformat()).astimezone(UTC)
