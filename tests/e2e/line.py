"""A thin line between a browser and the service, which a test can cut."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 32_768


class Line:
    """Carries connections to a port of this machine. `up` is how many bytes a second go there."""

    def __init__(self, target: int, up: float) -> None:
        self.up = up
        self._target = target
        self._ends: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks; new ones may be made."""
        for end in list(self._ends):
            with suppress(OSError):
                # Reset, when closed: at a farewell a browser may wait for a minute that somebody reads what it sent.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Nothing is carried any more."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _address = self._door.accept()
                service = socket.create_connection(("127.0.0.1", self._target))
                self._ends |= {visitor, service}
                for source, sink, slow in ((visitor, service, True), (service, visitor, False)):
                    threading.Thread(target=self._carry, args=(source, sink, slow), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, slow: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                sink.sendall(data)
                if slow:
                    time.sleep(len(data) / self.up)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends -= {source, sink}


@contextmanager
def line_to(port: int, up: float) -> Iterator[Line]:
    """A line for as long as the context lasts."""
    line = Line(port, up)
    try:
        yield line
    finally:
        line.close()
