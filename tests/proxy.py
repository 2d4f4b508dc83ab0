"""A thin line: a proxy that lets so many bytes of each connection through to a server, and then cuts it."""

import socket
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

RESET = struct.pack("ii", 1, 0)


class ThinLine:
    """Passes connections on to a port of this machine. `cuts` says after how many bytes each of them ends."""

    def __init__(self, port: int, cuts: Iterable[int]) -> None:
        self._upstream, self._cuts = port, iter(cuts)
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.cut = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._upstream), 10)
            threading.Thread(target=self._send, args=(client, server), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client), daemon=True).start()

    def _send(self, client: socket.socket, server: socket.socket) -> None:
        """What the client says, until the line is cut; what is too short to be a file doesn't use up a cut."""
        left: int | None = None
        passed = 0
        with suppress(OSError):
            while data := client.recv(65_536):
                passed += len(data)
                if left is None and passed > 2_000:
                    with self._lock:
                        left = next(self._cuts, 1 << 60)
                if left is not None:
                    data, left = data[:left], left - len(data)
                server.sendall(data)
                if left is not None and left <= 0:
                    self.cut += 1
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    break
        for end in (server, client):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pass(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)
