"""Colours of stems."""

from sharing.palette import PALETTE, colors


def test_known_stems_keep_their_hue() -> None:
    assert colors(["bass", "vocals"]) == [PALETTE["bass"], PALETTE["vocals"]]


def test_strangers_take_hues_that_nobody_else_has() -> None:
    given = colors(["vocals", "flute", "drums", "oboe"])
    assert len(set(given)) == 4
    assert given[0] == PALETTE["vocals"]


def test_there_are_colours_for_any_number() -> None:
    assert len(colors([f"stem{n}" for n in range(40)])) == 40
