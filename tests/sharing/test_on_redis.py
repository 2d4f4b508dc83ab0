"""Limits and the doorbell on a real Redis."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from sharing import doorbell, reaper, throttling
from sharing.clock import now
from tests.sharing.shares import Installation, make, post_song

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(
    server: Path, settings: Settings, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> Iterator[redis.Redis]:
    """That Redis, empty, as broker and for limits."""
    monkeypatch.undo()  # the real doorbell
    monkeypatch.setattr(doorbell, "_down_until", 0.0)
    settings.LIMITS_URL = f"redis+unix://{server}"
    app = importlib.import_module("config.celery").app
    original = app.connection_for_write
    monkeypatch.setattr(app, "connection_for_write", lambda **o: original(f"redis+socket://{server}", **o))
    with redis.Redis(unix_socket_path=str(server)) as client:
        client.flushall()
        yield client
    throttling._redis().storage.close()  # type: ignore[attr-defined]


def rung() -> None:
    """Wait until the doorbell's thread has sent what it was given."""
    doorbell._bellboy().submit(int).result(10)


def test_a_ring_is_one_message_that_names_the_task_and_the_share(broker: redis.Redis) -> None:
    assert doorbell.messages() == 0
    doorbell.ring("TryTheStems")
    rung()
    assert doorbell.messages() == 1
    (message,) = broker.lrange(django_settings.CELERY_QUEUE, 0, -1)
    assert json.loads(message)["headers"]["task"] == "separation.tasks.work"
    assert json.loads(message)["headers"]["argsrepr"] == "['TryTheStems']"


def test_an_emptied_queue_is_filled_again_once(broker: redis.Redis, settings: Settings) -> None:
    settings.STEMLINK_REAPER_SECONDS = 0
    for _ in range(3):
        make()
    rung()
    broker.flushall()
    for _ in range(4):
        reaper.ring_waiting(now())
        rung()
    assert doorbell.messages() == 3


def test_limits_are_shared_by_processes(broker: redis.Redis, client: Client, settings: Settings) -> None:
    settings.STEMLINK_CREATE_LIMIT = "2/hour"
    assert [post_song(client).status_code for _ in range(2)] == [201, 201]
    throttling._redis().storage.close()  # type: ignore[attr-defined]
    throttling._redis.cache_clear()
    throttling._memory.cache_clear()
    response = post_song(client)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600


def test_no_address_is_in_redis(broker: redis.Redis, client: Client) -> None:
    post_song(client, REMOTE_ADDR="192.0.2.77")
    client.get("/api/shares/2222222222A/", REMOTE_ADDR="192.0.2.77")
    keys = [str(key) for key in broker.scan_iter()]
    assert any("create" in key for key in keys)
    assert any("miss" in key for key in keys)
    assert not [key for key in keys if "192.0.2" in key]
    assert all(int(broker.ttl(key)) > 0 for key in broker.scan_iter("LIMITS*"))


def test_redis_is_found_well(broker: redis.Redis) -> None:
    assert throttling.redis_answers()
