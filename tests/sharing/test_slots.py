"""So much at once and no more, and every slot comes back."""

from collections.abc import Iterator

import pytest

from sharing.errors import TooMany
from sharing.slots import Busy, Slots


def work(log: list[str]) -> Iterator[bytes]:
    try:
        yield b"one"
        yield b"two"
    finally:
        log.append("ended")


def test_one_client_gets_half_of_them() -> None:
    slots = Slots(4)
    held = [slots.hold("a", lambda: iter([])) for _ in range(2)]
    with pytest.raises(TooMany):
        slots.hold("a", lambda: iter([]))
    held += [slots.hold(client, lambda: iter([])) for client in ("b", "c")]
    with pytest.raises(Busy):
        slots.hold("d", lambda: iter([]))
    held[0].close()
    assert slots.hold("d", lambda: iter([]))


def test_a_slot_comes_back_at_the_end() -> None:
    slots, log = Slots(1), list[str]()
    assert list(slots.hold("a", lambda: work(log))) == [b"one", b"two"]
    assert log == ["ended"]
    slots.hold("a", lambda: work(log))


@pytest.mark.parametrize("taken", [0, 1])
def test_a_slot_comes_back_from_a_client_that_left(taken: int) -> None:
    slots, log = Slots(1), list[str]()
    held = slots.hold("a", lambda: work(log))
    for _ in range(taken):
        next(held)
    held.close()
    held.close()
    assert log == ["ended"] * taken, "what had begun is stopped at once"
    assert list(held) == []
    slots.hold("a", lambda: work(log))


def test_a_slot_is_held_for_a_while() -> None:
    slots = Slots(1, "checking links")
    with slots.held("a"), pytest.raises(Busy, match="checking links"), slots.held("b"):
        pass
    with pytest.raises(EOFError), slots.held("b"):
        raise EOFError
    with slots.held("c"):
        pass


def test_a_slot_comes_back_from_what_failed() -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise EOFError

    slots = Slots(1)
    held = slots.hold("a", broken)
    next(held)
    with pytest.raises(EOFError):
        next(held)
    slots.hold("a", broken)
