"""Slow clients, some on purpose, at the real web server: they keep nobody waiting, and honest ones get through."""

import http.client
import itertools
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from tests.sharing.web import BLOCK, Web

MANY = 40  # more than the server has threads of both kinds
POST = "POST /api/%s/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s\r\n\r\n"
SONG = (POST % ("shares", "audio/flac", "Content-Length: 50000000")).encode()
LONG = (POST % ("names", "application/json", "Content-Length: 500000")).encode()
SHORT = (POST % ("names", "application/json", "Content-Length: 9999")).encode()
CHUNKS = (POST % ("names", "application/json", "Transfer-Encoding: chunked")).encode()
LAST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@contextmanager
def clients(web: Web, beginning: bytes, count: int = MANY) -> Iterator[list[socket.socket]]:
    """So many who say this much and no more."""
    lines = [socket.create_connection(("127.0.0.1", web.port), 20) for _ in range(count)]
    try:
        for line in lines:
            line.sendall(beginning)
        time.sleep(0.3)
        yield lines
    finally:
        for line in lines:
            line.close()


def ask(web: Web) -> None:
    """A page and a change, both at once."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)) as line:
        line.request("GET", "/healthz")
        assert line.getresponse().read()
        line.request("POST", "/api/names/", '{"files": ["a.wav"]}', {"Content-Type": "application/json"})
        assert json.load(line.getresponse())["stems"][0]["name"] == "A"
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "beginning",
    [b"", b"G", SONG[:-2], SONG, LONG, SHORT, CHUNKS, LAST],
    ids=["nothing", "a letter", "half a head", "a song", "long JSON", "short JSON", "chunks", "never closes"],
)
def test_they_keep_nobody_waiting(web: Web, beginning: bytes) -> None:
    with clients(web, beginning):
        ask(web)


@pytest.mark.parametrize("beginning", [b"GET / HTTP/1.1\r\nX: ", SHORT, SONG], ids=["head", "JSON", "song"])
def test_who_sends_a_byte_now_and_then_is_given_up(web: Web, beginning: bytes) -> None:
    with clients(web, beginning, 1) as (line,):
        began = time.monotonic()
        line.settimeout(0.5)
        with suppress(ConnectionError):
            while True:
                try:
                    line.sendall(b"f")
                    said = line.recv(12)
                except TimeoutError:
                    assert time.monotonic() - began < 12
                else:
                    break
        assert beginning is not SONG or said == b"HTTP/1.1 400"


def test_a_slow_line_gets_through(web: Web) -> None:
    song = BLOCK[:120_000]
    with clients(web, SONG.replace(b"50000000", b"120000"), 1) as (line,):
        for at in range(0, len(song), 2_000):
            line.sendall(song[at : at + 2_000])
            time.sleep(0.1)  # 20 kB/s
        assert line.recv(12) == b"HTTP/1.1 201"


def test_a_request_may_come_in_any_pieces(web: Web) -> None:
    """Letter by letter, and several at once with the next one's beginning."""
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with clients(web, b"", 1) as (line,):
        for letter in request:
            line.sendall(bytes([letter]))
        said = line.recv(4096)
        assert said.startswith(b"HTTP/1.1 200")
        line.sendall(request + request + request[:7])
        time.sleep(0.2)
        line.sendall(request[7:])
        said = b""
        while said.count(b"HTTP/1.1 200") < 3:
            said += line.recv(4096)


def test_a_head_without_end_is_refused(web: Web) -> None:
    """Before its time of 3 s is over; some of it lies between us and the server by then."""
    late = time.monotonic() + 2
    with clients(web, b"GET / HTTP/1.1\r\n", 1) as (line,), suppress(ConnectionError):
        for number in itertools.count():
            line.sendall(b"X-%d: x\r\n" % number)
            assert time.monotonic() < late, "all of it was taken"
    ask(web)


def test_who_takes_nothing_is_given_up_and_no_error(web: Web) -> None:
    """As a phone in a tunnel: it wrote a traceback into the log each time."""
    log = web.media.parent / "output.txt"
    before = len(log.read_text())
    with clients(web, b"GET /api/schema/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40, 1) as (line,):
        time.sleep(5)  # of which the server waits 3
        line.settimeout(5)
        said = b""
        with suppress(ConnectionError):
            while part := line.recv(1_000_000):
                said += part
    assert said.count(b"HTTP/1.1 200") < 40, "it was given up"
    assert "gunicorn.error" not in log.read_text()[before:]
