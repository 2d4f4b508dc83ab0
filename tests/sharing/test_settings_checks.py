"""Settings that can't work are reported at start."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def test_the_defaults_are_fine() -> None:
    assert [problem for problem in run_checks() if problem.id == "sharing.E001"] == []


@pytest.mark.parametrize("limit", ["", "many", "30", "0x1/hour", "30/fortnight"])
def test_a_limit_that_cannot_be_read(settings: Settings, limit: str) -> None:
    settings.STEMLINK_CREATE_LIMIT = limit
    (problem,) = [problem for problem in run_checks() if problem.id == "sharing.E001"]
    assert "STEMLINK_CREATE_LIMIT" in problem.msg
