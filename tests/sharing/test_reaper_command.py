"""`manage.py reaper`: a loop that nothing ends but a signal."""

import signal

import pytest
from django.core.management import call_command
from pytest_django import Settings

from sharing.errors import StoreUnavailable
from sharing.reaper import Reaper

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_signals")]


def test_a_store_that_is_away_is_told_of_once_and_so_is_its_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was a line at each pass, for as long as that took."""
    settings.STEMLINK_REAPER_SECONDS = 0
    passes: list[BaseException | None] = [None, *[StoreUnavailable()] * 3, None, None, KeyboardInterrupt()]

    def once(_reaper: Reaper) -> None:
        if error := passes.pop(0):
            raise error

    monkeypatch.setattr(Reaper, "once", once)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        call_command("reaper")
    signal.signal(signal.SIGINT, before)
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line.split(":")[0] for line in told] == [
        "The reaper's pass was cut short",
        "The reaper's passes go through again.",
    ]
