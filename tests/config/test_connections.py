"""When a request is given to a thread: once it is there, as far as gunicorn will read of it."""

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from config.connections import Come, Worker, come

HEAD = b"POST / HTTP/1.1\r\nHost: x"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", Come.PART),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", Come.PART),
        (b"GET / HTTP/1.1\r\n\r\n", Come.ALL),
        (HEAD + b"\r\n\r\n", Come.ALL),
        (HEAD + b"\r\nContent-Length: 0\r\n\r\n", Come.ALL),
        (HEAD + b"\r\nContent-Length: 3\r\n\r\nab", Come.PART),
        (HEAD + b"\r\nContent-Length: 3\r\n\r\nabc", Come.ALL),
        (HEAD + b"\r\ncontent-LENGTH:\t3 \r\nX: y\r\n\r\nab", Come.PART),
        (HEAD + b"\r\nContent-Length: 3\r\nContent-Length: 0\r\n\r\n", Come.HEAD),
        (HEAD + b"\r\nContent-Length: 0000003\r\n\r\n", Come.HEAD),
        (HEAD + b"\r\nContent-Length: 100000\r\n\r\n", Come.HEAD),
        (HEAD + b"\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", Come.HEAD),
        (HEAD + b"\r\nContent-Length: +3\r\n\r\n", Come.HEAD),
        (HEAD + b"\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", Come.HEAD),
        (HEAD + b"\r\nTransfer-Encoding: chunked\r\n\r\n", Come.HEAD),
    ],
)
def test_a_thread_never_waits_for_what_is_told_to_be_there(data: bytes, found: Come) -> None:
    assert come(data) is found


@pytest.fixture
def worker() -> Iterator[Worker]:
    """gunicorn's worker, without its loop."""
    made = Worker(1, 1, [], None, 60, Config(), logging.getLogger("gunicorn.error"))
    yield made
    made.tmp.close()


def test_a_connection_that_its_thread_has_closed_is_counted_once(worker: Worker) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker.nr_conns = 2
        answered = Future[bool]()
        answered.set_result(False)
        conn = TConn(worker.cfg, ours, "client", "server")
        ours.close()
        worker.finish_request(conn, answered)
    assert worker.nr_conns == 1
