"""What an owner changes. None leaves a value as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sharing.domain.stem import Hosted, Incoming, Stem


@dataclass(frozen=True, slots=True, kw_only=True)
class StemEdit:
    """What an owner changes of one stem; `sound` replaces its sound."""

    id: str
    name: str | None = None
    color: str | None = None
    muted: bool | None = None
    soloed: bool | None = None
    volume: float | None = None
    pan: float | None = None
    sound: Hosted | Incoming | None = None

    def apply(self, stem: Stem) -> Stem:
        """The stem with these changes. A link sounds at once; what has to be fetched replaces the old when it came."""
        names = ("name", "color", "muted", "soloed", "volume", "pan")
        stem = replace(stem, **{n: value for n in names if (value := getattr(self, n)) is not None})
        match self.sound:
            case Hosted():
                return replace(stem.silent(), hosted=self.sound)
            case Incoming():
                return replace(stem.waits(), incoming=self.sound, error=None)
        return stem


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a share ends; None for never."""

    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an owner changes of a share. `remove` names stems, `order` all that are left in their new order."""

    title: str | None = None
    exclusive: bool | None = None
    downloads: bool | None = None
    indexed: bool | None = None
    expiry: Expiry | None = None
    stems: tuple[StemEdit, ...] = ()
    remove: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None

    def with_sounds(self, sounds: Mapping[str, Hosted | Incoming]) -> "Edit":
        """The same edit, in which these stems are given other sounds."""
        stems = tuple(replace(stem, sound=sounds.get(stem.id, stem.sound)) for stem in self.stems)
        return replace(self, stems=stems)
