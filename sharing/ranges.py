"""Byte ranges (RFC 9110, section 14), as far as players use them: one range at a time."""

import re

_ONE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class UnsatisfiableError(ValueError):
    """The range lies behind the end of the file."""


def parse(header: str, size: int) -> range | None:
    """The bytes of a file of `size` bytes that a Range header asks for.

    None when the whole file is the right answer: no range, several, or something that isn't one.
    Raises `UnsatisfiableError` for a range that begins behind the end, or has no bytes.
    """
    match = _ONE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        wanted = range(max(0, size - int(last)), size)
    else:
        if last and int(last) < int(first):
            return None
        wanted = range(int(first), min(int(last) + 1, size) if last else size)
    if not wanted:
        raise UnsatisfiableError
    return wanted
