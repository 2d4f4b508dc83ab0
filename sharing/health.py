"""Is the process there (`/healthz`), can it do its work (`/readyz`), and what has it done (`/metrics`)?"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import RedisError

from sharing import clock, media, metrics, throttling
from sharing.domain import WorkerReport
from sharing.errors import Problem
from sharing.manifest import WORKER_SILENCE
from sharing.stores import get_store
from sharing.ttl import TtlCache

Check = dict[str, Any]
NEEDED = ("store", "media", "disk")  # without Redis or a worker shares can still be made, heard and changed
HEADERS = {"Cache-Control": "no-store"}

# Whoever asks all the time doesn't cost a write into media and three reads of the store each time.
_seen: TtlCache[str, Check] = TtlCache(seconds=1)


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True}, headers=HEADERS)


def alive() -> None:
    """A process that answers no requests shows that it lives."""
    if settings.STEMLINK_ALIVE_FILE:
        Path(settings.STEMLINK_ALIVE_FILE).touch()


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when shares can be made and heard, else 503; says of each part how it is, in a word."""
    checks = look()
    ready = all(checks[name]["ok"] for name in NEEDED)
    body = {"ready": ready, "degraded": not all(check["ok"] for check in checks.values()), "checks": checks}
    return JsonResponse(body, status=200 if ready else 503, headers=HEADERS)


@require_safe
def scrape(request: HttpRequest) -> HttpResponse:
    """Metrics for Prometheus, for whoever has the key; without a key in the settings there is no such page."""
    key = settings.STEMLINK_METRICS_KEY
    if not key:
        return HttpResponse("STEMLINK_METRICS_KEY isn't set.\n", "text/plain", 404, headers=HEADERS)
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {key}"):
        wanted = HEADERS | {"WWW-Authenticate": "Bearer"}
        return HttpResponse("Send the key: Authorization: Bearer ...\n", "text/plain", 401, headers=wanted)
    text = _text(Present())
    with suppress(RedisError):  # as stemlink_part_up tells; no counters are better than too small ones
        text += _text(metrics.Sums())
    return HttpResponse(text, CONTENT_TYPE_PLAIN_0_0_4, headers=HEADERS)


def look() -> dict[str, Check]:
    """How each part is."""
    return {name: _seen.get(name, partial(_guarded, check)) for name, check in CHECKS.items()}


class Present(Collector):
    """What can be asked for when it is wanted: the queue, the workers, the parts."""

    def collect(self) -> Iterator[Metric]:
        """Gauges; those of a part that doesn't answer are absent."""
        checks = look()
        up = GaugeMetricFamily("stemlink_part_up", "Whether this part is well.", labels=["part"])
        for name, check in checks.items():
            up.add_metric([name], float(check["ok"]))
        yield up
        if "free_bytes" in checks["disk"]:
            free = checks["disk"]["free_bytes"]
            yield GaugeMetricFamily("stemlink_disk_free_bytes", "On the fuller of its disks.", value=free)
        if "waiting" in checks["store"]:
            with suppress(Problem):
                yield from _queue(checks["store"]["waiting"])


def _queue(waiting: int) -> Iterator[Metric]:
    now, store = clock.now(), get_store()
    first = [share.job.queued_at for share in store.waiting(1)]
    oldest = max((now - first[0]).total_seconds(), 0) if first else 0
    yield GaugeMetricFamily("stemlink_queue_length", "Shares that wait.", value=waiting)
    yield GaugeMetricFamily("stemlink_oldest_wait_seconds", "Since the first one waits.", value=oldest)
    workers = GaugeMetricFamily("stemlink_workers", "Workers that were heard of lately.", labels=["device"])
    devices = [report.device for report in _workers()]
    for device in sorted({"cpu", *devices}):
        workers.add_metric([device], devices.count(device))
    yield workers


def _text(collector: Collector) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return generate_latest(registry)


def _store() -> Check:
    get_store().ping()
    return _good("answers", waiting=get_store().waiting_count())


def _redis() -> Check:
    return _good("answers") if throttling.redis_answers() else _bad("away")


def _media() -> Check:
    media.check()
    return _good("writable")


def _disk() -> Check:
    """The fuller of the disks on which data and media lie."""
    of_data, of_media = shutil.disk_usage(settings.STEMLINK_DATA).free, media.free()
    free = of_data if of_media is None else min(of_data, of_media)
    enough = free >= settings.STEMLINK_MIN_FREE_BYTES
    return (_good("enough") if enough else _bad("full")) | {"free_bytes": free}


def _worker() -> Check:
    seen = [report.seen_at for report in _workers()]
    if not seen:
        return _bad("silent") | {"workers": 0, "seconds_since_heartbeat": None}
    age = round((clock.now() - max(seen)).total_seconds(), 1)
    return _good("works", workers=len(seen), seconds_since_heartbeat=age)


def _workers() -> list[WorkerReport]:
    return get_store().workers(since=clock.now() - WORKER_SILENCE)


def _good(word: str, **more: Any) -> Check:
    return {"ok": True, "word": word, **more}


def _bad(word: str) -> Check:
    return {"ok": False, "word": word}


def _guarded(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception:  # the cause is in the log; strangers needn't know it
        return _bad("away")


CHECKS: dict[str, Callable[[], Check]] = {
    "store": _store,
    "redis": _redis,
    "media": _media,
    "disk": _disk,
    "worker": _worker,
}
