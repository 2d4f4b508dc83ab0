"""Titles: from what was typed, or from the file's name, without anything hidden."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing import words


@pytest.mark.parametrize(
    ("title", "filename", "expected"),
    [
        ("  My   song\n", "x.mp3", "My song"),
        ("", "My_Song.mp3", "My Song"),
        ("", "C:\\music\\Für Elise.flac", "Für Elise"),
        ("", "../../etc/passwd", "passwd"),
        ("", "Op. 28 No. 4.wav", "Op. 28 No. 4"),
        ("", ".mp3", ".mp3"),
        ("", "", "Untitled"),
        ("\u202e\u200b", "", "Untitled"),
        ("abc\u202egpj.exe", "", "abcgpj.exe"),
        ("a\x00b\x1b[31m", "", "ab[31m"),
        ("👩\u200d🎤 live", "", "👩\u200d🎤 live"),
        ("x" * 500, "", "x" * 200),
    ],
)
def test_a_title_is_made_from_what_there_is(title: str, filename: str, expected: str) -> None:
    assert words.title(title, filename) == expected


def test_what_fits_is_kept_however_it_is_spelled() -> None:
    letters = "\u1f82" * words.TITLE_LENGTH  # each is one letter and three accents
    assert words.title(unicodedata.normalize("NFD", letters)) == letters


def test_a_flood_of_accents_takes_no_time() -> None:
    began = time.process_time()
    assert words.title("a" + "\u0301" * 30_000 + "\u0327" * 30_000)
    assert time.process_time() - began < 1


@given(st.text(), st.text())
def test_no_title_is_empty_long_or_hides_anything(title: str, filename: str) -> None:
    made = words.title(title, filename)
    assert 0 < len(made) <= words.TITLE_LENGTH
    assert made == made.strip()
    allowed = {"\u200c", "\u200d"}
    assert not [c for c in made if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} and c not in allowed]
