"""How connections get threads of gunicorn's: a client that is slow, or means to be, keeps nobody else waiting.

gunicorn's own worker gives each new connection a thread, which then waits for what the client will say: as many
clients as there are threads, who stop in the middle of their headers, would stop everything. Here a connection waits in
the loop, which costs nothing, until its request is there; and a request whose body is still to come gets one of other
threads than those that answer. Nor does the loop itself wait for a client to close, as gunicorn's does for 2 s each.

This builds upon how gunicorn's `gthread` works inside: `tests/sharing/test_slow_clients.py` tells whether another
release of it still does.
"""

import errno
import re
import socket
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from io import SEEK_END
from selectors import EVENT_READ
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

RECEIVING = 16  # threads that take bodies, beside those that answer
HEAD_SECONDS = min(20, settings.STEMLINK_CLIENT_SECONDS)  # for a request's head, and a short body
HEAD_BYTES = 131_072  # of the same
CLOSE_SECONDS = 2  # for a client to read its answer and close
CLOSE_BYTES = 65_536  # that it may still send meanwhile
LEFT_BYTES = 65_536  # of a body that nobody wants: gunicorn reads less, and goes on with the connection
# Who sends a body more slowly than this, but for the time that a silent client has, is given up. Half of what the
# slowest lines manage on which people send songs.
LEAST_RATE = 10_000  # bytes a second
BLOCK = 65_536
NO_FILES = {errno.EMFILE, errno.ENFILE}  # of the process, or of the whole machine
NO_FILES_SECONDS = 0.1

_BODY = re.compile(rb"\r\n(?:content-length|transfer-encoding|expect):", re.IGNORECASE)
_SHORT = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,5})[ \t]*(?:\r\n|\Z)", re.IGNORECASE)


class Come(Enum):
    """How much of a request is there."""

    PART = auto()
    HEAD = auto()
    ALL = auto()


def come(data: bytes) -> Come:
    """How much of a request this is. Of a short body it is said when it is there, of any other one at once."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return Come.PART
    fields, short = _BODY.findall(head), _SHORT.search(head)
    if not fields:
        return Come.ALL
    if len(fields) > 1 or short is None:
        return Come.HEAD
    return Come.ALL if len(body) >= int(short[1]) else Come.PART


class Unreader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """What a client sends: taken by the loop as it comes, then by a thread at no less than a least rate."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.come = Come.PART
        self._waited, self._taken = 0.0, 0

    def take(self) -> None:
        """Look at what has come by now, without waiting."""
        self._waited, self._taken = 0.0, 0
        self.sock.setblocking(False)
        try:
            data = self.sock.recv(BLOCK)
        except BlockingIOError:
            over = False
        except OSError:
            over = True
        else:
            over = not data
            self.buf.seek(0, SEEK_END)
            self.buf.write(data)
        self.come = come(self.buf.getvalue())
        if self.come is Come.PART and self.buf.tell() > HEAD_BYTES:
            over = True
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RD)
        if over:
            self.come = Come.ALL  # a thread will see that this is the end

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes of a body. Raises TimeoutError when they come too slowly, or not at all."""
        if self._waited > settings.STEMLINK_CLIENT_SECONDS + self._taken / LEAST_RATE:
            raise TimeoutError("This body comes too slowly.")
        began = monotonic()
        data: bytes = super().chunk(size_hint)
        self._waited += monotonic() - began  # our own time is not the client's
        self._taken += len(data)
        return data


class Threads:
    """Two kinds of threads: bodies that come slowly can take those that receive, and never those that answer."""

    def __init__(self, answering: int, receiving: int) -> None:
        self._answering = ThreadPoolExecutor(answering, "answer")
        self._receiving = ThreadPoolExecutor(receiving, "receive")

    def submit(self, handle: Any, conn: Any) -> "Future[Any]":
        """Have a request handled."""
        is_here = conn.parser.unreader.come is Come.ALL
        return (self._answering if is_here else self._receiving).submit(handle, conn)

    def shutdown(self, wait: bool = True) -> None:
        """The worker ends."""
        self._answering.shutdown(wait)
        self._receiving.shutdown(wait)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's worker with threads, of which none waits for a client that has still to say what it wants."""

    wsgi: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leaving: deque[Any] = deque()

    def get_thread_pool(self) -> Threads:
        """As gunicorn calls it."""
        return Threads(self.cfg.threads, RECEIVING)

    def load_wsgi(self) -> None:
        """The application; its answer says so where the connection ends after it, for what is left of a body."""
        super().load_wsgi()
        application = self.wsgi

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            made = application(environ, start_response)
            if _is_left(environ["wsgi.input"].reader):
                start_response.__self__.force_close()  # its headers go out with the first bytes of the body
            return made

        self.wsgi = answer

    def accept(self, listener: socket.socket) -> None:
        """Somebody connects. Without a file left for them they wait; gunicorn's process would end, and all with it."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in NO_FILES:
                raise
            self.log.error("A client has to wait: %s.", error.strerror)
            sleep(NO_FILES_SECONDS)  # the loop comes back to it at once

    def enqueue_req(self, conn: Any) -> None:
        """A connection is new, or it has something to say: to a thread with it once all of that is there."""
        if _look(conn) is not Come.PART:
            super().enqueue_req(conn)
            return
        conn.timeout = monotonic() + HEAD_SECONDS  # gunicorn's loop closes it then
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """One that waits has something to say. Its time goes on as long as that isn't all."""
        if _look(conn) is not Come.PART:
            super().on_pending_socket_readable(conn, client)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """A client that takes nothing any more is as good as one that hung up: to gunicorn that is no error."""
        try:
            return super().handle_request(req, conn)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "It took nothing for too long.") from error

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """A request was answered. After the last one of a connection we close our side, and the client its own."""
        # Its thread has closed it, as the answer broke off: gunicorn would count it off twice.
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
            return
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        conn.sock.setblocking(False)
        conn.timeout, conn.left = monotonic() + CLOSE_SECONDS, CLOSE_BYTES
        self._leaving.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_leaving, conn))

    def murder_pending(self) -> None:
        """gunicorn's name for closing those that took too long; called at least once a second."""
        super().murder_pending()
        while self._leaving and self._leaving[0].timeout < monotonic():
            self._close(self._leaving[0])

    def _on_leaving(self, conn: Any, _client: socket.socket) -> None:
        """Without reading what is left, closing would take the answer away from a client that still sends."""
        try:
            data = conn.sock.recv(BLOCK)
        except OSError:
            data = b""
        conn.left -= len(data)
        if not data or conn.left <= 0:
            self._close(conn)

    def _close(self, conn: Any) -> None:
        self._leaving.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def _is_left(reader: Any) -> bool:
    """Whether more is left of a body than gunicorn would read; of one in chunks that may be any number of bytes."""
    return getattr(reader, "length", 0) >= LEFT_BYTES or getattr(reader, "parser", None) is not None


def _look(conn: Any) -> Come:
    if not conn.initialized:
        conn.init()
        conn.parser.unreader = Unreader(conn.sock)
    conn.parser.unreader.take()
    found: Come = conn.parser.unreader.come
    return found
