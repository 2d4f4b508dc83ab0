"""What only the embedded store promises: several processes on one file, and a database that is away."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from sharing.domain import Share, WorkerReport
from sharing.errors import OutcomeUnknown, StoreUnavailable
from sharing.models import ShareRow
from sharing.stores.embedded import EmbeddedStore
from tests.sharing.shares import NOON, share

pytestmark = pytest.mark.django_db(transaction=True)

# Another process: claims what it can of the ids that it is given, and prints which it got.
CLAIMER = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from datetime import UTC, datetime
from sharing.domain import Lease
from sharing.domain import WorkerReport
from sharing.errors import LeaseLost
from sharing.stores import get_store
lease = Lease(id=sys.argv[2], worker=sys.argv[2], deadline=datetime.now(UTC))
print("ready", flush=True)
input()
for share_id in sys.argv[3:]:
    try:
        get_store().update(share_id, lambda found: found.claim(lease))
    except LeaseLost:
        continue
    print(share_id, flush=True)
"""


def test_it_writes_ahead_and_begins_immediately() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_four_processes_claim_and_none_twice(tmp_path: Path) -> None:
    store, shares = EmbeddedStore(), [share() for _ in range(12)]
    for one in shares:
        store.create(one)
    ids = [one.id for one in shares]
    database = str(connection.settings_dict["NAME"])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "STEMLINK_DATA": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, database, f"worker-{n}", *ids[n:], *ids[:n]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=settings.BASE_DIR,
        )
        for n in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    won = [line for process in processes for line in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(won) == sorted(ids)


def broken(*_args: Any, **_kwargs: Any) -> None:
    raise OperationalError("disk I/O error")


CALLS: dict[str, Callable[[EmbeddedStore], object]] = {
    "get": lambda store: store.get("x"),
    "update": lambda store: store.update("x", lambda found: found),
    "delete": lambda store: store.delete("x", at=NOON),
    "due": lambda store: store.due(NOON, 1),
    "waiting": lambda store: store.waiting(1),
    "waiting_count": lambda store: store.waiting_count(),
    "expired": lambda store: store.expired(NOON, 1),
    "newest": lambda store: store.newest(1),
    "present": lambda store: store.present(["x"]),
    "purge_tombstones": lambda store: store.purge_tombstones(NOON, 1),
    "report_worker": lambda store: store.report_worker(WorkerReport(id="w", seen_at=NOON)),
    "workers": lambda store: store.workers(NOON),
    "purge_workers": lambda store: store.purge_workers(NOON),
    "ping": lambda store: store.ping(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_database_that_is_away_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[EmbeddedStore], object]
) -> None:
    monkeypatch.setattr(connection, "cursor", broken)
    with pytest.raises(StoreUnavailable, match="database is not reachable"):
        call(EmbeddedStore())


WRITES: dict[str, Callable[[EmbeddedStore, Share], object]] = {
    "create": lambda store, _kept: store.create(share()),
    "update": lambda store, kept: store.update(kept.id, lambda found: replace(found, title="another")),
    "delete": lambda store, kept: store.delete(kept.id, at=NOON),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_commit_without_an_answer_may_have_been_done_on_postgres(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[EmbeddedStore, Share], object]
) -> None:
    store, kept = EmbeddedStore(), share()
    store.create(kept)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "commit", broken)
        with pytest.raises(StoreUnavailable) as told:
            write(store, kept)
        with pytest.raises(StoreUnavailable) as nothing_sent:
            store.update(kept.id, lambda found: found)
    assert type(told.value) is (OutcomeUnknown if connection.vendor == "postgresql" else StoreUnavailable)
    assert type(nothing_sent.value) is StoreUnavailable


def test_a_document_of_a_newer_version_is_refused_and_left_alone() -> None:
    store, kept = EmbeddedStore(), share()
    store.create(kept)
    newer = {"schema": 99, "title": "from the future"}
    ShareRow.objects.filter(pk=kept.id).update(document=newer)
    with pytest.raises(StoreUnavailable, match="newer Stemlink"):
        store.update(kept.id, lambda found: found.cancel())
    assert ShareRow.objects.get(pk=kept.id).document == newer
    assert store.waiting(9) == []
