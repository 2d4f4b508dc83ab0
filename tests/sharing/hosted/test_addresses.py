"""No spelling of an address leads where strangers must not go."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from sharing.hosted import addresses, client
from sharing.hosted.problems import BadLink, RefusedAddress
from tests.hosts import Host
from tests.sharing.hosted.conftest import Names

HERE = Path(__file__).parent
PRIVATE = (HERE / "private.txt").read_text().split()
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.0.1",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
]
# How addresses inside are written by people who try: all are refused before anything is dialled.
SPELLINGS = (HERE / "spellings.txt").read_text().split()


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_no_part_of_the_internet_is_refused(text: str) -> None:
    assert not addresses.is_public(ip_address(text))
    assert not addresses.may_reach(ip_address(text), 443, ())


@pytest.mark.parametrize("text", PUBLIC)
def test_the_internet_may_be_reached_on_ports_of_the_web(text: str) -> None:
    address = ip_address(text)
    assert [addresses.may_reach(address, port, ()) for port in (80, 443, 1024, 8443)] == [True] * 4
    assert [addresses.may_reach(address, port, ()) for port in (22, 25, 53, 81, 993)] == [False] * 5


@given(st.ip_addresses(v=4))
def test_no_address_is_public_that_python_calls_private(address: IPv4Address) -> None:
    if addresses.is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_nor_in_version_six(address: IPv6Address) -> None:
    if addresses.is_public(address):
        assert address.is_global
        assert address.ipv4_mapped is None
        assert address.sixtofour is None
        assert address.teredo is None


def test_an_operator_may_allow_a_network_but_no_machine_s_secrets() -> None:
    allowed = (ip_network("10.0.0.0/8"), ip_network("169.254.0.0/16"), ip_network("fd00::/8"))
    assert addresses.may_reach(ip_address("10.1.2.3"), 22, allowed)
    assert addresses.may_reach(ip_address("::ffff:10.1.2.3"), 80, allowed)
    assert addresses.may_reach(ip_address("fd12::1"), 80, allowed)
    assert not addresses.may_reach(ip_address("11.1.2.3"), 22, allowed)
    assert not addresses.may_reach(ip_address("192.168.0.1"), 80, allowed)
    for secret in ("169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"):
        assert not addresses.may_reach(ip_address(secret), 80, allowed)


@pytest.mark.parametrize("allowed", [[], ["127.0.0.2/32"]])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_reaches_what_is_inside(
    spelling: str,
    allowed: list[str],
    canary: Host,
    names: Names,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "STEMLINK_FETCH_NETWORKS", allowed)
    for name in ("localhost", "app.localhost", "nas.local", "printer", "evil.example"):
        names.add(name, ["127.0.0.1"])
    names.add("metadata.google.internal", ["169.254.169.254"])
    names.add("mixed.example", ["127.0.0.2", "127.0.0.1"])
    names.add("mapped.example", ["::ffff:127.0.0.1"])
    names.add("site.example", ["fec0::1"])
    dialled = []
    monkeypatch.setattr(socket.socket, "connect", lambda _socket, address: dialled.append(address))
    with pytest.raises((BadLink, RefusedAddress)):
        client.head(spelling.format(port=canary.port))
    assert dialled == []


def test_there_are_enough_of_them() -> None:
    assert len(set(PRIVATE) | set(SPELLINGS)) >= 100


@pytest.mark.parametrize(
    "name", ["localhost", "printer", "nas.local", "nas.test", "db.internal", "metadata.google.internal"]
)
def test_names_of_a_network_are_not_even_looked_up(
    name: str, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STEMLINK_FETCH_NETWORKS", [])
    with pytest.raises(RefusedAddress):
        client.head(f"https://{name}/a.wav")
    assert names.asked == []
