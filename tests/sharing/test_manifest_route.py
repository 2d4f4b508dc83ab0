"""`GET /api/shares/<id>/`"""

from datetime import timedelta

import pytest
from django.test import Client

from sharing import jobs
from sharing.clock import now
from tests.sharing.fixtures import forget
from tests.sharing.shares import begin, change, make

pytestmark = pytest.mark.django_db


def test_it_works_for_everybody(client: Client) -> None:
    made = make("Blue")
    response = client.get(made.path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in response["Access-Control-Expose-Headers"]
    assert response["Cache-Control"] == "no-cache"
    assert (response.json()["title"], response.json()["state"]) == ("Blue", "queued")


def test_what_the_client_has_is_not_sent_again(client: Client) -> None:
    made = make()
    etag = client.get(made.path)["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = client.get(made.path, headers={"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert response["ETag"] == etag
        assert response["Access-Control-Allow-Origin"] == "*"
    begin(made.id)
    assert client.get(made.path, headers={"If-None-Match": etag}).status_code == 200


def test_links_begin_as_the_visitor_typed_them(client: Client, settings: object) -> None:
    made = make()
    response = client.get(made.path, headers={"Host": "localhost:8123"})
    assert response.json()["url"] == f"http://localhost:8123/{made.id}"


def test_the_place_in_the_queue(client: Client) -> None:
    first, second = make(), make()
    assert client.get(first.path).json()["queue_position"] == 1
    assert client.get(second.path).json()["queue_position"] == 2
    begin(first.id)
    assert client.get(first.path).json()["queue_position"] is None
    assert client.get(second.path).json()["queue_position"] == 1


def test_whether_a_worker_was_seen(client: Client) -> None:
    made = make()
    assert client.get(made.path).json()["worker_seen"] is False
    jobs.report_worker("worker-1", device="cpu", models=["classical"])
    forget()
    assert client.get(made.path).json()["worker_seen"] is True


def test_head_has_headers_and_no_body(client: Client) -> None:
    made = make()
    response = client.head(made.path)
    assert (response.status_code, response.content) == (200, b"")
    assert response["ETag"] == client.get(made.path)["ETag"]


def test_an_unknown_share(client: Client) -> None:
    response = client.get("/api/shares/2222222222A/")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_an_expired_share_is_gone_before_anybody_deleted_it(client: Client) -> None:
    made = make()
    change(made.id, expires_at=now() - timedelta(seconds=1))
    response = client.get(made.path)
    assert (response.status_code, response.json()["code"]) == (410, "gone")


def test_it_is_compressed_for_those_who_can(client: Client) -> None:
    response = client.get(make().path, headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
