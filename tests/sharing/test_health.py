"""`/healthz` and `/readyz`"""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from sharing import jobs, media
from sharing.models import ShareRow
from tests.sharing.shares import Installation, make

pytestmark = pytest.mark.django_db


def test_the_process_answers(client: Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}


def test_all_is_well(client: Client, installation: Installation) -> None:
    make()
    jobs.report_worker("worker-1", device="cpu", models=[])
    response = client.get("/readyz")
    assert response.status_code == 200
    body = response.json()
    assert (body["ready"], body["degraded"]) == (True, False)
    assert body["checks"]["store"] == {"ok": True, "word": "answers", "waiting": 1}
    assert body["checks"]["worker"]["seconds_since_heartbeat"] < 5
    assert len(installation.files()) == 1


def test_without_redis_or_a_worker_it_can_still_serve(client: Client, settings: Settings) -> None:
    settings.LIMITS_URL = "redis+unix:///nowhere/redis.sock"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["degraded"]) == (200, True)
    assert response.json()["checks"]["redis"] == {"ok": False, "word": "away"}
    assert response.json()["checks"]["worker"]["word"] == "silent"


def test_the_store_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_args: Any) -> None:
        raise OperationalError("database is locked at /secret/path")

    monkeypatch.setattr(ShareRow.objects, "filter", locked)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["ready"]) == (503, False)
    assert "secret" not in response.content.decode()


def test_media_is_read_only(client: Client, installation: Installation) -> None:
    installation.media.write_text("a file where a folder should be")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["media"] == {"ok": False, "word": "away"}


def test_the_disk_is_nearly_full(client: Client, settings: Settings) -> None:
    settings.STEMLINK_MIN_FREE_BYTES = 10**18
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["disk"]["word"] == "full"


def test_who_asks_all_the_time_costs_one_write_a_second(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[None] = []
    monkeypatch.setattr(media, "check", lambda: checked.append(None))
    for _ in range(5):
        client.get("/readyz")
    assert len(checked) == 1
