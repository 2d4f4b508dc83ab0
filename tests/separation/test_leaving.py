"""A child of a worker that is told to stop."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from separation import tasks
from separation.tasks import leaving
from separation.tasks.heartbeat import Heartbeat
from sharing import jobs
from sharing.domain import MOST_STEMS, Job, Share

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def child() -> Iterator[None]:
    before = signal.getsignal(leaving.WORD)
    leaving.listen()
    yield
    leaving.listen()
    signal.signal(leaving.WORD, before)


def test_no_attempt_is_killed_while_it_may_still_fetch(settings: Settings) -> None:
    assert tasks.TIME_LIMIT > MOST_STEMS * settings.STEMLINK_FETCH_SECONDS + settings.STEMLINK_MAX_SECONDS


def test_the_word_stops_the_attempt_at_its_next_step() -> None:
    job = Job(model="classical", queued_at=NOW, source=None)
    share = Share(id="a" * 11, title="", token_hash="", created_at=NOW, job=job)
    heart = Heartbeat(jobs.Claim(share, 1, "lease", "shares/a/1/"))
    assert not heart.should_stop()
    os.kill(os.getpid(), leaving.WORD)
    assert heart.should_stop()


def test_nothing_new_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(jobs, "claim_next", asked.append)
    tasks.work("a" * 11)
    os.kill(os.getpid(), leaving.WORD)
    tasks.work("b" * 11)
    assert len(asked) == 1
