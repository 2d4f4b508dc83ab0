"""Colours of stems: a fixed set that colour-blind people can tell apart; a stem keeps its hue everywhere."""

import re
from collections.abc import Iterable
from itertools import pairwise

from django.utils.translation import gettext as _

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

# What engineers write on their tracks.
_WORDS = {
    "vocals": "vocal vocals vox voc vocs voice voices singer singing sing choir bv bvs bgv bgvs harmony harmonies "
    "acapella acappella soprano alto tenor rap adlib adlibs",
    "drums": "drum drums drm drms kit kick kik kck bd snare sn sd hat hats hihat hihats hh tom toms overhead overheads "
    "oh ohs cymbal cymbals crash ride perc percs percussion clap claps shaker tambourine cajon conga congas bongo "
    "bongos beat beats",
    "bass": "bass sub subbass 808 contrabass",
    "guitar": "guitar guitars gtr gtrs git agtr egtr acgtr elgtr ukulele banjo mandolin",
    "piano": "piano pianos pno keys keyboard keyboards rhodes wurli wurlitzer epiano clavinet",
    "speech": "speech dialog dialogue narration narrator speaker",
    "other": "other others",
    "noise": "noise fx sfx ambience ambient atmo",
}
_INSTRUMENTS = {word: instrument for instrument, words in _WORDS.items() for word in words.split()}
_PAIRS = {
    ("bass", "guitar"): "bass",
    ("bass", "keys"): "bass",
    ("hi", "hat"): "drums",
    ("hi", "hats"): "drums",
}
# Said of another instrument these are how it sounds: "Vocal FX".
_WEAK = {"noise", "other"}


def instrument(name: str) -> str | None:
    """The palette's name for what a stem's name says it is: "Lead Vox" is "vocals", "Bass DI" is "bass"."""
    said = re.findall(r"[^\W\d_]+|\d+", name.casefold())
    for pair in pairwise(said):
        if pair in _PAIRS:
            return _PAIRS[pair]
    found = [_INSTRUMENTS[word] for word in said if word in _INSTRUMENTS]
    strong = [one for one in found if one not in _WEAK]
    # The last word is the noun: a bass drum is a drum, and a bass voice a voice.
    return next(reversed(strong or found), None)


def colors(names: Iterable[str], beside: Iterable[str] = ()) -> list[str]:
    """One colour for each stem: its instrument's where it names one, else the next hue that no other stem has.

    `beside` are colours of the share's other stems.
    """
    known = [instrument(name) for name in names]
    taken = {PALETTE[one] for one in known if one} | {color.upper() for color in beside}
    spare = [color for color in dict.fromkeys(PALETTE.values()) if color not in taken]
    spare = spare or list(dict.fromkeys(PALETTE.values()))
    strangers = (spare[index % len(spare)] for index in range(len(known)))
    return [PALETTE[one] if one else next(strangers) for one in known]


def named() -> list[dict[str, str]]:
    """The hues to choose from, with words for those who can't see them."""
    words = (_("Orange"), _("Blue"), _("Green"), _("Purple"), _("Red"), _("Light blue"), _("Grey"))
    hues = dict.fromkeys(PALETTE.values())
    return [{"color": color, "name": name} for color, name in zip(hues, words, strict=True)]
