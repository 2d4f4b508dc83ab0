"""Limits: how many shares a client makes, and how often it guesses ids."""

import logging
from typing import Any

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from sharing import throttling
from tests.sharing.shares import make, post_song

pytestmark = pytest.mark.django_db


def key(settings: Settings, address: str, forwarded: str | None = None, proxies: int = 0) -> str:
    settings.STEMLINK_TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return throttling.client_key(RequestFactory().get("/", REMOTE_ADDR=address, headers=headers))


def test_a_client_makes_so_many_shares_and_no_more(client: Client, settings: Settings) -> None:
    settings.STEMLINK_CREATE_LIMIT = "2/hour"
    assert [post_song(client).status_code for _ in range(3)] == [201, 201, 429]
    response = post_song(client)
    assert response.json()["code"] == "too_many_requests"
    assert 0 < int(response["Retry-After"]) <= 3600
    assert post_song(client, REMOTE_ADDR="192.0.2.9").status_code == 201


def test_redis_down_means_limits_of_the_process(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LIMITS_URL = "redis+unix:///nowhere/redis.sock"
    settings.STEMLINK_CREATE_LIMIT = "2/hour"
    with caplog.at_level(logging.WARNING):
        assert [post_song(client).status_code for _ in range(3)] == [201, 201, 429]
    assert sum("Redis doesn't answer" in record.message for record in caplog.records) == 1


def test_who_guesses_ids_is_blocked_right_guesses_included(client: Client, settings: Settings) -> None:
    settings.STEMLINK_MISS_LIMIT = "3/minute"
    made = make()
    guesses = [client.get("/api/shares/2222222222A/").status_code for _ in range(5)]
    assert guesses == [404, 404, 404, 429, 429]
    response = client.get(made.path)
    assert (response.status_code, response.json()["code"]) == (429, "too_many_requests")
    assert int(response["Retry-After"]) <= 60
    assert client.get(f"/media/{made.id}/1/vocals/peaks.bin").status_code == 429
    assert client.get(made.path, REMOTE_ADDR="192.0.2.9").status_code == 200


def test_guesses_through_media_count_too(client: Client, settings: Settings) -> None:
    settings.STEMLINK_MISS_LIMIT = "3/minute"
    for _ in range(4):
        response = client.get("/media/2222222222A/1/vocals/peaks.bin")
    assert response.status_code == 429


def test_a_listener_never_asks_redis(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_args: Any) -> int:
        raise AssertionError("counted")

    monkeypatch.setattr(throttling, "_hit", asked)
    made = make()
    for _ in range(100):
        assert client.get(made.path).status_code == 200


def test_no_address_is_kept(settings: Settings) -> None:
    assert "192.0.2.1" not in key(settings, "192.0.2.1")
    settings.SECRET_KEY = "another"
    other = key(settings, "192.0.2.1")
    settings.SECRET_KEY = "and another"
    assert key(settings, "192.0.2.1") != other


def test_a_claimed_address_counts_only_from_our_own_proxies(settings: Settings) -> None:
    direct = key(settings, "192.0.2.1")
    assert key(settings, "192.0.2.1", "6.6.6.6") == direct
    assert key(settings, "10.0.0.1", "6.6.6.6, 192.0.2.1", proxies=1) == direct
    assert key(settings, "10.0.0.1", "6.6.6.6, 192.0.2.1, 10.0.0.2", proxies=2) == direct
    assert key(settings, "192.0.2.1", None, proxies=1) == direct


def test_an_ipv6_network_is_one_client(settings: Settings) -> None:
    first = key(settings, "2001:db8:0:1::1")
    assert key(settings, "2001:db8:0:1:ffff::2") == first
    assert key(settings, "2001:db8:0:2::1") != first
    assert key(settings, "::ffff:192.0.2.1") == key(settings, "192.0.2.1")


def test_a_port_makes_no_other_client(settings: Settings) -> None:
    """Some proxies name it, and each connection has another one."""
    for address, named in (
        ("192.0.2.1", "192.0.2.1:50123"),
        ("2001:db8::1", "[2001:db8::1]:50123"),
        ("2001:db8::1", "[2001:db8::1]"),
    ):
        assert key(settings, "10.0.0.1", named, proxies=1) == key(settings, address)


@pytest.mark.parametrize("address", ["", "unix:", "not an address", "fe80::1%eth0"])
def test_strange_addresses_are_clients_too(settings: Settings, address: str) -> None:
    assert key(settings, address)
