"""The demo share: the same link in every installation, so that nothing has to be remembered to find it."""

from collections.abc import Mapping

from sharing import media
from sharing.clock import now
from sharing.domain import IMPORT, Job, Share, State, Stem
from sharing.errors import IdTaken, ShareGone, ShareNotFound, Unreadable
from sharing.identity import fingerprint, new_token
from sharing.palette import colors
from sharing.services import find
from sharing.stores import get_store

DEMO_ID = "TryTheStems"
TITLE = "Take the song apart"
ATTEMPT = 1


def find_demo() -> Share | None:
    """The demo share, unless it was deleted or never made, or its record can't be read: the first page needs none."""
    try:
        return find(DEMO_ID)
    except (ShareNotFound, ShareGone, Unreadable):
        return None


def is_wanted() -> bool:
    """Whether it has yet to be made; an operator who deleted it doesn't want it back."""
    try:
        find(DEMO_ID)
    except ShareNotFound:
        return True
    except ShareGone:
        return False
    return False


def put(name: str, data: bytes) -> None:
    """Store one file of its stems, before it is published."""
    media.put(media.attempt_prefix(DEMO_ID, ATTEMPT) + name, data)


def get(name: str) -> bytes:
    """Read back one of these."""
    return media.get(media.attempt_prefix(DEMO_ID, ATTEMPT) + name)


def publish(stems: Mapping[str, tuple[int, float]], *, sample_rate: int) -> None:
    """All its stems are in media, each so many frames long and multiplied by its gain.

    This one write makes it a share, done from the beginning and without an owner.
    """
    created = now()
    share = Share(
        id=DEMO_ID,
        title=TITLE,
        token_hash=fingerprint(new_token()),
        created_at=created,
        job=Job(model="", queued_at=created, source=None, kind=IMPORT, attempt=ATTEMPT, progress=1.0),
        state=State.DONE,
        sample_rate=sample_rate,
        stems=tuple(
            Stem(
                id=stem,
                name=stem.capitalize(),
                color=color,
                attempt=ATTEMPT,
                frames=frames,
                gain=gain,
                available_frames=frames,
                small_frames=frames,
            )
            for (stem, (frames, gain)), color in zip(stems.items(), colors(stems), strict=True)
        ),
    )
    try:
        get_store().create(share)
    except IdTaken:
        return  # somebody else was faster, with the same sound
