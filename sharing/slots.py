"""Work that holds a thread of the web server for long: so much of it at once, and no more."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from sharing.errors import Problem, TooMany


class Busy(Problem):
    """All slots are taken."""

    status, code = 503, "busy"

    def __init__(self, what: str) -> None:
        message = f"Many people are {what} right now. Please try again in a minute."
        super().__init__(message, headers={"Retry-After": "30"})


class Slots:
    """At most `most` at once in this process, and of one client at most half of them. `what` says it to people."""

    def __init__(self, most: int, what: str = "downloading") -> None:
        self._most, self._each, self._what = most, max(1, most // 2), what
        self._held: Counter[str] = Counter()
        self._lock = Lock()

    def hold(self, client: str, work: Callable[[], Iterator[bytes]]) -> "Held":
        """The work, which keeps its slot until it is over or closed. Raises `TooMany` or `Busy`."""
        self._take(client)
        return Held(work(), lambda: self._release(client))

    @contextmanager
    def held(self, client: str) -> Iterator[None]:
        """A slot for as long as the context lasts. Raises `TooMany` or `Busy`."""
        self._take(client)
        try:
            yield
        finally:
            self._release(client)

    def _take(self, client: str) -> None:
        with self._lock:
            if self._held[client] >= self._each:
                raise TooMany(
                    30, f"You are {self._what} several times at once. Try again when one of them is done."
                )
            if self._held.total() >= self._most:
                raise Busy(self._what)
            self._held[client] += 1

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
