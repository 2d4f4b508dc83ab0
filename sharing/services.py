"""What is done to shares, whoever asks: the API, a page, the command line, the reaper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from separation import catalogue
from separation.errors import ModelError
from sharing import doorbell, media, words
from sharing.domain import Edit, Job, Share, Stem
from sharing.errors import Invalid, ShareGone, TokenRequired, TokenWrong
from sharing.identity import fingerprint, new_token, token_matches
from sharing.palette import colors
from sharing.stores import get_store
from sharing.ttl import TtlCache
from sharing.uploads import Song

_found: TtlCache[str, Share | ShareGone] = TtlCache(settings.STEMLINK_SHARE_CACHE_SECONDS)
_ahead: TtlCache[datetime, int] = TtlCache(settings.STEMLINK_SHARE_CACHE_SECONDS)


@dataclass(frozen=True, slots=True)
class Created:
    """A new share, and its edit token, which nobody can tell again."""

    share: Share
    token: str


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def create_separation(song: Song, *, title: str = "", model: str = "") -> Created:
    """Make a share of a song that lies in media, and tell the workers. The song is deleted if that fails."""
    try:
        share, token = _new_share(song, title, model)
        get_store().create(share)
    except BaseException:
        media.delete_source(song.key)
        raise
    doorbell.ring(share.id)
    return Created(share, token)


def check_model(name: str) -> catalogue.ModelInfo:
    """The model of that name, or the default one for no name. Raises `Invalid` (`unknown_model`)."""
    try:
        return catalogue.get(name) if name else catalogue.default()
    except ModelError as error:
        raise Invalid(error.message, code=error.code, detail={"field": "model"}) from error


def find(share_id: str, *, fresh: bool = False) -> Share:
    """The share of a link. Raises `ShareNotFound`, or `ShareGone` when it was deleted or has expired.

    Where reading costs money it may be as it was a moment ago, so that a link that everybody opens at once is read
    once; `fresh` is for whoever has just changed it.
    """
    if fresh:
        forget(share_id)
    share = _found.get(share_id, lambda: _look_up(share_id))
    if isinstance(share, ShareGone):
        raise share.with_traceback(None)
    if share.expired(now()):
        raise ShareGone
    return share


def forget(share_id: str) -> None:
    """Look a share up again next time."""
    _found.forget(share_id)


def find_owned(share_id: str, token: str | None) -> Share:
    """The share, for its owner. Also raises `TokenRequired` or `TokenWrong`."""
    share = find(share_id, fresh=True)
    if not token:
        raise TokenRequired
    if not token_matches(token, share.token_hash):
        raise TokenWrong
    return share


def edit(share_id: str, token: str | None, change: Edit, *, revision: int | None) -> Share:
    """Change what the owner may change, if `revision` (None for any) is still the share's."""
    find_owned(share_id, token)
    share = get_store().update(share_id, lambda share: share.edit(change), revision=revision)
    forget(share_id)
    return share


def cancel(share_id: str, token: str | None) -> Share:
    """Stop the work for a share and delete its sound; its page stays and says so."""
    before = find_owned(share_id, token)
    share = get_store().update(share_id, Share.cancel)
    forget(share_id)
    media.delete_source(before.job.source)
    media.delete_stems(media.share_prefix(share_id))
    return share


def delete(share_id: str, token: str | None) -> None:
    """Delete a share for its owner: its link answers 410 from now on, and its sound is gone."""
    find_owned(share_id, token)
    remove(share_id)


def remove(share_id: str, *, reason: str | None = None) -> None:
    """Delete a share without asking: its time is over, or the operator wants it so, who may tell visitors a reason."""
    share = get_store().delete(share_id, at=now(), reason=reason)
    forget(share_id)
    media.delete_source(share.job.source)
    media.delete_stems(media.share_prefix(share_id))


def queue_position(share: Share) -> int | None:
    """The share's place in the queue, 1 for the next one; None when it doesn't wait."""
    before = share.queued_at
    if before is None:
        return None
    return _ahead.get(before, lambda: get_store().waiting_count(before=before)) + 1


def _look_up(share_id: str) -> Share | ShareGone:
    """The share, or that it is gone, which is worth remembering as well."""
    try:
        return get_store().get(share_id)
    except ShareGone as gone:
        return gone


def _new_share(song: Song, title: str, model: str) -> tuple[Share, str]:
    info, token, created = check_model(model), new_token(), now()
    days = settings.STEMLINK_EXPIRE_DAYS
    share = Share(
        id=song.share_id,
        title=words.title(title, song.filename),
        token_hash=fingerprint(token),
        created_at=created,
        expires_at=created + timedelta(days=days) if days else None,
        job=Job(model=info.name, source=song.key, queued_at=created),
        stems=_stems(info.sources),
    )
    return share, token


def _stems(sources: Sequence[str]) -> tuple[Stem, ...]:
    return tuple(
        Stem(id=source, name=source.replace("_", " ").capitalize(), color=color)
        for source, color in zip(sources, colors(sources), strict=True)
    )
