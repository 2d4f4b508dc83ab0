"""A small memory of what was looked up a moment ago."""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """Values that stay true enough for `seconds`; at most `size` of them, so that no visitor can fill memory.

    With no seconds nothing is kept.
    """

    def __init__(self, seconds: float, size: int = 10_000) -> None:
        self._seconds, self._size = seconds, size
        self._values: dict[K, tuple[float, V]] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of `key`, made anew when it is too old. What `make` raises isn't remembered."""
        found = self._values.get(key)
        if found is not None and found[0] > monotonic():
            return found[1]
        value = make()
        if not self._seconds:
            return value
        if len(self._values) >= self._size:
            self._values.clear()
        self._values[key] = (monotonic() + self._seconds, value)
        return value

    def forget(self, key: K) -> None:
        """Look `key` up again next time."""
        self._values.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
