"""docker-compose.yml: what it publishes, how it is confined, and that it waits as long as its processes need."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from config.service.programs import programs
from tests.deployment.files import ROOT, compose, final_stage

SERVICES = compose()["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("stemlink")}
KEPT = sorted(SERVICES.keys() - {"firestore"})  # the emulator is for trying things out


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_its_services_are_the_programs_that_make_run_runs() -> None:
    commands = {tuple(service["command"]) for service in OURS.values()}
    assert {word for _run, word in commands} == {program.name for program in programs()} - {"redis"}
    assert {run for run, _word in commands} == {"run"}


def test_only_the_web_is_published_and_by_itself_to_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"web", "https"}
    assert published["web"] == ["127.0.0.1:8000:8000"]
    assert compose(LISTEN="8080")["services"]["web"]["ports"] == ["8080:8000"]
    assert SERVICES["redis"]["networks"] == ["inside"]
    assert compose()["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", KEPT)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    limits = service["deploy"]["resources"]["limits"]
    assert limits["memory"]
    assert limits["pids"]
    assert service["healthcheck"]["test"]
    assert "privileged" not in service
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


def test_each_process_gets_the_time_it_needs_to_end(settings: Settings) -> None:
    grace = int(OURS["web"]["environment"]["STEMLINK_GRACE_SECONDS"])
    assert seconds(OURS["web"]["stop_grace_period"]) >= grace + 10
    assert grace > settings.STEMLINK_GRACE_SECONDS, "a new release waits for uploads, Ctrl-C doesn't"
    needed = {program.name: program.grace for program in programs()}
    for service in OURS.values():
        if (program := service["command"][1]) != "web":
            assert seconds(service["stop_grace_period"]) > needed[program]


def test_redis_keeps_its_queue_and_is_not_what_is_latest() -> None:
    redis = SERVICES["redis"]
    assert redis["command"][1:3] == ["--appendonly", "yes"]
    assert "redis:/data" in redis["volumes"]
    for name, service in SERVICES.items():
        assert name in OURS or not re.search(r"(:latest|^[^:]+)$", service["image"]), service["image"]


def test_a_gpu_takes_the_place_of_the_processor() -> None:
    gpu = SERVICES["worker-gpu"]
    assert gpu["profiles"] == ["gpu"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["count"], device["capabilities"]) == ("nvidia", 1, ["gpu"])
    assert gpu["environment"] == OURS["worker"]["environment"] | {"STEMLINK_DEVICE": "cuda"}
    assert gpu["build"]["args"] != OURS["worker"]["build"]["args"]
    assert SERVICES["worker"]["deploy"]["replicas"] == 1
    assert compose(CPU_WORKERS="0")["services"]["worker"]["deploy"]["replicas"] == 0


def test_without_a_profile_all_that_is_needed_is_there() -> None:
    always = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert always == {"web", "worker", "reaper", "redis"}
    for name, service in SERVICES.items():
        for other, wish in service.get("depends_on", {}).items():
            assert other in always, name
            assert wish == {"condition": "service_healthy"}


def test_a_full_disk_keeps_no_service_from_starting(client: Client, settings: Settings) -> None:
    """They wait for a web that is healthy; so does the reaper, the only one who deletes what has expired."""
    settings.STEMLINK_MIN_FREE_BYTES = 10**18
    for check in (SERVICES["web"]["healthcheck"]["test"], dict(final_stage())["HEALTHCHECK"]):
        asked = re.search(r"http://127\.0\.0\.1:8000(/\w+)", str(check))
        assert asked
        assert client.get(asked[1]).status_code == 200


def test_no_secret_stands_in_it() -> None:
    for service in SERVICES.values():
        for name in service.get("environment", {}):
            assert not re.search(r"SECRET|TOKEN|PASSWORD|CREDENTIALS|_KEY", name), name


def test_every_file_that_is_mounted_is_there() -> None:
    for name, volume in mounts():
        source, _, _rest = volume.partition(":")
        assert source in compose()["volumes"] or (ROOT / source).is_file(), f"{name}: {volume}"


def test_the_front_hands_over_to_the_web() -> None:
    caddy = (ROOT / "config" / "Caddyfile").read_text()
    assert "reverse_proxy web:8000" in caddy
    assert "header_up X-Request-ID" in caddy
    assert "{$DOMAIN}" in caddy
    assert "DOMAIN" in SERVICES["https"]["environment"]


def mounts() -> list[tuple[str, Any]]:
    return [(name, volume) for name, service in SERVICES.items() for volume in service.get("volumes", [])]
