"""Whatever goes wrong below `/api/` is JSON with a code and a sentence."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from sharing import services
from sharing.models import ShareRow
from tests.sharing.shares import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/", 404, "not_found"),
        ("get", "/api/nothing", 404, "not_found"),
        ("post", "/api/shares/not-an-id/", 404, "not_found"),
        ("get", "/api/shares/", 405, "method_not_allowed"),
        ("put", "/api/shares/2222222222A/", 405, "method_not_allowed"),
        ("post", "/api/shares/2222222222A/", 405, "method_not_allowed"),
        ("get", "/api/shares/2222222222A/cancel/", 405, "method_not_allowed"),
        ("delete", "/api/models/", 405, "method_not_allowed"),
        ("get", "/api/shares/2222222222A", 404, "not_found"),
    ],
)
def test_it_is_json_whatever_is_asked_for(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    for accept in ("application/json", "text/html", "audio/*", "nonsense"):
        response = getattr(client, method)(path, headers={"Accept": accept})
        assert (response.status_code, response["Content-Type"]) == (status, "application/json")
        assert response.json()["code"] == code
        assert response.json()["message"].endswith(".")
        assert response["Access-Control-Allow-Origin"] == "*"
        assert status != 405 or "OPTIONS" in response["Allow"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", "GET, HEAD, POST"),
        ("/song.mp3", ""),
        ("/2222222222A", "GET, HEAD"),
        ("/2222222222A/", "GET, HEAD"),
        ("/2222222222A/embed", "GET, HEAD"),
        ("/media/2222222222A/1/vocals/peaks.bin", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD"),
        ("/readyz", "GET, HEAD"),
        ("/api/shares", "POST, OPTIONS"),
        ("/api/shares/", "POST, OPTIONS"),
        ("/api/shares/song.mp3", "OPTIONS"),
        ("/api/shares/2222222222A/", "GET, PATCH, DELETE, HEAD, OPTIONS"),
    ],
)
def test_who_sends_a_song_by_curl_with_t_is_told_how(client: Client, path: str, allowed: str) -> None:
    response = client.put(path, b"ID3")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert "curl -F song=@song.mp3 http://testserver/api/shares/" in response.json()["message"]
    assert response["Allow"] == allowed
    if path.startswith(("/api/", "/media/")):
        assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["post", "delete", "patch"])
@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/2222222222A", "/2222222222A/", "/oembed", "/widget.js"]
)
def test_what_can_only_be_read_says_so(client: Client, method: str, path: str) -> None:
    response = getattr(client, method)(path)
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert "http://testserver/api/docs/" in response.json()["message"]
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_the_store_is_down(client: Client, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    made = make()

    def locked(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(ShareRow.objects, "filter", locked)
    response = getattr(client, method)(made.path, headers=made.owner)
    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (
        503,
        "store_unavailable",
        "10",
    )


def test_a_bug_is_a_500_without_details(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(services, "find", broken)
    response = client.get(make().path)
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert "secret" not in response.content.decode()


def test_the_models_are_told(client: Client) -> None:
    models = client.get("/api/models/").json()
    assert models[0]["default"] is True
    assert {"name", "title", "sources", "licence", "description", "sample_rate", "default"} <= models[
        0
    ].keys()
