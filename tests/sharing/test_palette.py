"""Colours of stems."""

import pytest

from sharing.palette import PALETTE, colors, instrument


def test_known_stems_keep_their_hue() -> None:
    assert colors(["bass", "vocals"]) == [PALETTE["bass"], PALETTE["vocals"]]


@pytest.mark.parametrize("stem", PALETTE)
def test_the_sources_of_models_name_themselves(stem: str) -> None:
    assert instrument(stem) == stem


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lead Vox", "vocals"),
        ("BVs", "vocals"),
        ("Vocal FX", "vocals"),
        ("Kick", "drums"),
        ("bass_drum", "drums"),
        ("Hi-Hat", "drums"),
        ("Bass DI", "bass"),
        ("Bass Guitar", "bass"),
        ("808", "bass"),
        ("E-Gtr L", "guitar"),
        ("Rhodes", "piano"),
        ("Voiceless", None),
        ("", None),
    ],
)
def test_what_engineers_write_is_understood(name: str, expected: str | None) -> None:
    assert instrument(name) == expected


def test_strangers_take_hues_that_nobody_else_has() -> None:
    given = colors(["vocals", "flute", "drums", "oboe"])
    assert len(set(given)) == 4
    assert given[0] == PALETTE["vocals"]


def test_there_are_colours_for_any_number() -> None:
    assert len(colors([f"stem{n}" for n in range(40)])) == 40
