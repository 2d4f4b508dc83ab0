"""One track of a share, and where its sound is: kept here, at a URL of somebody else's, or still to come."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class StemState(StrEnum):
    """Where a stem stands."""

    PENDING = "pending"
    GROWING = "growing"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareError:
    """What went wrong, kept with the share or stem: a stable code and a sentence for a person."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """Sound that stays where it is: its direct URL, the one that was pasted, and what a check found out.

    `range` says whether the host sends parts of the file, `cors` whether pages of other sites may read it; None is
    what nobody knows.
    """

    url: str
    original_url: str
    seconds: float | None = None
    size: int | None = None
    range: bool | None = None
    cors: bool | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """Sound that a worker has yet to fetch: a finished upload by its id, or a URL. Nobody but the worker reads it."""

    asked_at: datetime
    upload: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """One track of a share, its fader as the owner set it (`volume` is linear, 1 is unity), and where its sound is.

    Kept sound lies in the media folder of `attempt`, is `frames` long, and was multiplied by `gain` (at most 1) before
    it was stored. `small_frames` is how far its small rendition does, which is made behind and may never be complete.
    `truncated` says that its file was cut off or damaged, so that some sound is missing. `incoming` replaces what is
    there, once it is there. `error` is why the sound is not, or not the new one.
    """

    id: str
    name: str
    color: str
    muted: bool = False
    soloed: bool = False
    volume: float = 1.0
    pan: float = 0.0
    attempt: int = 0
    frames: int | None = None
    gain: float | None = None
    available_frames: int = 0
    small_frames: int = 0
    truncated: bool = False
    hosted: Hosted | None = None
    incoming: Incoming | None = None
    error: ShareError | None = None

    @property
    def kind(self) -> str:
        """Whose the sound is: hosted or kept."""
        return "hosted" if self.hosted else "kept"

    @property
    def whole(self) -> bool:
        """Whether all of its sound is kept here."""
        return self.frames is not None and self.available_frames == self.frames

    @property
    def sounds(self) -> bool:
        """Whether it is heard, or would be if its host answered."""
        return self.whole or self.hosted is not None

    def silent(self, error: ShareError | None = None) -> "Stem":
        """Without sound of any kind."""
        return replace(
            self,
            attempt=0,
            frames=None,
            gain=None,
            available_frames=0,
            small_frames=0,
            truncated=False,
            hosted=None,
            incoming=None,
            error=error,
        )

    def begins(self, *, attempt: int, frames: int, gain: float, truncated: bool = False) -> "Stem":
        """It grows in an attempt's folder: its length and gain are final."""
        return replace(
            self.silent(),
            attempt=attempt,
            frames=frames,
            gain=gain,
            truncated=truncated,
            incoming=self.incoming,
        )

    def reaches(self, available_frames: int, small_frames: int) -> "Stem":
        """So much of it is there: never less than before, and never more than there is."""
        available = max(self.available_frames, min(available_frames, self.frames or 0))
        small = max(self.small_frames, min(small_frames, available))
        return replace(self, available_frames=available, small_frames=small)

    def waits(self) -> "Stem":
        """What should come begins again; sound that it would replace stays."""
        return self if self.sounds else replace(self.silent(), incoming=self.incoming)

    def stays(self, error: ShareError) -> "Stem":
        """What should come won't; sound that it would have replaced stays."""
        return replace(self, incoming=None, error=error) if self.sounds else self.silent(error)
