"""One attempt at a share, from the song to its stems."""

import logging
import os
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace

import torch
from django.conf import settings

from separation import errors
from separation.audio.decode import Limits
from separation.catalogue import ModelInfo
from separation.pipeline import separate
from separation.scan import scan
from separation.segments import SegmentWriter
from separation.small import SmallRendition
from separation.tasks import imports, leaving, warm
from separation.tasks.heartbeat import LOOK_SECONDS, Heartbeat, give_back, name
from sharing import jobs, metrics
from sharing.domain import IMPORT, Share
from sharing.errors import Problem, SourceGone, Stopped, StoreUnavailable

log = logging.getLogger(__name__)

DEVICE_EXIT = 71


def run(claim: jobs.Claim) -> None:
    """Make the stems of a claimed share and publish them, or say in the store why not. Raises nothing."""
    log.info("%s: begins with %s.", name(claim), claim.share.job.model or claim.share.job.kind)
    began = time.monotonic()
    with Heartbeat(claim) as heart:
        try:
            _work(replace(claim, should_stop=heart.should_stop), heart)
        except (Stopped, errors.Stopped):
            _leave(claim)
        except errors.SeparationError as error:
            _fail(claim, heart, error.code, error.message, retry=error.retry)
        except Problem as problem:
            retry = not isinstance(problem, SourceGone)
            _fail(claim, heart, problem.code, problem.message, retry=retry)
        except Exception as error:
            log.exception("%s: failed.", name(claim))
            message = "This failed for a reason inside the server. Its log says more."
            _fail(claim, heart, f"{claim.share.job.kind}_failed", message, retry=True)
            if is_device_error(error):
                # What a CUDA device answers after an error can't be trusted; only a new process has a clean one.
                logging.shutdown()
                os._exit(DEVICE_EXIT)
        else:
            log.info("%s: done in %.1f s.", name(claim), time.monotonic() - began)


def _work(claim: jobs.Claim, heart: Heartbeat) -> None:
    jobs.tidy(claim)
    if claim.share.job.kind == IMPORT:
        imports.make(claim, heart)
    else:
        _separate(claim, heart)


def _separate(claim: jobs.Claim, heart: Heartbeat) -> None:
    """Make the stems of a song, publish them, and make their small rendition behind."""
    stems = [stem.id for stem in claim.share.stems if claim.share.separates(stem)]
    with SmallRendition(claim.get, claim.put, stems) as small:
        _make(claim, heart, small)
        heart.insist(lambda: jobs.finish(claim, more=True))
        _make_rest(claim, heart, small)


def _make(claim: jobs.Claim, heart: Heartbeat, small: SmallRendition) -> None:
    """Scan, separate and store; the small rendition is made behind."""
    limits = Limits(max_seconds=settings.STEMLINK_MAX_SECONDS + 1)
    began = time.monotonic()
    with claim.source() as path:
        model = warm.load(claim.share.job.model)
        found = scan(path, sample_rate=model.info.sample_rate, limits=limits, should_stop=heart.should_stop)
        heart.insist(
            lambda: jobs.scanned(
                claim,
                frames=found.frames,
                gain=found.gain,
                sample_rate=found.sample_rate,
                truncated=found.truncated,
            )
        )
        stems = _in_order(claim.share, model.info)
        blocks = separate(path, model, found, should_stop=heart.should_stop, limits=limits)
        writer = SegmentWriter(
            claim.put,
            stems,
            found.frames,
            found.sample_rate,
            found.gain,
            on_stored=small.grow,
        )
        # Closed here and not with the last of an error's traces: its decoder and threads would wait through the pause.
        with closing(blocks), writer:
            heart.watch(found.frames, writer, small)
            for block in blocks:
                writer.write(block)
    by = (model.info.name, str(model.device))
    metrics.SONG_SECONDS.labels(*by).inc(found.frames / found.sample_rate)
    metrics.WORK_SECONDS.labels(*by).inc(time.monotonic() - began)
    if writer.clipped:
        log.info("%s: %d samples were louder than full scale.", name(claim), writer.clipped)


def _in_order(share: Share, model: ModelInfo) -> Sequence[str]:
    """The stems of a song in the order in which the model gives them: that of the share is its owner's.

    Raises ModelError where the model was trained anew, with other stems, since the song was shared."""
    if {stem.id for stem in share.stems if share.separates(stem)} != set(model.sources):
        raise errors.ModelError(
            "other_stems", f"{model.title} makes other stems by now. Upload the song again to have them."
        )
    return model.sources


def _make_rest(claim: jobs.Claim, heart: Heartbeat, small: SmallRendition) -> None:
    """Wait for the small rendition of what is published. Without it nothing is lost: where it ends, listeners get the
    exact one.
    """
    try:
        small.finish(heart.should_stop)
    except (errors.SeparationError, Problem, OSError) as error:
        log.warning(
            "%s: its small rendition ends at %d frames: %s", name(claim), small.available_frames, error
        )
    heart.insist(lambda: jobs.beat(claim, heart.progress()))
    heart.insist(lambda: jobs.release(claim))


def is_device_error(error: BaseException) -> bool:
    """Whether this comes from a GPU that may be unusable from now on."""
    return isinstance(error, torch.AcceleratorError) or (
        isinstance(error, RuntimeError) and any(word in str(error) for word in ("CUDA", "cuDNN", "cuBLAS"))
    )


def _leave(claim: jobs.Claim) -> None:
    """Stop in the middle: this worker was told to end, or the share isn't ours any more."""
    if not leaving.asked():
        _discard(claim)
        return
    try:
        give_back(claim)
    except Stopped:
        _discard(claim)


def _fail(claim: jobs.Claim, heart: Heartbeat, code: str, message: str, *, retry: bool) -> None:
    if retry and leaving.asked():  # who told us to end may have told our helpers as well
        _leave(claim)
        return
    log.warning("%s: failed (%s): %s", name(claim), code, message)
    if retry and not _pause(claim, heart):
        _leave(claim)
        return
    try:
        heart.insist(lambda: jobs.fail(claim, code, message, retry=retry))
    except Stopped:
        _discard(claim)
    except StoreUnavailable:
        log.warning("%s: the store doesn't take the failure; the reaper will see to it.", name(claim))


def _pause(claim: jobs.Claim, heart: Heartbeat) -> bool:
    """Wait before the next attempt, which would find a host or a bucket as this one did; no when told to stop.

    It is waited here, under the lease, so that the queue needs to know of no times: who is killed meanwhile is found by
    the reaper.
    """
    tries = claim.share.job.tries
    pause = settings.STEMLINK_PAUSE_SECONDS[tries - 1 : tries]  # there is none after the last one
    late = time.monotonic() + sum(pause)
    while (left := late - time.monotonic()) > 0:
        if heart.should_stop():
            return False
        time.sleep(min(left, LOOK_SECONDS))
    return True


def _discard(claim: jobs.Claim) -> None:
    """Delete what nobody will hear; what can't be deleted now is swept by the reaper."""
    with suppress(Problem):
        jobs.discard(claim)
