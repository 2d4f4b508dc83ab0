"""Words that come from outside: titles and names, made fit to be stored and shown."""

import re
import unicodedata

TITLE_LENGTH = 200
NAME_LENGTH = 80
UNTITLED = "Untitled"

# Control, format (bidirectional overrides, zero-width), surrogates and private use: they can disguise a text.
# Zero-width joiner and non-joiner stay, since several scripts and emoji are spelled with them.
_UNWANTED = {"Cc", "Cf", "Cs", "Co"}
_SPELLING = {"\u200c", "\u200d"}
_PARTS = 4  # of which one character may be composed, as the Greek letters with three accents are


def clean(text: str, length: int) -> str:
    """`text` on one line without hidden characters, at most `length` characters long; may be empty."""
    text = text[: _PARTS * length]  # putting marks in order takes the square of how many follow each other
    text = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    text = "".join(c for c in text if c in _SPELLING or unicodedata.category(c) not in _UNWANTED)
    return re.sub(r" {2,}", " ", text).strip()[:length].strip()


def title(text: str, filename: str = "") -> str:
    """The title as given, else one made from the file's name, else "Untitled"."""
    return clean(text, TITLE_LENGTH) or clean(_without_extension(filename), TITLE_LENGTH) or UNTITLED


def _without_extension(filename: str) -> str:
    """The last part of a path of any system, without a short extension: "C:\\\\a\\\\My Song.mp3" gives "My Song"."""
    last = re.split(r"[/\\]", filename)[-1]
    return re.sub(r"(?<=.)\.[A-Za-z0-9]{1,5}$", "", last).replace("_", " ")
