"""Which addresses this server may be sent to by strangers. Pure, but for the settings of the operator.

Python's own `is_global` lets through much of what is no part of the public internet, and differs between versions,
so the registries are spelled out here (IANA's special-purpose addresses, and what clouds put beside them).
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and metadata of Alibaba
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local, and metadata of nearly all clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, and metadata of Oracle
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# All else is none: loopback, IPv4 in IPv6 (mapped, compatible, translated), NAT64, link, site, local, multicast.
_GLOBAL_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# The upper half of an interface's name that goes on with an IPv4 address.
_ISATAP = {0x0000_5EFE, 0x0200_5EFE}
# Machines' own secrets: out of reach even where the operator allows the network around them.
_METADATA = frozenset(
    ip_address(address)
    for address in ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254")
)
# Domains whose names mean something only inside of a network. Their addresses would be refused as well.
_LOCAL_DOMAINS = (
    *(".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".private"),
    *(".home.arpa", ".test"),
)
_WEB_PORTS = {80, 443}
_FIRST_FREE_PORT = 1024  # those below belong to other protocols, which could be spoken to by way of HTTP


def is_public(address: Address) -> bool:
    """Whether it is an address of the public internet that a single host may have."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address not in _GLOBAL_V6 or any(address in network for network in _CLOSED_V6):
        return False
    return (int(address) >> 32) & 0xFFFF_FFFF not in _ISATAP and address.scope_id is None


def may_reach(address: Address, port: int, allowed: Sequence[Network]) -> bool:
    """Whether to connect there: a public address on a port of the web, or a network that the operator allows."""
    if _METADATA & set(_spellings(address)):
        return False
    if is_allowed(address, allowed):
        return True
    return is_public(address) and (port in _WEB_PORTS or port >= _FIRST_FREE_PORT)


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether the operator allows the network of an address."""
    return any(one in network for one in _spellings(address) for network in allowed)


def is_local_name(host: str) -> bool:
    """Whether a name means something only inside of a network, as `printer` and `nas.local` do."""
    if ":" in host or host.replace(".", "").isdigit():
        return False
    return "." not in host or host.endswith(_LOCAL_DOMAINS)


def _spellings(address: Address) -> tuple[Address, ...]:
    """The address, and the IPv4 address that it stands for."""
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (address, inner) if inner else (address,)


@lru_cache(maxsize=8)
def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks of `STEMLINK_FETCH_NETWORKS`. Raises ValueError."""
    return tuple(ip_network(text, strict=False) for text in texts)
