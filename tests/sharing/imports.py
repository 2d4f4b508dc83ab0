"""Shares of files that somebody brings, and a worker's attempts at them, for tests."""

import io
from typing import Any

from separation.tasks import attempt
from sharing import bringing, jobs, resumable, services
from sharing.bringing import Wish
from sharing.domain import Share, Stem
from sharing.stores import get_store
from tests.hosts import Request
from tests.sharing.shares import Made

ORIGIN = "http://testserver"


def bring(sound: bytes, filename: str = "song.wav") -> str:
    """The id of an upload that is complete."""
    upload = resumable.create(len(sound), filename)
    resumable.append(upload, 0, io.BytesIO(sound).read)
    return upload.id


def make_of(*wishes: Wish, **options: Any) -> Made:
    """A share of stems, made by the service."""
    created = services.create_stems(bringing.new_stems(wishes, ORIGIN), **options)
    return Made(created.share.id, created.token)


def make_of_files(*sounds: bytes, **options: Any) -> Made:
    """A share of files that were brought: stems `a`, `b`, `c`, ..."""
    return make_of(
        *(Wish(upload=bring(sound), name=chr(97 + n)) for n, sound in enumerate(sounds)), **options
    )


def work(share_id: str) -> None:
    """What a worker does when the bell rings."""
    claim = jobs.claim(share_id, "worker-1")
    assert claim is not None, "nothing is waited for"
    attempt.run(claim)


def silence(request: Request) -> None:
    """Answers nothing for as long as the host is there."""
    for _turn in request.until_the_end():
        pass


def now(share_id: str) -> Share:
    """The share as it is."""
    return get_store().get(share_id)


def stem(share_id: str, stem_id: str) -> Stem:
    """One of its stems as it is."""
    return next(stem for stem in now(share_id).stems if stem.id == stem_id)
