"""A connection that only ever leads where it may: each address of a name is looked at, and one of these is dialled.

The name is resolved once. What is checked is what is connected to, so that a name that changes its mind (DNS rebinding)
gains nothing; TLS still proves the name. A deadline ends everything, whatever takes its time: a name server, or
bytes that drip in the handshake of TLS, in headers, between the pieces of a body, or behind it.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from functools import cache
from ipaddress import ip_address
from threading import Event, Thread
from time import monotonic
from typing import Any

import certifi
from django.conf import settings

from sharing.errors import Problem, Stopped
from sharing.hosted import addresses
from sharing.hosted.problems import (
    FetchProblem,
    LookupFailed,
    NameUnknown,
    RefusedAddress,
    TlsFailed,
    TooSlow,
)
from sharing.hosted.urls import PORTS, Url

CONNECT_SECONDS = 3.0  # for each address of a name
SILENCE_SECONDS = 10.0  # for so long a host may say nothing
# A file that comes slower than this, but for a minute, would keep a worker for nothing.
LEAST_RATE = 50_000  # bytes a second
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 1.0
NO_SUCH_NAME = {socket.EAI_NONAME, socket.EAI_NODATA}  # all else says that nobody could tell


class Deadline:
    """When all has to be over: earlier where too few bytes have come (`size`), or when `should_stop` says yes."""

    def __init__(self, seconds: float, should_stop: Callable[[], bool] | None = None) -> None:
        self._begin, self._seconds = monotonic(), seconds
        self._should_stop = should_stop
        self.size = 0

    def left(self, most: float) -> float:
        """Seconds until then, and no more than `most`. Raises `TooSlow` when there are none, or `Stopped`."""
        if self._should_stop and self._should_stop():
            raise Stopped
        allowed = min(self._seconds, PATIENCE_SECONDS + self.size / LEAST_RATE)
        left = min(most, self._begin + allowed - monotonic())
        if left <= 0:
            raise TooSlow
        return left


@contextmanager
def connection(url: Url, deadline: Deadline) -> Iterator[socket.socket]:
    """A connection to the host of an address, encrypted for https, shut at the deadline.

    Raises `FetchProblem` or `Stopped`.
    """
    plain = _connected(url, deadline)
    with plain, _shut_at(deadline, plain):
        if url.scheme != "https":
            yield plain
            return
        with _encrypted(plain, url.host, deadline) as secure:
            yield secure


def resolve(host: str, port: int, deadline: Deadline) -> list[tuple[int, tuple[str, int]]]:
    """Family and socket address of each address that a host has. Raises `FetchProblem` or `Stopped`."""
    looked_up: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            looked_up.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            looked_up.set_exception(error)

    # Nothing cuts this call short, and name servers that are silent keep it for longer than we wait.
    Thread(target=look_up, name="look up", daemon=True).start()
    while not wait([looked_up], deadline.left(LOOK_SECONDS)).done:
        pass
    try:
        found = looked_up.result()
    except UnicodeError as error:
        raise NameUnknown from error
    except OSError as error:
        raise (NameUnknown if error.errno in NO_SUCH_NAME else LookupFailed) from error
    return list(dict.fromkeys((int(family), (str(at[0]), port)) for family, *_, at in found))


def _connected(url: Url, deadline: Deadline) -> socket.socket:
    allowed = addresses.networks(tuple(settings.STEMLINK_FETCH_NETWORKS))
    if not allowed and addresses.is_local_name(url.host):
        raise RefusedAddress
    found = resolve(url.host, url.port, deadline)
    # One that is refused spoils the name: whoever mixes private addresses into an answer means no good.
    if not all(_may_reach(ip_address(at[0]), at[1], allowed) for _family, at in found):
        raise RefusedAddress
    problem: FetchProblem = NameUnknown()
    for family, at in found:
        seconds = deadline.left(CONNECT_SECONDS)
        dialled = socket.socket(family, socket.SOCK_STREAM)
        try:
            dialled.settimeout(seconds)
            dialled.connect(at)
        except OSError as error:
            dialled.close()
            problem = TooSlow() if isinstance(error, TimeoutError) else FetchProblem()
        else:
            dialled.settimeout(SILENCE_SECONDS)
            return dialled
    raise problem


def _may_reach(address: addresses.Address, port: int, allowed: Sequence[addresses.Network]) -> bool:
    """Public or allowed; and where it is this very machine, what it offers the web and nothing behind its firewall."""
    if not addresses.may_reach(address, port, allowed):
        return False
    return port in PORTS.values() or addresses.is_allowed(address, allowed) or not _is_this_machine(address)


def _is_this_machine(address: addresses.Address) -> bool:
    """Whether an address is one of ours: only then can something be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


@contextmanager
def _shut_at(deadline: Deadline, connected: socket.socket) -> Iterator[None]:
    """Shut a connection at the deadline, whoever holds it then: TLS takes the socket over, and a copy stays good."""
    copy, over = connected.dup(), Event()

    def watch() -> None:
        try:
            while not over.wait(deadline.left(LOOK_SECONDS)):
                pass
        except Problem:  # whoever waits for the host is told the same
            with suppress(OSError):
                copy.shutdown(socket.SHUT_RDWR)

    watching = Thread(target=watch, name="deadline", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
        copy.close()


def _encrypted(plain: socket.socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
    try:
        return _trust().wrap_socket(plain, server_hostname=host)
    except TimeoutError as error:
        raise TooSlow from error
    except ssl.SSLCertVerificationError as error:
        raise TlsFailed(_why(error.verify_message, host)) from error
    except ssl.SSLError as error:
        deadline.left(1)
        raise TlsFailed("No encryption could be agreed on with this host.") from error
    except OSError as error:
        deadline.left(1)
        raise FetchProblem from error


def _why(told: str, host: str) -> str:
    for part, reason in (
        ("expired", "has expired"),
        ("self-signed", "is signed by itself"),
        ("mismatch", f"is not for {host}"),
        ("not valid for", f"is not for {host}"),
    ):
        if part in told:
            return (
                f"This host's certificate {reason}, so browsers don't trust it and won't play from it either."
            )
    return TlsFailed.message


@cache
def _trust() -> ssl.SSLContext:
    """The authorities of this machine (`SSL_CERT_FILE` names one's own) and those of Mozilla."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
