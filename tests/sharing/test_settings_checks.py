"""Settings that can't work are reported at start."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def test_the_defaults_are_fine() -> None:
    assert [problem for problem in run_checks() if problem.id == "sharing.E001"] == []


@pytest.mark.parametrize("network", ["192.168.1.0/33", "nas.local", "10.0.0.0-10.0.0.9"])
def test_a_network_that_cannot_be_read(settings: Settings, network: str) -> None:
    settings.STEMLINK_FETCH_NETWORKS = ["192.168.1.5/24", "fd12::/16", network]
    (problem,) = [problem for problem in run_checks() if problem.id == "sharing.E005"]
    assert network in problem.msg


@pytest.mark.parametrize("limit", ["", "many", "30", "0x1/hour", "30/fortnight"])
def test_a_limit_that_cannot_be_read(settings: Settings, limit: str) -> None:
    settings.STEMLINK_CREATE_LIMIT = limit
    (problem,) = [problem for problem in run_checks() if problem.id == "sharing.E001"]
    assert "STEMLINK_CREATE_LIMIT" in problem.msg
