"""When a request is given to a thread: once it is there, as far as gunicorn will read of it."""

import logging
import resource
import socket
import subprocess
import sys
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


def test_without_a_file_left_clients_wait(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[TConn] = []
    monkeypatch.setattr(Worker, "enqueue_req", lambda _worker, conn: served.append(conn))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))  # which are open
        try:
            worker.accept(listener)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert (worker.nr_conns, served) == (0, [])
        worker.accept(listener)
        assert (worker.nr_conns, len(served)) == (1, 1)
        served[0].close()
        client.close()


def test_the_web_server_may_have_many_files_open() -> None:
    script = """
import django, resource
django.setup()
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
from config import gunicorn
gunicorn.on_starting(None)
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, 65_536) if hard > 0 else 65_536, hard))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "True"
