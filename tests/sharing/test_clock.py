"""Machines whose clocks differ: what counts is the store's, so nobody loses a song to a clock that is wrong."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sharing import clock, jobs
from sharing.domain import State
from sharing.reaper import Reaper
from sharing.services import find
from sharing.stores import get_store
from tests.sharing.shares import begin, make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with a clock that nobody has put right."""
    monkeypatch.setattr(clock, "_behind", timedelta())


@pytest.fixture(params=[-7200, -60, 60])
def go_wrong(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on this machine's clock is hours or a minute off; the store's is right."""
    off = timedelta(seconds=request.param)
    return lambda: monkeypatch.setattr(clock, "machine", lambda: datetime.now(UTC) + off)


def test_a_worker_with_a_wrong_clock_has_its_lease_for_as_long_as_any(go_wrong: Callable[[], None]) -> None:
    made = make()
    go_wrong()
    claim = jobs.claim_next("worker-1")
    assert claim is not None
    jobs.beat(claim, jobs.Progress(0, 0.1))
    lease = find(made.id).job.lease
    assert lease is not None
    assert timedelta(seconds=15) < lease.deadline - datetime.now(UTC) < timedelta(seconds=25)


def test_a_worker_with_a_wrong_clock_is_seen(go_wrong: Callable[[], None]) -> None:
    go_wrong()
    jobs.report_worker("worker-1", device="cpu", models=["classical"])
    (report,) = get_store().workers(since=datetime.now(UTC) - timedelta(seconds=10))
    assert abs(report.seen_at - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_reaper_with_a_wrong_clock_takes_no_song_from_a_worker_that_lives(
    go_wrong: Callable[[], None],
) -> None:
    made = make()
    begin(made.id)
    go_wrong()
    with pytest.MonkeyPatch.context() as away:
        away.setattr("sharing.doorbell.messages", lambda: 0)
        Reaper(next_sweep=datetime.max.replace(tzinfo=UTC)).once()
    assert find(made.id).state is State.RUNNING


def test_that_a_clock_is_wrong_is_told_once_and_of_one_that_is_nearly_right_never(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "sharing.clock")
    clock.follow(lambda: datetime.now(UTC) + timedelta(seconds=0.5))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=0.2)
    for _ in range(3):
        clock.follow(lambda: datetime.now(UTC) + timedelta(seconds=61))
    clock.follow(lambda: datetime.now(UTC))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=0.2)
    assert [record.getMessage() for record in caplog.records] == [
        "This machine's clock is 61 s behind that of the store, by which this process goes. Have it set by NTP.",
        "This machine's clock is right again.",
    ]
