"""Security headers on every answer: all routes, all errors, static files, media."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from sharing import services
from tests.security.addresses import patterns
from tests.sharing.shares import begin, make, make_done, post_song

pytestmark = pytest.mark.django_db

ADDRESSES = sorted({path for path, _pattern in patterns()})


def check(response: Any) -> None:
    """Whatever it is, no browser may guess its type, tell others where it came from, or use devices for it."""
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "microphone=()" in response["Permissions-Policy"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    # WebAssembly alone, where the player's speed and pitch run; never scripts from text.
    assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "Server" not in response


def test_the_walk_finds_the_routes() -> None:
    assert {"/", "/healthz", "/2222222222A", "/2222222222A/embed", "/api/shares/2222222222A"} <= set(
        ADDRESSES
    )
    assert "/media/2222222222A/1/vocals/flac/0.flac" in ADDRESSES


@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_every_route_and_method(client: Client, path: str, method: str) -> None:
    response = getattr(client, method)(path)
    assert response.status_code < 500
    check(response)


def test_answers_that_went_well(client: Client) -> None:
    done, growing = make_done(), make()
    begin(growing.id)
    for path in (f"/{done.id}", f"/{growing.id}", f"/{done.id}/embed", done.path, "/", "/readyz"):
        response = client.get(path)
        assert response.status_code == 200
        check(response)
    check(post_song(client))
    sound: Any = client.get(f"/media/{done.id}/1/vocals/flac/0.flac")
    assert sound.status_code == 200
    check(sound)
    b"".join(sound.streaming_content)
    check(client.delete(done.path, headers=done.owner))
    check(client.get(done.path))


def test_errors_from_before_and_after_any_view(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    check(client.get("/", headers={"Host": "evil.example"}))
    check(client.get("/no/such/page"))

    def broken(_share_id: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(services, "find", broken)
    client.raise_request_exception = False
    for path in ("/2222222222A", "/api/shares/2222222222A/", "/media/2222222222A/1/vocals/peaks.bin"):
        response = client.get(path)
        assert response.status_code == 500
        check(response)


def test_static_files(client: Client) -> None:
    path = Path(settings.STATIC_ROOT) / "headers.js"
    path.write_text("export {};\n")
    try:
        response = Client().get(f"{settings.STATIC_URL}headers.js")
        assert response.status_code == 200
        check(response)
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "immutable" in response["Cache-Control"]
        response.close()
    finally:
        path.unlink()


def test_only_what_is_meant_for_frames_may_be_framed(client: Client) -> None:
    made = make_done()
    for path in (f"/{made.id}", "/", made.path):
        response = client.get(path)
        assert response.get("X-Frame-Options") in {"SAMEORIGIN", "DENY"}
        assert "frame-ancestors *" not in response["Content-Security-Policy"]
    embed = client.get(f"/{made.id}/embed")
    assert "X-Frame-Options" not in embed
    assert "frame-ancestors *" in embed["Content-Security-Policy"]
