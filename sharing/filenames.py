"""Names for files that people take home, safe on every system and in every header."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from sharing import words

# A name of 255 bytes is the limit of most systems, 143 that of some; a browser may add " (1)".
NAME_BYTES, TITLE_BYTES, STEM_BYTES = 138, 80, 50
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# Windows takes these for devices, whatever follows the first dot.
_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)", re.IGNORECASE
)


def file_name(title: str, stem: str, extension: str) -> str:
    """`<title> - <stem>.<extension>`, or without the stem for an empty one."""
    parts = [_part(title, TITLE_BYTES), _part(stem, STEM_BYTES)]
    return f"{_no_device(' - '.join(part for part in parts if part) or 'stems')}.{extension}"


def folder_name(title: str) -> str:
    """A folder called as near to `title` as every system can."""
    return _no_device(_part(title, TITLE_BYTES) or "song")


def unique(names: Iterable[str]) -> Iterator[str]:
    """The same names, of which no two are the same on a system that doesn't tell case apart."""
    taken: set[str] = set()
    for name in names:
        stem, dot, extension = name.rpartition(".")
        number, candidate = 1, name
        while (key := unicodedata.normalize("NFKC", candidate).casefold()) in taken:
            number += 1
            candidate = f"{stem} ({number}){dot}{extension}"
        taken.add(key)
        yield candidate


def disposition(name: str) -> str:
    """The header that has a browser save what comes under this name: RFC 6266, with a name in ASCII for old clients."""
    stem, _, extension = name.rpartition(".")
    # What only looked like a quote or a slash is one in ASCII: all that no name may have goes afterwards, once more.
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = _no_device(_part(plain.replace("%", "_").replace(";", "_"), NAME_BYTES) or "stems")
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(name, safe='')}"


def _no_device(name: str) -> str:
    """The same name, or one that Windows takes for a file."""
    return f"_{name}" if _DEVICES.match(name) else name


def _part(text: str, length: int) -> str:
    """Cleaned of what some system can't have in a name, and cut between characters."""
    text = _FORBIDDEN.sub("_", words.clean(text, 500))
    text = text.encode()[:length].decode(errors="ignore") if len(text.encode()) > length else text
    return text.strip(" .-~\u200c\u200d")
