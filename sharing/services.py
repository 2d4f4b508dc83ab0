"""What is done to shares, whoever asks: the API, a page, the command line, the reaper."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from config import logs
from separation import catalogue
from separation.errors import ModelError
from sharing import doorbell, leftovers, media, resumable, stems, words
from sharing.clock import now
from sharing.domain import (
    IMPORT,
    SAMPLE_RATE,
    Edit,
    Expiry,
    Hosted,
    Incoming,
    Job,
    Share,
    ShareError,
    State,
    Stem,
)
from sharing.errors import Invalid, OutcomeUnknown, Problem, ShareGone, TokenRequired, TokenWrong
from sharing.identity import fingerprint, new_id, new_token, token_matches
from sharing.palette import colors
from sharing.stems import NewStem
from sharing.stores import Change, get_store
from sharing.ttl import TtlCache
from sharing.uploads import Song

LONGEST = timedelta(days=36_525)  # so that no store counts with times at which calendars end

_found: TtlCache[str, Share | ShareGone] = TtlCache(settings.STEMLINK_SHARE_CACHE_SECONDS)
_ahead: TtlCache[datetime, int] = TtlCache(settings.STEMLINK_SHARE_CACHE_SECONDS)


@dataclass(frozen=True, slots=True)
class Created:
    """A new share, and its edit token, which nobody can tell again."""

    share: Share
    token: str


def create_separation(song: Song, *, title: str = "", model: str = "") -> Created:
    """Make a share of a song that lies in media, and tell the workers. The song is deleted if that fails."""
    try:
        share, token = _new_share(song, title, model)
        get_store().create(share)
    except BaseException:
        media.delete_source(song.key)
        raise
    logs.bind(share=share.id)
    doorbell.ring(share.id)
    return Created(share, token)


def create_stems(
    new: Sequence[NewStem],
    *,
    title: str = "",
    exclusive: bool = False,
    downloads: bool = True,
    indexed: bool = False,
    expiry: Expiry | None = None,
) -> Created:
    """Make a share of stems that exist already: done at once, or when a worker has fetched what is to be kept here."""
    token, created = new_token(), now()
    if expiry:
        check_expiry(expiry, created)
    empty = Share(
        id=new_id(),
        title=words.title(title),
        token_hash=fingerprint(token),
        created_at=created,
        expires_at=expiry.at if expiry else _expiry(created),
        exclusive=exclusive,
        downloads=downloads,
        indexed=indexed,
        job=Job(model="", queued_at=created, source=None, kind=IMPORT),
        state=State.DONE,
        sample_rate=SAMPLE_RATE,
        revision=0,
    )
    share = empty.add(stems.beside((), new))
    with _taking(share.id, [stem.sound for stem in new]):
        get_store().create(share)
    logs.bind(share=share.id)
    if share.state is State.QUEUED:
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
    share = find_owned(share_id, token)
    if change.expiry:
        check_expiry(change.expiry, share.created_at)
    sounds = [stem.sound for stem in change.stems]
    return _update(share_id, lambda share: share.edit(change), sounds, revision=revision)


def add_stems(share_id: str, token: str | None, new: Sequence[NewStem], *, revision: int | None) -> Share:
    """Put more stems behind those of a share, if `revision` (None for any) is still its."""
    find_owned(share_id, token)
    sounds = [stem.sound for stem in new]
    return _update(
        share_id, lambda share: share.add(stems.beside(share.stems, new)), sounds, revision=revision
    )


def learn(share_id: str, found: Mapping[str, tuple[Hosted, ShareError | None]]) -> Share:
    """Keep what a check of hosted stems found out, by their ids."""
    return _update(share_id, lambda share: share.check(found))


def check_expiry(expiry: Expiry, created: datetime) -> None:
    """Raise `Invalid` for an end that has come already, or is later than this server (or any store) keeps shares."""
    latest = _expiry(created)
    if expiry.at is not None and expiry.at <= now():
        raise Invalid(
            "This time is over already. To end the share now, delete it.", detail={"field": "expires_at"}
        )
    if expiry.at is not None and expiry.at > created + LONGEST:
        raise Invalid(
            "This end is more than a hundred years away. To keep the share for good, give it no end.",
            detail={"field": "expires_at"},
        )
    if latest and (expiry.at is None or expiry.at > latest):
        days = "a day" if settings.STEMLINK_EXPIRE_DAYS == 1 else f"{settings.STEMLINK_EXPIRE_DAYS} days"
        raise Invalid(
            f"This server keeps a share for at most {days} after it was made.",
            detail={"field": "expires_at"},
        )


def cancel(share_id: str, token: str | None) -> Share:
    """Stop the work for a share and delete its unfinished sound; its page stays and says so."""
    find_owned(share_id, token)
    return _update(share_id, Share.cancel)


def delete(share_id: str, token: str | None) -> None:
    """Delete a share for its owner: its link answers 410 from now on, and its sound is gone."""
    find_owned(share_id, token)
    remove(share_id)


def remove(share_id: str, *, reason: str | None = None) -> None:
    """Delete a share without asking: its time is over, or the operator wants it so, who may tell visitors a reason.

    Where its document can't be read, the reaper's sweep finds what was to become stems.
    """
    share = get_store().delete(share_id, at=now(), reason=reason)
    forget(share_id)
    if share is None:
        media.delete_stems(media.share_prefix(share_id))
    else:
        leftovers.delete(share, None)


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


def _update(
    share_id: str,
    change: Change,
    sounds: Sequence[Hosted | Incoming | None] = (),
    *,
    revision: int | None = None,
) -> Share:
    """Change a share, to which these sounds come, and do what follows: a worker is told, and what is no longer needed
    is deleted.
    """
    before: list[Share] = []

    def step(share: Share) -> Share:
        before[:] = [share]
        return change(share)

    with _taking(share_id, sounds):
        share = get_store().update(share_id, step, revision=revision)
    forget(share_id)
    if share.state is State.QUEUED and before[0].state is not State.QUEUED:
        doorbell.ring(share_id)
    leftovers.delete(before[0], share)
    return share


@contextmanager
def _taking(share_id: str, sounds: Iterable[Hosted | Incoming | None]) -> Iterator[None]:
    """Take the files among these sounds for a share that is about to wait for them, and for no other.

    They are given back when nothing comes of it. What is left by a crash, or in doubt, the reaper's sweep gives back.
    Raises what `resumable.take` does.
    """
    taken: list[str] = []
    try:
        for sound in sounds:
            if isinstance(sound, Incoming) and sound.upload:
                resumable.take(sound.upload, share_id)
                taken.append(sound.upload)
        yield
    except OutcomeUnknown:
        raise
    except Problem:
        for upload_id in taken:
            resumable.release(upload_id)
        raise


def _expiry(created: datetime) -> datetime | None:
    """When a share ends if its owner says nothing."""
    days = settings.STEMLINK_EXPIRE_DAYS
    return created + timedelta(days=days) if days else None


def _new_share(song: Song, title: str, model: str) -> tuple[Share, str]:
    info, token, created = check_model(model), new_token(), now()
    share = Share(
        id=song.share_id,
        title=words.title(title, song.filename),
        token_hash=fingerprint(token),
        created_at=created,
        expires_at=_expiry(created),
        job=Job(model=info.name, source=song.key, queued_at=created),
        stems=_stems(info.sources),
    )
    return share, token


def _stems(sources: Sequence[str]) -> tuple[Stem, ...]:
    return tuple(
        Stem(id=source, name=source.replace("_", " ").capitalize(), color=color)
        for source, color in zip(sources, colors(sources), strict=True)
    )
