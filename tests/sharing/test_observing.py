"""Each request has an id and is told once: in the log if the operator wants so, and in the metrics."""

import errno
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from config import logs
from sharing import doorbell, metrics, observing
from sharing.errors import MediaUnavailable
from tests.sharing.shares import make, make_done, post_song

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, logs.ACCESS)
    return lambda: [record for record in caplog.records if record.name == logs.ACCESS]


def count(route: str, method: str, status: int) -> float:
    labels = {"route": route, "method": method, "status": str(status)}
    return metrics._here.get_sample_value("stemlink_requests_total", labels) or 0.0


def test_every_answer_has_an_id_of_its_own(client: Client) -> None:
    ids = {
        client.get(path).headers["X-Request-ID"] for path in ("/", "/healthz", "/nowhere/at/all", "/api/x")
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (0, "abcdef123456", False),
        (1, "abcdef123456", True),
        (1, 'bad" id', False),
        (1, "x" * 65, False),
        (1, "", False),
    ],
)
def test_only_our_own_proxy_names_a_request(
    client: Client, settings: Settings, proxies: int, given: str, taken: bool
) -> None:
    settings.STEMLINK_TRUSTED_PROXIES = proxies
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is taken


def test_an_answer_is_told_with_its_route_and_nothing_secret(client: Client, told: Any) -> None:
    share = make("Secret title")
    client.get(f"{share.path}?title=Secret", headers={"Authorization": f"Bearer {share.token}"})
    (record,) = told()
    assert (record.method, record.route, record.status) == ("GET", "api-share", 200)
    assert record.bytes > 100
    assert "Secret" not in record.getMessage()
    assert share.token not in str(record.__dict__)


def test_what_is_logged_meanwhile_carries_request_and_share(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []
    share = make()

    def find(*_args: object, **_more: object) -> None:
        seen.append(logs._bound.get())
        raise ZeroDivisionError

    monkeypatch.setattr("sharing.services.find", find)
    answer = client.get(share.path)
    assert answer.status_code == 500
    assert seen[0] == {"request": answer.headers["X-Request-ID"], "share": share.id}
    assert logs._bound.get() == {}


def test_what_is_made_while_it_is_sent_is_told_at_its_end(client: Client, told: Any) -> None:
    share = make_done()
    before = count("media", "GET", 200)
    answer = client.get(f"/media/{share.id}/1/vocals/flac/0.flac")
    assert logs._bound.get()["share"] == share.id
    assert told() == []
    body = answer.getvalue()
    (record,) = told()
    assert (record.route, record.bytes) == ("media", len(body))
    assert count("media", "GET", 200) == before + 1
    assert logs._bound.get() == {}


def test_a_client_that_goes_away_is_told_as_well(client: Client, told: Any) -> None:
    answer = client.get(f"/media/{make_done().id}/1/vocals/flac/0.flac")
    first = next(iter(answer))
    answer.close()
    assert [record.bytes for record in told()] == [len(first)]


def test_strangers_can_t_invent_routes_or_methods(client: Client) -> None:
    before = count("nowhere", "OTHER", 404)
    client.generic("BREW", "/no/such/place/at/all")
    assert count("nowhere", "OTHER", 404) == before + 1


def test_uploads_are_counted(client: Client) -> None:
    before = metrics._here.get_sample_value("stemlink_uploaded_bytes_total") or 0
    song = b"fLaC" + b"0" * 996
    assert post_song(client, song).status_code == 201
    assert metrics._here.get_sample_value("stemlink_uploaded_bytes_total") == before + 1000


def test_whoever_makes_a_share_is_told_with_its_id(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[dict[str, str]] = []
    monkeypatch.setattr(doorbell, "ring", lambda _share_id: bound.append(logs._bound.get()))
    answer = post_song(client)
    assert bound == [{"request": answer.headers["X-Request-ID"], "share": answer.json()["id"]}]


@pytest.mark.parametrize("reason", [FileNotFoundError(errno.ENOENT, "No such file"), MediaUnavailable()])
def test_an_answer_that_breaks_off_is_hung_up_with_a_line_in_the_log(
    reason: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """As a download is whose share its owner deletes meanwhile: gunicorn wrote a traceback."""

    def body() -> Iterator[bytes]:
        yield b"half of it"
        raise reason

    answer = observing.Answer("GET", "api-stem", 200, 0.0)
    counted = observing.Counted(body(), answer)
    assert next(counted) == b"half of it"
    with pytest.raises(ConnectionResetError) as caught:
        next(counted)
    assert caught.value.errno == errno.ECONNRESET  # as of a client that hung up, which is no error
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert str(reason) in record.getMessage()


def test_an_answer_that_never_began_is_an_error_that_can_still_be_said() -> None:
    def fail(_part: bytes) -> bytes:
        raise MediaUnavailable

    body = map(fail, [b"all of it"])
    with pytest.raises(MediaUnavailable):
        next(observing.Counted(body, observing.Answer("GET", "api-stem", 200, 0.0)))
