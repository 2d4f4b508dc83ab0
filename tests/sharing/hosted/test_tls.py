"""Encrypted hosts: their certificate has to be good for the very name that was linked to."""

import datetime
import io
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
import trustme

from sharing.errors import Stopped
from sharing.hosted import client, dial, problems
from tests.hosts import File, Host
from tests.sharing.hosted.conftest import Names

NAME = "stems.example"
Serve = Callable[[trustme.LeafCert], Host]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def _trusted(authority: trustme.CA, names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(dial, "_trust", lambda: context)
    names.add(NAME, ["127.0.0.2"])


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts an encrypted host with a certificate."""
    with ExitStack() as stack:

        def start(certificate: trustme.LeafCert) -> Host:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            host = stack.enter_context(Host("127.0.0.2", context))
            host.at("/a.wav", File(b"RIFF____WAVE" + bytes(100)))
            return host

        yield start


def look(host: Host, name: str = NAME) -> str:
    """What is wrong with its certificate, in words; nothing if it is good."""
    try:
        client.head(host.url("/a.wav", name), seconds=5)
    except problems.TlsFailed as problem:
        assert host.asked == [], "nothing was asked of a host that can't prove its name"
        return problem.message
    return ""


def test_the_name_stays_that_which_was_linked_to(authority: trustme.CA, serve: Serve) -> None:
    host = serve(authority.issue_cert(NAME))
    assert look(host) == ""
    assert host.asked[0].headers["Host"] == f"{NAME}:{host.port}"


def test_the_host_hears_which_name_is_meant(
    authority: trustme.CA, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []
    wrap = ssl.SSLContext.wrap_socket

    def wrapped(self: ssl.SSLContext, *arguments: object, **named: object) -> ssl.SSLSocket:
        heard.append(named.get("server_hostname"))
        return wrap(self, *arguments, **named)  # type: ignore[arg-type]

    host = serve(authority.issue_cert(NAME))
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrapped)
    assert look(host) == ""
    assert NAME in heard


def test_a_certificate_for_another_name_is_refused(authority: trustme.CA, serve: Serve) -> None:
    assert NAME in look(serve(authority.issue_cert("other.example")))


def test_an_address_is_no_name(authority: trustme.CA, serve: Serve) -> None:
    host = serve(authority.issue_cert(NAME))
    assert look(host, "127.0.0.2") != ""
    assert look(serve(authority.issue_cert("127.0.0.2")), "127.0.0.2") == ""


def test_a_certificate_that_has_expired_is_refused(authority: trustme.CA, serve: Serve) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    expired = authority.issue_cert(NAME, not_before=past, not_after=past + datetime.timedelta(days=1))
    assert "expired" in look(serve(expired))


def test_one_that_nobody_vouches_for_is_refused(serve: Serve) -> None:
    assert "trust" in look(serve(trustme.CA().issue_cert(NAME)))


def test_a_host_that_speaks_no_tls(serve: Serve) -> None:
    with Host("127.0.0.2") as plain, pytest.raises(problems.TlsFailed):
        client.head(f"https://{NAME}:{plain.port}/a.wav")


def test_a_greeting_that_never_ends_does() -> None:
    with socket.create_server(("127.0.0.2", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(problems.TooSlow):
            client.head(f"https://{NAME}:{silent.getsockname()[1]}/a.wav", seconds=0.5)
        assert time.monotonic() - began < 3


def test_a_greeting_that_drips_keeps_no_worker() -> None:
    """One record of 16 kB, a byte now and then, while the song is no longer wanted."""
    with socket.create_server(("127.0.0.2", 0)) as server, ThreadPoolExecutor(1) as pool:

        def drip() -> None:
            line, _client = server.accept()
            with line, suppress(OSError):
                line.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
                while True:
                    line.sendall(b"\x00")
                    time.sleep(0.02)

        dripping, began = pool.submit(drip), time.monotonic()
        with pytest.raises(Stopped):
            client.fetch(
                f"https://{NAME}:{server.getsockname()[1]}/a.wav",
                io.BytesIO(),
                should_stop=lambda: time.monotonic() - began > 0.3,
            )
        assert time.monotonic() - began < 5
        dripping.result(5)


def test_a_redirect_to_a_private_host_is_refused_before_any_greeting(
    authority: trustme.CA, serve: Serve, canary: Host
) -> None:
    host = serve(authority.issue_cert(NAME))
    host.at("/away", lambda request: request.answer(302, {"Location": f"https://127.0.0.1:{canary.port}/"}))
    with pytest.raises(problems.RefusedAddress):
        client.head(host.url("/away", NAME))
