"""A small memory that forgets."""

import weakref

import pytest

from sharing import ttl
from sharing.ttl import TtlCache


def test_it_remembers_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(ttl, "monotonic", lambda: clock[0])
    cache: TtlCache[str, int] = TtlCache(seconds=3)
    assert cache.get("a", lambda: 1) == 1
    clock[0] += 2.9
    assert cache.get("a", lambda: 2) == 1
    clock[0] += 0.2
    assert cache.get("a", lambda: 2) == 2
    cache.forget("a")
    assert cache.get("a", lambda: 3) == 3


def test_it_does_not_remember_failures() -> None:
    cache: TtlCache[str, int] = TtlCache(seconds=3)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 1) == 1


def test_no_visitor_fills_memory() -> None:
    cache: TtlCache[int, int] = TtlCache(seconds=60, size=100)
    for key in range(1000):
        cache.get(key, lambda key=key: key)  # type: ignore[misc]
    assert len(cache._values) <= 100


def test_what_is_over_at_once_is_not_kept() -> None:
    cache: TtlCache[str, set[int]] = TtlCache(seconds=0)
    value = weakref.ref(cache.get("a", lambda: {1}))
    assert value() is None
    assert cache.get("a", lambda: {2}) == {2}
