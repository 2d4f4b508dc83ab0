"""Stems that somebody brings: links and files become tracks with an id, a name and a colour each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from sharing.domain import Hosted, Incoming, Stem
from sharing.palette import colors

SLUG_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStem:
    """What a new track of a share is to be. `name` is cleaned; an empty colour is chosen from the palette."""

    name: str
    sound: Hosted | Incoming
    color: str
    muted: bool
    soloed: bool
    volume: float
    pan: float


def beside(stems: Sequence[Stem], new: Sequence[NewStem]) -> tuple[Stem, ...]:
    """The new tracks as stems of a share that has these already: with ids and, where none is given, colours."""
    ids = list(_ids([stem.id for stem in stems], [wanted.name for wanted in new]))
    names = [stem.name for stem in stems] + [wanted.name for wanted in new]
    chosen = colors(names)[len(stems) :]
    return tuple(
        _stem(stem_id, wanted, wanted.color or color)
        for stem_id, wanted, color in zip(ids, new, chosen, strict=True)
    )


def _stem(stem_id: str, new: NewStem, color: str) -> Stem:
    return Stem(
        id=stem_id,
        name=new.name,
        color=color,
        muted=new.muted,
        soloed=new.soloed,
        volume=new.volume,
        pan=new.pan,
        hosted=new.sound if isinstance(new.sound, Hosted) else None,
        incoming=new.sound if isinstance(new.sound, Incoming) else None,
    )


def _ids(taken: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """For each name a short id that neither an earlier one nor `taken` has."""
    known = set(taken)
    for name in names:
        slug = slugify(name)[:SLUG_LENGTH].strip("-_") or "stem"
        number, candidate = 1, slug
        while candidate in known:
            number += 1
            candidate = f"{slug}-{number}"
        known.add(candidate)
        yield candidate
