"""`/metrics`: the sums of all processes, for whoever has the key."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from sharing import jobs, metrics
from sharing.clock import now
from sharing.errors import StoreUnavailable
from sharing.models import ShareRow
from sharing.stores.embedded import EmbeddedStore
from tests.sharing.shares import begin, keep, make, make_done, queued

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a key that is long enough"


@pytest.fixture
def counters(server: Path, settings: Settings) -> Iterator[redis.Redis]:
    """A real Redis, empty, and a process that hasn't counted anything yet."""
    settings.STEMLINK_METRICS_KEY = SECRET
    settings.REDIS_SOCKET = str(server)
    metrics._redis.cache_clear()
    metrics.flush()
    with redis.Redis(unix_socket_path=str(server)) as client:
        client.flushall()
        yield client
    metrics._redis().close()
    metrics._redis.cache_clear()


def scrape(client: Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(client: Client, name: str, **labels: str) -> float | None:
    return scrape(client).get((name, tuple(sorted(labels.items()))))


def test_without_a_key_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {SECRET}", f"Bearer {SECRET}x", "Bearer ä"]
)
def test_without_the_right_key_nothing_is_told(client: Client, settings: Settings, header: str) -> None:
    settings.STEMLINK_METRICS_KEY = SECRET
    answer = client.get("/metrics", headers={"Authorization": header})
    assert answer.status_code == 401
    assert b"stemlink_" not in answer.content


def test_the_queue_and_the_workers_are_as_they_are_now(client: Client, counters: redis.Redis) -> None:
    keep(queued(now() - timedelta(seconds=90)))
    make()
    jobs.report_worker("w1", device="cuda:0", models=[])
    found = scrape(client)
    assert found["stemlink_queue_length", ()] == 2
    assert 90 <= found["stemlink_oldest_wait_seconds", ()] < 100
    assert found["stemlink_workers", (("device", "cuda:0"),)] == 1
    assert found["stemlink_workers", (("device", "cpu"),)] == 0
    assert found["stemlink_part_up", (("part", "store"),)] == 1
    assert found["stemlink_disk_free_bytes", ()] > 0


def test_how_jobs_end_is_counted(client: Client, counters: redis.Redis) -> None:
    make_done()
    waiting = make()
    jobs.give_back(begin(waiting.id))
    jobs.fail(begin(waiting.id), "crash", "It crashed.", retry=True)
    jobs.fail(begin(waiting.id), "too_long", "It is too long.", retry=False)
    outcomes = {
        outcome: value(client, "stemlink_jobs_total", kind="separate", outcome=outcome)
        for outcome in ("done", "returned", "retried", "failed")
    }
    assert outcomes == {"done": 1, "returned": 1, "retried": 1, "failed": 1}
    assert value(client, "stemlink_wait_seconds_count") == 2
    assert value(client, "stemlink_wait_seconds_bucket", le="+Inf") == 2


def test_what_other_processes_counted_is_added_up(
    client: Client, counters: redis.Redis, server: Path, tmp_path: Path
) -> None:
    script = (
        "import django; django.setup()\nfrom django.conf import settings\nfrom sharing import metrics\n"
        "metrics.SENT_BYTES.labels('media').inc(1000)\nmetrics.flush()\nmetrics.flush()"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STEMLINK_DATA": str(tmp_path),
        "STEMLINK_METRICS_KEY": SECRET,
        "REDIS_URL": f"unix://{server}",
    }
    for _process in range(2):
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, timeout=60)
    metrics.SENT_BYTES.labels("media").inc(5)
    assert value(client, "stemlink_sent_bytes_total", route="media") == 2005


def test_without_redis_what_is_now_is_told_and_what_was_waits(
    client: Client, counters: redis.Redis, server: Path, settings: Settings
) -> None:
    metrics.UPLOADS.inc()
    settings.REDIS_SOCKET = "/nowhere/redis.sock"
    metrics._redis.cache_clear()
    found = scrape(client)
    assert found["stemlink_queue_length", ()] == 0
    assert ("stemlink_uploads_total", ()) not in found
    settings.REDIS_SOCKET = str(server)
    metrics._redis.cache_clear()
    assert value(client, "stemlink_uploads_total") == 1


def test_a_store_that_is_away_leaves_the_rest(
    client: Client, counters: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_more: object) -> None:
        raise StoreUnavailable

    for call in ("ping", "waiting", "waiting_count", "workers"):
        monkeypatch.setattr(EmbeddedStore, call, away)
    found = scrape(client)
    assert found["stemlink_part_up", (("part", "store"),)] == 0
    assert found["stemlink_part_up", (("part", "media"),)] == 1
    assert ("stemlink_queue_length", ()) not in found


def test_what_the_store_does_not_answer_is_counted(
    client: Client, counters: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_which: object) -> None:
        raise OperationalError("database is locked")

    share = make()
    monkeypatch.setattr(ShareRow.objects, "filter", locked)
    assert client.get(share.path).status_code == 503
    monkeypatch.undo()
    assert value(client, "stemlink_store_errors_total") == 1


def test_what_is_never_asked_for_is_never_sent(counters: redis.Redis, settings: Settings) -> None:
    settings.STEMLINK_METRICS_KEY = ""
    metrics.UPLOADS.inc()
    metrics.flush()
    assert counters.hgetall(metrics.KEY) == {}
    settings.STEMLINK_METRICS_KEY = SECRET
    metrics.flush()
