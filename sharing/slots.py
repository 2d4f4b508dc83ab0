"""Work that holds a thread of the web server for long: so much of it at once, and no more."""

from collections import Counter
from collections.abc import Callable, Iterator
from threading import Lock

from sharing.errors import Problem, TooMany


class Busy(Problem):
    """All slots are taken."""

    status, code = 503, "busy"
    message = "Many people are downloading right now. Please try again in a minute."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "30"})


class Slots:
    """At most `most` at once in this process, and of one client at most half of them."""

    def __init__(self, most: int) -> None:
        self._most, self._each = most, max(1, most // 2)
        self._held: Counter[str] = Counter()
        self._lock = Lock()

    def hold(self, client: str, work: Callable[[], Iterator[bytes]]) -> "Held":
        """The work, which keeps its slot until it is over or closed. Raises `TooMany` or `Busy`."""
        with self._lock:
            if self._held[client] >= self._each:
                raise TooMany(30, "You have several downloads running. Try again when one of them is done.")
            if self._held.total() >= self._most:
                raise Busy
            self._held[client] += 1
        return Held(work(), lambda: self._release(client))

    def _release(self, client: str) -> None:
        with self._lock:
            self._held[client] -= 1
            self._held += Counter()  # forgets clients that hold none


class Held:
    """Bytes that give something back when they end, however they do: even when nobody asked for the first one."""

    def __init__(self, work: Iterator[bytes], release: Callable[[], None]) -> None:
        self._work, self._release = work, release
        self._over = False

    def __iter__(self) -> "Held":
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._work)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Called by the web server when the client has all of it, or has left."""
        if self._over:
            return
        self._over = True
        try:
            if close := getattr(self._work, "close", None):
                close()
        finally:
            self._release()
