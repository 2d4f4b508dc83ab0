"""Colours of stems: a fixed set that colour-blind people can tell apart; a stem keeps its hue everywhere."""

from collections.abc import Iterable

PALETTE = {
    "vocals": "#E8702A",
    "drums": "#2F7FC1",
    "bass": "#0E9C84",
    "other": "#B0529A",
    "guitar": "#C9352B",
    "piano": "#2FA3CF",
    "speech": "#E8702A",
    "noise": "#7E848E",
}


def colors(stem_ids: Iterable[str]) -> list[str]:
    """One colour for each stem: its own where it has one, else the next hue that no other stem of the share has."""
    ids = list(stem_ids)
    taken = {PALETTE[stem] for stem in ids if stem in PALETTE}
    spare = [color for color in dict.fromkeys(PALETTE.values()) if color not in taken]
    spare = spare or list(dict.fromkeys(PALETTE.values()))
    strangers = [stem for stem in ids if stem not in PALETTE]
    fallback = {stem: spare[index % len(spare)] for index, stem in enumerate(strangers)}
    return [PALETTE.get(stem) or fallback[stem] for stem in ids]
