"""The heartbeat of an attempt: when it beats, and what stops the work."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from pytest_django import Settings

from separation.segments import SEGMENT_FRAMES, SegmentWriter
from separation.tasks import heartbeat, leaving
from separation.tasks.heartbeat import Heartbeat
from sharing import jobs
from sharing.domain import Job, Share
from sharing.errors import Cancelled, LeaseLost, StoreUnavailable
from tests.running import wait_for

NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Stems:
    """A writer that reaches as far as a test says."""

    def __init__(self) -> None:
        self.available_frames = 0


class Store:
    """Takes beats, or does what a test wants instead."""

    def __init__(self) -> None:
        self.beats: list[jobs.Progress] = []
        self.instead: Callable[[], None] = lambda: None

    def beat(self, _claim: jobs.Claim, progress: jobs.Progress) -> None:
        self.instead()
        self.beats.append(progress)


@pytest.fixture
def claim() -> jobs.Claim:
    job = Job(model="classical", queued_at=NOW, source=None)
    return jobs.Claim(
        Share(id="a" * 11, title="", token_hash="", created_at=NOW, job=job), 1, "lease", "shares/a/1/"
    )


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Store]:
    settings.STEMLINK_HEARTBEAT_SECONDS = 0.05
    settings.STEMLINK_LEASE_SECONDS = 1.5
    store = Store()
    monkeypatch.setattr(jobs, "beat", store.beat)
    yield store
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_it_beats_until_it_is_left(claim: jobs.Claim, store: Store) -> None:
    with Heartbeat(claim) as heart:
        wait_for(lambda: len(store.beats) >= 3)
        assert not heart.should_stop()
    count = len(store.beats)
    time.sleep(0.15)
    assert len(store.beats) == count


def test_it_tells_at_once_that_there_is_something_to_hear(
    claim: jobs.Claim, store: Store, settings: Settings
) -> None:
    settings.STEMLINK_HEARTBEAT_SECONDS = 60
    stems = Stems()
    with Heartbeat(claim) as heart:
        heart.watch(1_000, stems)
        stems.available_frames = 100
        wait_for(lambda: store.beats, seconds=2)
    assert (store.beats[0].available_frames, store.beats[0].fraction) == (100, 0.1)


def test_media_that_is_away_holds_up_no_beat(claim: jobs.Claim, store: Store) -> None:
    away = threading.Event()

    def put(name: str, _content: bytes) -> None:
        if name.endswith("peaks.bin"):
            assert away.wait(20)

    with Heartbeat(claim) as heart, SegmentWriter(put, ["a"], 3 * SEGMENT_FRAMES, 44_100, 1.0) as writer:
        heart.watch(3 * SEGMENT_FRAMES, writer)
        writer.write(np.zeros((1, 2, SEGMENT_FRAMES), np.float32))
        count = len(store.beats)
        wait_for(lambda: len(store.beats) > count + 10)  # longer than the lease
        assert not heart.should_stop()
        assert {beat.available_frames for beat in store.beats} == {0}
        away.set()
        wait_for(lambda: store.beats[-1].available_frames == SEGMENT_FRAMES)
        writer.write(np.zeros((1, 2, 2 * SEGMENT_FRAMES), np.float32))


def test_a_cancelled_share_stops_the_work(claim: jobs.Claim, store: Store) -> None:
    def cancelled() -> None:
        raise Cancelled

    store.instead = cancelled
    with Heartbeat(claim) as heart:
        wait_for(heart.should_stop)


def test_a_store_that_is_away_stops_the_work_only_when_the_lease_is_over(
    claim: jobs.Claim, store: Store
) -> None:
    away = threading.Event()

    def unavailable() -> None:
        if away.is_set():
            raise StoreUnavailable

    store.instead = unavailable
    with Heartbeat(claim) as heart:
        wait_for(lambda: store.beats)
        away.set()
        time.sleep(0.15)
        assert not heart.should_stop()
        away.clear()
        count = len(store.beats)
        wait_for(lambda: len(store.beats) > count)
        away.set()
        wait_for(heart.should_stop)


def test_an_attempt_without_a_step_gives_up_and_ends_its_process(
    claim: jobs.Claim, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STEMLINK_STALL_SECONDS = 1.0
    said: list[tuple[str, bool]] = []
    ended = threading.Event()

    def fail(_claim: jobs.Claim, code: str, _message: str, *, retry: bool) -> None:
        said.append((code, retry))

    def end(status: int) -> None:
        assert status == heartbeat.STALLED_EXIT
        ended.set()

    monkeypatch.setattr(jobs, "fail", fail)
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    with Heartbeat(claim) as heart:
        for _step in range(12):
            heart.should_stop()
            time.sleep(0.1)
        assert not ended.is_set()
        assert ended.wait(20)
    assert said == [("stalled", True)]


@pytest.mark.parametrize("trouble", [None, LeaseLost(), StoreUnavailable()])
def test_a_worker_that_is_told_to_stop_gives_back_before_the_next_step(
    claim: jobs.Claim,
    store: Store,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception | None,
) -> None:
    settings.STEMLINK_HEARTBEAT_SECONDS = 60
    given: list[jobs.Claim] = []

    def give_back(back: jobs.Claim) -> None:
        given.append(back)
        if trouble:
            raise trouble

    monkeypatch.setattr(jobs, "give_back", give_back)
    with Heartbeat(claim) as heart:
        time.sleep(0.05)
        monkeypatch.setattr(leaving, "asked", lambda: True)
        wait_for(lambda: given, seconds=2)
        wait_for(heart.should_stop)
    assert (given, store.beats) == ([claim], [])
