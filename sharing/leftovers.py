"""What shares no longer need is deleted here, and only here: songs, files that were brought, folders of stems.

Deleting may be cut short, and what a worker still writes comes after it; the reaper's sweep asks the same questions.
"""

from collections.abc import Iterable
from contextlib import suppress

from sharing import media
from sharing.domain import Share, Stem
from sharing.errors import MediaUnavailable


def delete(before: Share, after: Share | None) -> None:
    """Delete what a share needed before a change and doesn't need after it; None: it is gone, and all of its sound."""
    if after and _sound(after) == _sound(before):
        return
    if after is None or after.job.source != before.job.source:
        media.delete_source(before.job.source)
    needed = {stem.incoming for stem in after.stems} if after else set()
    delete_incoming(stem for stem in before.stems if stem.incoming not in needed)
    if after is None:
        media.delete_stems(media.share_prefix(before.id))
    else:
        delete_folders(after)


def delete_incoming(stems: Iterable[Stem]) -> None:
    """Delete the files that came for these stems, if they were files."""
    for stem in stems:
        if stem.incoming and stem.incoming.upload:
            media.delete_upload(stem.incoming.upload)


def delete_folders(share: Share) -> None:
    """Delete each folder of the share's stems that none of them names, and that no worker fills.

    A failure is logged: whatever this follows upon was done, and the reaper's sweep comes by later.
    """
    with suppress(MediaUnavailable):
        _delete_folders(share)


def _delete_folders(share: Share) -> None:
    named = {(stem.attempt, stem.id) for stem in share.stems}
    for attempt in media.attempts(share.id):
        if attempt > share.job.attempt or (share.growing and attempt == share.job.attempt):
            continue  # a worker fills it, or one that began after this share was read
        if attempt not in {number for number, _stem in named}:
            media.delete_stems(media.attempt_prefix(share.id, attempt))
            continue
        for stem in media.stems(share.id, attempt):
            if (attempt, stem) not in named:
                media.delete_stems(media.stem_prefix(share.id, attempt, stem))


def _sound(share: Share) -> object:
    """What of a share decides on what it needs in media."""
    return share.growing, share.job.source, [(stem.id, stem.attempt, stem.incoming) for stem in share.stems]
