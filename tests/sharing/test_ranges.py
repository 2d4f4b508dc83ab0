"""Byte ranges, against a plain reading of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.ranges import UnsatisfiableError, parse


@given(st.integers(1, 10_000), st.integers(0, 20_000), st.none() | st.integers(0, 20_000))
def test_first_and_last(size: int, first: int, last: int | None) -> None:
    header = f"bytes={first}-{'' if last is None else last}"
    data = range(size)
    if last is not None and last < first:
        assert parse(header, size) is None
    elif first >= size:
        with pytest.raises(UnsatisfiableError):
            parse(header, size)
    else:
        assert parse(header, size) == data[first : size if last is None else last + 1]


@given(st.integers(1, 10_000), st.integers(1, 20_000))
def test_the_last_bytes(size: int, count: int) -> None:
    assert parse(f"bytes=-{count}", size) == range(size)[-count:]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-1,3-4",
        "bytes=--1",
        "bytes=5-2",
        "bytes=1-2-3",
        "bytes=" + "9" * 40 + "-",
        "bytes=²-",
    ],
)
def test_what_is_no_single_range_is_ignored(header: str) -> None:
    assert parse(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=-0", 10), ("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_what_has_no_bytes_is_unsatisfiable(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableError):
        parse(header, size)


@given(st.text(), st.integers(0, 100))
def test_no_header_breaks_it(header: str, size: int) -> None:
    try:
        found = parse(header, size)
    except UnsatisfiableError:
        return
    assert found is None or (found and found[-1] < size)
