"""What is counted, in Prometheus' terms, over all processes and machines of an installation.

Each process counts in its memory, and adds what is new to a hash in Redis every few seconds; whoever asks for /metrics
is told the sums. So nothing is on a disk, no process has to be asked, and one that died took a few seconds with it.
An emptied Redis looks like a restart, which Prometheus expects of counters. Without a key in the settings nothing is
sent.
"""

import json
import logging
import threading
from collections.abc import Iterator
from functools import cache
from typing import cast

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.registry import Collector
from redis import Redis, RedisError

log = logging.getLogger(__name__)

KEY = "stemlink:metrics"
_here = CollectorRegistry()

REQUESTS = Counter("stemlink_requests", "Answers.", ["route", "method", "status"], registry=_here)
REQUEST_SECONDS = Histogram(
    "stemlink_request_seconds",
    "From the first byte of a request to the last of its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=_here,
)
SENT_BYTES = Counter("stemlink_sent_bytes", "Bytes of answers' bodies.", ["route"], registry=_here)
UPLOADS = Counter("stemlink_uploads", "Files that came in whole.", registry=_here)
UPLOADED_BYTES = Counter("stemlink_uploaded_bytes", "Bytes of files that came in whole.", registry=_here)
JOBS = Counter(
    "stemlink_jobs",
    "Attempts by how they ended: done, retried, failed (for good), returned (by a worker that was told to stop).",
    ["kind", "outcome"],
    registry=_here,
)
WAIT_SECONDS = Histogram(
    "stemlink_wait_seconds",
    "How long shares waited for their first worker.",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600),
    registry=_here,
)
SONG_SECONDS = Counter(
    "stemlink_separated_song_seconds", "Sound that was separated.", ["model", "device"], registry=_here
)
WORK_SECONDS = Counter(
    "stemlink_separation_seconds", "Time that this took workers.", ["model", "device"], registry=_here
)
STORE_ERRORS = Counter("stemlink_store_errors", "Calls that the store didn't answer.", registry=_here)
REAPER_PASSES = Counter(
    "stemlink_reaper_passes", "Passes: done, cut_short, failed.", ["outcome"], registry=_here
)

_sent: dict[str, float] = {}
_lock = threading.Lock()


def start() -> None:
    """In each process that serves or works, after its fork: add up from now on."""
    if settings.STEMLINK_METRICS_KEY:
        threading.Thread(target=_add_up, name="metrics", daemon=True).start()


def flush() -> None:
    """Add what this process has counted since the last time; when Redis is away, the next time."""
    if not settings.STEMLINK_METRICS_KEY:
        return
    with _lock:
        now = {
            json.dumps([family.name, sample.name, sample.labels]): sample.value
            for family in _here.collect()
            for sample in family.samples
            if not sample.name.endswith("_created")
        }
        new = {field: value - _sent.get(field, 0) for field, value in now.items()}
        try:
            with _redis().pipeline() as pipe:
                for field, value in new.items():
                    if value:
                        pipe.hincrbyfloat(KEY, field, value)
                pipe.execute()
        except RedisError as error:
            log.warning("Metrics wait until Redis answers: %s", error)
        else:
            _sent.update(now)


class Sums(Collector):
    """The sums of all processes. Raises RedisError."""

    def collect(self) -> Iterator[Metric]:
        """Each family as it is declared here, with the samples that Redis has of it."""
        flush()
        fields = cast(dict[bytes, bytes], _redis().hgetall(KEY))
        found = [(*json.loads(field), float(value)) for field, value in fields.items()]
        for family in _here.collect():
            metric = Metric(family.name, family.documentation, family.type)
            for name, labels, value in sorted(
                ((name, labels, value) for of, name, labels, value in found if of == family.name), key=_order
            ):
                metric.add_sample(name, labels, value)
            yield metric


def _order(sample: tuple[str, dict[str, str], float]) -> tuple[list[str], str, float]:
    """Samples of one set of labels together, and its buckets in ascending order."""
    name, labels, _value = sample
    return [v for k, v in sorted(labels.items()) if k != "le"], name, float(labels.get("le", 0))


@cache
def _redis() -> Redis:
    url = f"unix://{settings.REDIS_SOCKET}" if settings.REDIS_IS_OURS else settings.REDIS_URL
    client: Redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
    return client


def _add_up() -> None:
    over = threading.Event()
    while not over.wait(settings.STEMLINK_METRICS_SECONDS):
        flush()
