"""Settings that would do harm are refused, or told, in one line that says what to do."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

from sharing.safety import is_home
from tests.running import Service

PUBLIC: dict[str, Any] = {
    "STEMLINK_BIND": "0.0.0.0",
    "PUBLIC_URL": "https://stems.example.org",
    "STEMLINK_TRUSTED_PROXIES": 1,
    "ALLOWED_HOSTS": ["stems.example.org"],
}


def found(settings: Settings, **values: Any) -> dict[str, CheckMessage]:
    for name, value in values.items():
        setattr(settings, name, value)
    return {str(problem.id): problem for problem in run_checks(tags=["security"])}


def test_a_fresh_machine_and_a_careful_server_are_fine(settings: Settings) -> None:
    assert found(settings) == {}
    assert found(settings, **PUBLIC) == {}


@pytest.mark.parametrize(
    ("number", "values"),
    [
        ("E010", {"STEMLINK_BIND": "0.0.0.0", "DEBUG": True}),
        ("E010", {**PUBLIC, "STEMLINK_BIND": "127.0.0.1", "DEBUG": True}),
        ("E011", {"STEMLINK_BIND": "::", "ALLOWED_HOSTS": ["*"]}),
        ("E012", {"SECRET_KEY": "hush"}),
        ("E012", {"SECRET_KEY": "a" * 80}),
        ("E012", {"SECRET_KEY": "django-insecure-abcdefghijklmnopqrstuvwxyz"}),
        ("E013", {"STEMLINK_METRICS_KEY": "secret"}),
        ("W010", {**PUBLIC, "PUBLIC_URL": "http://stems.example.org"}),
        ("W010", {**PUBLIC, "PUBLIC_URL": "http://8.8.8.8:8000"}),
        ("W011", {"PUBLIC_URL": "http://studio.local:8000", "STEMLINK_TRUSTED_PROXIES": 1}),
        ("W012", {**PUBLIC, "STEMLINK_TRUSTED_PROXIES": 0}),
        ("W013", {"REDIS_URL": "redis://cache.example.org:6379/0"}),
        ("E016", {"STEMLINK_LEASE_SECONDS": 5}),
        ("E017", {"STEMLINK_MAX_UPLOAD_BYTES": 10**18}),
    ],
)
def test_what_would_do_harm_is_said(settings: Settings, number: str, values: dict[str, Any]) -> None:
    problems = found(settings, **values)
    assert list(problems) == [f"sharing.{number}"]
    (problem,) = problems.values()
    assert problem.is_serious() is number.startswith("E")
    assert "\n" not in problem.msg
    assert problem.hint


@pytest.mark.parametrize(
    "values",
    [
        {"DEBUG": True},
        {"ALLOWED_HOSTS": ["*"]},
        {"STEMLINK_BIND": "0.0.0.0", "PUBLIC_URL": "http://192.168.1.7:8000"},
        {"STEMLINK_BIND": "::", "PUBLIC_URL": "http://[fd00::7]:8000"},
        {"STEMLINK_METRICS_KEY": "k" * 16},
        {"REDIS_URL": "redis://redis:6379/0"},
        {"REDIS_URL": "rediss://cache.example.org:6379/0"},
        {"STEMLINK_LEASE_SECONDS": 6},
    ],
)
def test_what_is_fine_at_home_is_not_held_against_anybody(settings: Settings, values: dict[str, Any]) -> None:
    assert found(settings, **values) == {}


@pytest.mark.parametrize(("mode", "problems"), [(0o600, []), (0o640, []), (0o644, ["sharing.E014"])])
def test_who_may_read_the_secret_key(
    settings: Settings, tmp_path: Path, mode: int, problems: list[str]
) -> None:
    (tmp_path / "secret_key").touch()
    (tmp_path / "secret_key").chmod(mode)
    assert list(found(settings, STEMLINK_DATA=tmp_path)) == problems


def test_a_data_folder_that_everybody_may_write(settings: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert list(found(settings, STEMLINK_DATA=tmp_path)) == ["sharing.E015"]


@pytest.mark.parametrize(
    ("host", "home"),
    [
        ("localhost", True),
        ("studio", True),
        ("studio.LOCAL", True),
        ("10.0.0.7", True),
        ("169.254.1.1", True),
        ("::1", True),
        ("local", True),
        ("studio.corp", True),
        ("studio.test.", True),
        ("stems.example.org", False),
        ("notlocal.org", False),
        ("1.1.1.1", False),
        ("2606:4700::1111", False),
    ],
)
def test_what_is_home(host: str, home: bool) -> None:
    assert is_home(host) is home


def test_nothing_is_served_with_a_refused_setting(tmp_path: Path) -> None:
    careless = Service(tmp_path, STEMLINK_BIND="0.0.0.0", DEBUG="1")
    status, output = careless.command("run")
    assert status == 1
    assert "DEBUG is on, and other machines can connect." in output
    assert "Set DEBUG=0" in output
    assert "Traceback" not in output
    assert not (tmp_path / "data" / "log").exists()
