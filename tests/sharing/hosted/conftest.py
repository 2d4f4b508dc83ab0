"""A host on loopback that may be fetched from, and one that may not: 127.0.0.2 is outside, 127.0.0.1 inside."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from tests.hosts import Host


@pytest.fixture(autouse=True)
def _outside_only(settings: Settings) -> None:
    settings.STEMLINK_FETCH_NETWORKS = ["127.0.0.2/32"]


@pytest.fixture
def host() -> Iterator[Host]:
    """A host outside."""
    with Host("127.0.0.2") as outside:
        yield outside


@pytest.fixture
def canary() -> Iterator[Host]:
    """A host inside, which nobody may reach."""
    with Host("127.0.0.1") as inside:
        yield inside
        assert inside.asked == [], "the canary was reached"


class Names:
    """A resolver of the test's own: answers for names, each used up but for the last."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    def add(self, name: str, *answers: list[str]) -> None:
        """What a name leads to: first, then, and ever after."""
        self.answers[name] = list(answers)

    def getaddrinfo(self, host: str, port: int, **_kwargs: Any) -> list[Any]:
        """As the system's."""
        self.asked.append(host)
        if host in self.answers:
            answers = self.answers[host]
            found = answers.pop(0) if len(answers) > 1 else answers[0]
        elif host.replace(".", "").isdigit() or ":" in host:
            found = [host]
        else:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in found
        ]


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """The names that there are; no test asks the network's resolver."""
    own = Names()
    monkeypatch.setattr(socket, "getaddrinfo", own.getaddrinfo)
    return own
