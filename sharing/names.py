"""Names of stems, guessed from the names of their files. Pure."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlsplit

from sharing import words
from sharing.palette import instrument

NAMELESS = "Stem"
_LENGTH = 255  # of a file's name, on nearly every system

_EXTENSION = re.compile(r"(?<=.)\.(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{1,5}\Z")
# "03_", "1) ", "[12] - ", "Track 3 - ", but neither "808 Bass" nor "12-string guitar".
_NUMBER = re.compile(
    r"(?:track\s*)?[\[(]?(?:0\d{1,2}|\d{1,2})(?!\d)(?:[\])][\s.-]*|\s*[.-]\s*|\s+)(?!string|bit\b)(?=.*[^\W\d])",
    re.IGNORECASE,
)
# What tells of the file, and not of what is heard.
_TECHNICAL = re.compile(
    r"[\s([{.-]+(?:\d+(?:[.,]\d+)?\s?k(?:hz)?|\d{2}[\s-]?bit|\d{2,3}\s?bpm|stems?|bounced?|bip)[\])}]?\Z",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s+[-\u2013\u2014]\s+")
_WORD = re.compile(r"[^\s\-\u2013\u2014.()\[\]]+")
_EDGES = " -\u2013\u2014_.,+"
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


def from_filename(filename: str) -> str:
    """A stem's name: "03_Lead Vox.wav" gives "Lead Vox". Never empty, fit to be stored and shown."""
    return _finished(_plain(filename))


def from_filenames(filenames: Sequence[str]) -> list[str]:
    """Names for the files of one share: what all begin or end with is the song's name, and is left out."""
    return [_finished(name) for name in _without_common([_plain(filename) for filename in filenames])]


def from_url(url: str) -> str:
    """A stem's name, from the file that an address ends with."""
    return from_filename(url_filename(url))


def url_filename(url: str) -> str:
    """The file name that an address ends with, or what comes nearest to one; may be empty."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if len(parts) > 1 and parts[-1].lower() in {"download", "raw", "file"}:
        parts.pop()
    return unquote(parts[-1]) if parts else ""


def _plain(filename: str) -> str:
    """The words of a file name: without folders, extension and track number."""
    name = re.split(r"[/\\]", filename.strip())[-1]
    if re.search(r"%[0-9a-fA-F]{2}", name):
        name = unquote(name)
    name = _EXTENSION.sub("", words.clean(name, _LENGTH)).replace("_", " ").strip()
    if " " not in name:  # then something else stands between its words
        between = next((c for c in "+." if c in name.strip(_EDGES)), "-" if name.count("-") > 1 else " ")
        name = name.replace(between, " ")
    name = _trimmed(name)
    return _trimmed(_NUMBER.sub("", name, count=1)) if _NUMBER.match(name) else name


def _without_common(names: list[str]) -> list[str]:
    """Cut the words that all names begin with, and those that all end with; never an instrument, never to a number."""
    if len(names) < 2:
        return names
    for backwards in (False, True):
        found = [list(_WORD.finditer(name))[:: -1 if backwards else 1] for name in names]
        common = 0
        while all(len(of_name) > common for of_name in found) and _alike(
            of_name[common] for of_name in found
        ):
            common += 1
        if common := min(common, *(_spare(of_name) for of_name in found)):
            last = [of_name[common - 1] for of_name in found]
            names = [
                _trimmed(name[: word.start()] if backwards else name[word.end() :])
                for name, word in zip(names, last, strict=True)
            ]
    return names


def _alike(found: Iterable[re.Match[str]]) -> bool:
    return len({word[0].casefold() for word in found}) == 1


def _spare(found: list[re.Match[str]]) -> int:
    """So many words may go: none of them tells what is heard, and what follows is still a name."""
    said = next((at for at, word in enumerate(found) if instrument(word[0])), len(found))
    lettered = [at for at, word in enumerate(found) if any(c.isalpha() for c in word[0])]
    return min(said, max(lettered, default=0))


def _finished(name: str) -> str:
    """Without technicalities and the song in front of its instrument, and begun with a capital."""
    while (shorter := _trimmed(_TECHNICAL.sub("", name))) not in {"", name}:
        name = shorter
    last = _DASH.split(name)[-1]
    name = words.clean(last if instrument(last) else name, words.NAME_LENGTH)
    if not any(c.isalnum() for c in name):
        return NAMELESS
    first = name[:1].upper()
    return first + name[1:] if name.islower() and len(first) == 1 else name


def _trimmed(name: str) -> str:
    """Without what stands between words at either end, and without brackets around all of it or half of a pair."""
    before = None
    while name != before:
        before = name = name.strip(_EDGES)
        for opening, closing in _BRACKETS:
            if name.startswith(opening) and name.find(closing) in {-1, len(name) - 1}:
                name = name[1:].removesuffix(closing)
            if name.endswith(closing) and opening not in name:
                name = name[:-1]
    return name
