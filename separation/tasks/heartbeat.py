"""While an attempt works, a thread of its own renews its lease and tells how far it is."""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from django.conf import settings
from django.db import connections

from separation.tasks import leaving
from sharing import jobs
from sharing.errors import Problem, Stopped, StoreUnavailable

log = logging.getLogger(__name__)

STALLED_EXIT = 70
LOOK_SECONDS = 0.1
AGAIN_SECONDS = 1


class Growing(Protocol):
    """Stems that are being written (`separation.segments.SegmentWriter`), or their small rendition."""

    @property
    def available_frames(self) -> int:
        """How many frames there are in media, with all that a player asks for as far as it is told."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an attempt: where it begins and how much of all it is, both 0 to 1."""

    start: float = 0.0
    size: float = 1.0

    def at(self, fraction: float) -> float:
        """How far the attempt is when so much of the part is done."""
        return self.start + self.size * fraction

    def split(self, fraction: float) -> "tuple[Part, Part]":
        """This part in two, the first of which is `fraction` of it."""
        return Part(self.start, self.size * fraction), Part(self.at(fraction), self.size * (1 - fraction))


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Watched:
    """Stems that are being written, or the one of `stem_id`, and which part of the attempt that is."""

    frames: int
    writer: Growing
    small: Growing | None
    stem_id: str | None
    attempt: int | None
    part: Part


class Heartbeat:
    """Beats from entering to leaving. `should_stop` is yes once the attempt is no longer wanted.

    The pipeline asks `should_stop` before each step, which is also the sign that it lives: without one for
    STEMLINK_STALL_SECONDS this process ends itself, as nothing else gets a thread out of a hung library.
    """

    def __init__(self, claim: jobs.Claim) -> None:
        self._claim = claim
        self.share = claim.share  # as it was at the last beat
        self._over = threading.Event()
        self._unwanted = threading.Event()
        self._renewed = self._alive = time.monotonic()
        self._watched: Watched | None = None
        self._reached = 0.0
        self._began: float | None = None
        self._told: Watched | None = None  # those of which it is known that there is something to hear
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="heartbeat", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def should_stop(self) -> bool:
        """Whether the lease is lost, the share cancelled or deleted, or this worker told to stop."""
        self._alive = time.monotonic()
        return self._unwanted.is_set() or leaving.asked()

    def watch(
        self,
        frames: int,
        writer: Growing,
        small: Growing | None = None,
        *,
        stem_id: str | None = None,
        attempt: int | None = None,
        part: Part = WHOLE,
    ) -> None:
        """From now on tell how many of `frames` are available of all stems or of one, and in the small rendition.

        They are of this attempt, or of an earlier one.
        """
        self._began = self._began or time.monotonic()
        self._watched = Watched(frames, writer, small, stem_id, attempt, part)

    def reach(self, fraction: float) -> None:
        """The attempt is so far, and for now there is nothing to watch."""
        self._began = self._began or time.monotonic()
        self._watched, self._reached = None, fraction

    def progress(self) -> jobs.Progress:
        """How far the attempt is now; how long it will still take is known once there is something to go by."""
        watched = self._watched
        if watched is None or not (available := watched.writer.available_frames):
            fraction = watched.part.start if watched else self._reached
            return jobs.Progress(0, fraction, self._left(fraction))
        self._told = watched
        fraction = watched.part.at(available / watched.frames)
        small = watched.small.available_frames if watched.small else 0
        return jobs.Progress(
            available, fraction, self._left(fraction), small, watched.stem_id, watched.attempt
        )

    def insist(self, write: Callable[[], object]) -> None:
        """Write to the store, again and again while it is away and our lease lasts."""
        while True:
            try:
                write()
            except StoreUnavailable:
                if self.should_stop():
                    raise
                time.sleep(AGAIN_SECONDS)
            else:
                return

    def _left(self, fraction: float) -> float | None:
        if not fraction or self._began is None:
            return None
        return (time.monotonic() - self._began) / fraction * (1 - fraction)

    def _run(self) -> None:
        try:
            while self._wait():
                if time.monotonic() - self._alive > settings.STEMLINK_STALL_SECONDS:
                    self._end_process()
                    return
                if not self._beat():
                    return
        finally:
            connections.close_all()  # those of this thread

    def _wait(self) -> bool:
        """Wait for the next beat: every few seconds, and at once when there is something to hear. No when over."""
        due = time.monotonic() + settings.STEMLINK_HEARTBEAT_SECONDS
        while (left := due - time.monotonic()) > 0:
            if self._over.wait(min(left, LOOK_SECONDS)):
                return False
            if leaving.asked():
                return True
            watched = self._watched
            if watched and watched is not self._told and watched.writer.available_frames:
                return True
        return True

    def _beat(self) -> bool:
        """Renew the lease; no when that can't help any more."""
        if leaving.asked():
            # The next step of the attempt may be seconds away, and another worker can begin now.
            with suppress(Stopped):  # the attempt itself was faster
                give_back(self._claim)
            self._unwanted.set()
            return False
        sent = time.monotonic()
        try:
            self.share = jobs.beat(self._claim, self.progress())
        except Stopped as reason:
            log.info("%s: stops (%s).", name(self._claim), reason.code)
            self._unwanted.set()
            return False
        except Problem as problem:
            log.warning("%s: no heartbeat: %s", name(self._claim), problem.message)
            if time.monotonic() - self._renewed > settings.STEMLINK_LEASE_SECONDS:
                self._unwanted.set()  # the reaper sees it so, and another attempt may have begun
                return False
        except Exception:
            log.exception("%s: no heartbeat.", name(self._claim))
        else:
            self._renewed = sent
        return True

    def _end_process(self) -> None:
        log.error(
            "%s: no step for %d s; this process ends.", name(self._claim), settings.STEMLINK_STALL_SECONDS
        )
        with suppress(Exception):
            jobs.fail(self._claim, "stalled", "The work on it got stuck. Upload it again.", retry=True)
        logging.shutdown()
        os._exit(STALLED_EXIT)


def give_back(claim: jobs.Claim) -> None:
    """This worker is told to end: let another one begin. Raises `Stopped` when the share isn't ours any more."""
    try:
        jobs.give_back(claim)
        log.info("%s: given back, since this worker ends.", name(claim))
    except Stopped:
        raise
    except Problem:
        log.warning("%s: the store doesn't take it back; the reaper will see to it.", name(claim))


def name(claim: jobs.Claim) -> str:
    """How the log calls an attempt."""
    return f"Share {claim.share.id}, attempt {claim.attempt}"
