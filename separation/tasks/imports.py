"""An attempt at an import job: files and links become kept stems, one after the other, each with its own success."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from separation import errors
from separation.audio.decode import Limits
from separation.importing import Imported, import_stem
from separation.segments import SegmentWriter
from separation.small import SmallRendition
from separation.tasks.heartbeat import Heartbeat, Part, name
from sharing import jobs, resumable
from sharing.domain import Share, Stem
from sharing.errors import MediaUnavailable, Problem, Stopped, StoreUnavailable, Superseded
from sharing.hosted import client
from sharing.storages import copies

log = logging.getLogger(__name__)

FETCHING = 0.3  # of the time that a stem takes, if it has to be fetched
# A host that answers so may answer otherwise when it is asked again.
PASSING = {"too_slow", "host_error", "interrupted", "unreachable"}


class NotHaveable(errors.SeparationError):
    """The sound of one stem can't be had; the others go on."""


def make(claim: jobs.Claim, heart: Heartbeat) -> None:
    """Import what the share waits for, and publish each stem as soon as it is there.

    Raises what ends the attempt as a whole, and at the end `NotHaveable` for what another attempt may still get.
    """
    stems = [stem for stem in claim.share.stems if stem.incoming]
    left: list[NotHaveable] = []
    for place, stem in enumerate(stems):
        try:
            _make_stem(claim, heart, stem, Part(place / len(stems), 1 / len(stems)))
        except NotHaveable as error:
            log.warning("%s: stem %s: %s (%s)", name(claim), stem.id, error.message, error.code)
            if error.retry and claim.share.job.tries < settings.STEMLINK_ATTEMPTS:
                left.append(error)
            else:
                _refuse(claim, heart, stem, error)
        except (errors.Stopped, Superseded):
            if heart.should_stop():
                raise
            log.info("%s: stem %s is no longer wanted.", name(claim), stem.id)
    if left:
        raise left[0]
    made: list[Share] = []
    heart.insist(lambda: made.append(jobs.finish(claim, more=True)))
    if made[0].job.lease is not None:
        _make_small(claim, heart, made[0])
        heart.insist(lambda: jobs.release(claim))


def _make_stem(claim: jobs.Claim, heart: Heartbeat, stem: Stem, part: Part) -> None:
    """One stem: fetch, scan, store, publish."""
    fetching, making = part.split(FETCHING if stem.incoming and stem.incoming.url else 0)

    def should_stop() -> bool:
        return heart.should_stop() or not _is_wanted(heart.share, stem, claim.attempt)

    def begin(found: Imported, writer: SegmentWriter) -> None:
        heart.insist(lambda: jobs.begin_stem(claim, stem, **asdict(found)))
        heart.watch(found.frames, writer, stem_id=stem.id, part=making)

    def fetched(have: int, of: int | None) -> None:
        heart.reach(fetching.at(min(1, have / of) if of else 0))

    heart.reach(part.start)
    limits = Limits(max_seconds=settings.STEMLINK_MAX_SECONDS + 1)
    with _had(), _file(stem, fetched, should_stop) as path:
        found = import_stem(path, stem.id, claim.put, limits=limits, begin=begin, should_stop=should_stop)
    heart.insist(lambda: jobs.import_stem(claim, stem, **asdict(found)))


def _make_small(claim: jobs.Claim, heart: Heartbeat, share: Share) -> None:
    """The small renditions that published stems still lack, whichever attempt left them so. Without them nothing is
    lost, so they make way for what the owner brings meanwhile: the next attempt makes the rest.
    """
    known = {stem.incoming for stem in claim.share.stems}

    def asked_for_more() -> bool:
        return any(stem.incoming not in known for stem in heart.share.stems if stem.incoming)

    for stem in share.kept:
        if not stem.whole or stem.small_frames == stem.frames:
            continue
        there, stored = claim.of_attempt(stem.attempt), Stored(stem.frames or 0)
        try:
            with SmallRendition(there.get, there.put, [stem.id]) as small:
                heart.watch(stored.available_frames, stored, small, stem_id=stem.id, attempt=stem.attempt)
                small.grow(stored.available_frames)
                small.finish(lambda: heart.should_stop() or asked_for_more())
                heart.insist(lambda: jobs.beat(claim, heart.progress()))
        except errors.Stopped:
            if heart.should_stop():
                raise
            return
        except Stopped:
            raise
        except (errors.SeparationError, Problem, OSError) as error:
            log.warning("%s: the small rendition of stem %s: %s", name(claim), stem.id, error)


@dataclass(frozen=True, slots=True)
class Stored:
    """A stem whose segments and peaks are all there."""

    available_frames: int


@contextmanager
def _file(
    stem: Stem, fetched: Callable[[int, int | None], None], should_stop: Callable[[], bool]
) -> Iterator[Path]:
    """The sound of a stem as a file of this machine, for as long as the context lasts."""
    assert stem.incoming  # noqa: S101 - that is how it was chosen
    with ExitStack() as stack:
        try:
            if upload := stem.incoming.upload:
                path = jobs.patiently(
                    lambda: stack.enter_context(resumable.local_file(upload, should_stop)), should_stop
                )
            else:
                file, path = stack.enter_context(copies.new())
                client.fetch(str(stem.incoming.url), file, progress=fetched, should_stop=should_stop)
                file.flush()
        except Stopped as stopped:  # as we asked, and perhaps for this stem alone
            raise errors.Stopped from stopped
        yield path


@contextmanager
def _had() -> Iterator[None]:
    """What goes wrong with one stem's sound becomes `NotHaveable`; what is no matter of one stem stays what it is."""
    try:
        yield
    except (MediaUnavailable, StoreUnavailable, Stopped, errors.Stopped):
        raise
    except errors.SeparationError as error:
        raise NotHaveable(error.code, error.message, retry=error.retry) from error
    except Problem as error:
        raise NotHaveable(error.code, error.message, retry=error.code in PASSING) from error
    except OSError as error:  # the file could not be written here
        log.error("%s", error)
        raise MediaUnavailable from error


def _refuse(claim: jobs.Claim, heart: Heartbeat, stem: Stem, error: NotHaveable) -> None:
    try:
        heart.insist(lambda: jobs.refuse_stem(claim, stem, error.code, error.message))
    except Superseded:
        log.info("%s: stem %s is no longer wanted.", name(claim), stem.id)


def _is_wanted(share: Share, stem: Stem, attempt: int) -> bool:
    """Whether a share still waits for this sound of a stem, or has it."""
    return any(
        now.id == stem.id and (now.incoming == stem.incoming or now.attempt == attempt) for now in share.stems
    )
