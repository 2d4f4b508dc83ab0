"""Ringing neither fails nor delays whoever rings."""

import importlib
import logging
import socket
import threading
import time

import pytest

from sharing import doorbell
from tests.sharing.shares import Installation


@pytest.fixture(autouse=True)
def real(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real doorbell, which the room's fixture has replaced."""
    monkeypatch.undo()
    monkeypatch.setattr(doorbell, "_down_until", 0.0)


def settled(seconds: float) -> bool:
    """Whether everything that was rung has been sent or given up within that time."""
    try:
        doorbell._bellboy().submit(int).result(seconds)
    except TimeoutError:
        return False
    return True


def point_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = importlib.import_module("config.celery").app
    original = app.connection_for_write
    monkeypatch.setattr(app, "connection_for_write", lambda **options: original(url, **options))


def test_a_broker_that_is_away_is_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    point_at("redis+socket:///nowhere/redis.sock", monkeypatch)
    with caplog.at_level(logging.WARNING):
        started = time.monotonic()
        doorbell.ring("TryTheStems")
        assert time.monotonic() - started < 0.1
        assert settled(5)
    assert "the reaper will ring for share TryTheStems" in caplog.text


def test_a_broker_that_hangs_delays_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        point_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", monkeypatch)
        with caplog.at_level(logging.WARNING):
            started = time.monotonic()
            doorbell.ring("TryTheStems")
            assert time.monotonic() - started < 0.1
            assert settled(10)
    assert time.monotonic() - started < 6


def test_a_hundred_rings_in_vain_wait_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        point_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", monkeypatch)
        for _ in range(100):
            doorbell.ring("TryTheStems")
        assert settled(6)


def test_rings_in_vain_do_not_pile_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()
    monkeypatch.setattr(doorbell, "_send", lambda _share_id: go.wait(5))
    with caplog.at_level(logging.WARNING):
        for _ in range(150):
            doorbell.ring("TryTheStems")
    go.set()
    assert settled(5)
    assert sum("doesn't keep up" in record.message for record in caplog.records) == 50


def test_the_queue_of_a_broker_that_is_away_has_no_length(monkeypatch: pytest.MonkeyPatch) -> None:
    point_at("redis+socket:///nowhere/redis.sock", monkeypatch)
    assert doorbell.messages() is None
