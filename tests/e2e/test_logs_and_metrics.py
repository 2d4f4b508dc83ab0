"""What an operator sees of a song that comes in: in the logs of all processes, and in the metrics of all of them."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from separation import catalogue
from tests.conftest import METRICS_KEY
from tests.running import Service, wait_for

TITLE = "A title that is nobody's business"


@pytest.fixture(scope="module")
def share(service: Service, short_song: Path) -> dict[str, Any]:
    made = service.upload(short_song, title=TITLE)
    service.until(made["id"], lambda manifest: manifest["state"] == "done" and not manifest["growing"])
    return made


def records(service: Service, name: str) -> list[dict[str, Any]]:
    whole, _, _ = service.log(name).rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


def counted(service: Service) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = requests.get(
        f"{service.url}/metrics", headers={"Authorization": f"Bearer {METRICS_KEY}"}, timeout=10
    )
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_every_line_of_every_process_is_a_json_object(service: Service, share: dict[str, Any]) -> None:
    for name in ("web", "worker", "reaper"):
        found = records(service, name)
        assert found, f"{name} says nothing"
        for record in found:
            assert {"time", "level", "logger", "message"} <= record.keys()


def test_a_share_can_be_followed_through_all_of_them(service: Service, share: dict[str, Any]) -> None:
    answer = requests.get(f"{service.url}/api/shares/{share['id']}/", timeout=10)
    request = answer.headers["X-Request-ID"]

    def told() -> list[dict[str, Any]]:
        return [record for record in records(service, "web") if record.get("request") == request]

    # The answer comes before the record.
    wait_for(lambda: bool(told()), 20, lambda: service.log("web")[-2000:])
    (asked,) = told()
    assert (asked["route"], asked["status"], asked["share"]) == ("api-share", 200, share["id"])
    worked = [r for r in records(service, "worker") if r.get("share") == share["id"] and "lease" in r]
    assert len({r["lease"] for r in worked}) == 1
    assert {(r["job"], r["attempt"]) for r in worked} == {("separate", "1")}


def test_no_log_tells_titles_tokens_or_addresses(service: Service, share: dict[str, Any]) -> None:
    requests.get(f"{service.url}/api/shares/?title={TITLE}", timeout=10)
    with socket.create_connection(("127.0.0.1", service.port)) as rude:
        rude.sendall(f"GET /?title={TITLE} nonsense\r\n\r\n".encode())
        rude.recv(1000)
    for name in ("web", "worker", "reaper"):
        for record in records(service, name):
            text = json.dumps(record)
            assert "business" not in text
            assert share["edit_token"] not in text
            assert "127.0.0.1" not in record["message"] or "Listening at" in record["message"], text


def test_what_all_processes_did_is_added_up(service: Service, share: dict[str, Any]) -> None:
    def told() -> bool:
        found = counted(service)
        return (
            found.get(("stemlink_jobs_total", frozenset({("kind", "separate"), ("outcome", "done")})), 0) >= 1
            and found.get(("stemlink_reaper_passes_total", frozenset({("outcome", "done")})), 0) >= 1
        )

    wait_for(told, 20, lambda: str(counted(service)))
    found = counted(service)
    made_by = frozenset({("model", catalogue.default().name), ("device", "cpu")})
    song, work = (
        found["stemlink_separated_song_seconds_total", made_by],
        found["stemlink_separation_seconds_total", made_by],
    )
    assert song >= 10
    assert work > 0
    assert found["stemlink_uploads_total", frozenset()] >= 1
    assert found["stemlink_workers", frozenset({("device", "cpu")})] == 1


def test_requests_to_both_web_processes_are_counted_once_each(service: Service) -> None:
    key = (
        "stemlink_requests_total",
        frozenset({("route", "healthz"), ("method", "HEAD"), ("status", "200")}),
    )
    before = counted(service).get(key, 0)
    for _ in range(20):
        assert requests.head(f"{service.url}/healthz", timeout=10).status_code == 200
    wait_for(lambda: counted(service).get(key, 0) == before + 20, 20, lambda: str(counted(service).get(key)))
