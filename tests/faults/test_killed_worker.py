"""A worker that is killed in the middle of a song loses nothing: another attempt finishes it, by itself."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.running import Service, wait_for


def is_heard(manifest: Mapping[str, Any]) -> bool:
    """In the middle: some of it is there, some isn't."""
    return bool(manifest["state"] == "running" and manifest["stems"][0]["available_frames"])


def is_attempt(number: int, manifest: Mapping[str, Any]) -> bool:
    return bool(manifest["state"] == "running" and manifest["attempt"] == number)


def is_over(manifest: Mapping[str, Any]) -> bool:
    return manifest["state"] in {"done", "failed"}


@pytest.mark.parametrize("victim", ["the child that works", "the whole worker"])
def test_another_attempt_finishes_the_share(fragile: Service, song: Path, victim: str) -> None:
    share = fragile.upload(song)["id"]
    before = fragile.until(share, is_heard)
    worker = fragile.process("worker")
    children = worker.children()
    if victim == "the whole worker":
        worker.kill()
    for child in children:
        child.kill()
    after = fragile.until(share, is_over, seconds=120)
    assert after["state"] == "done", after["error"]
    assert (before["attempt"], after["attempt"]) == (1, 2)
    for stem in after["stems"]:
        assert stem["available_frames"] == after["frames"] == 120 * 44_100
        last = stem["renditions"]["flac"]["url"].format(segment=29)
        assert requests.get(last, timeout=5).status_code == 200
    # Published first, tidied up afterwards.
    wait_for(
        lambda: kept_attempts(fragile, share) == [2], 10, lambda: "the dead attempt's sound is still there"
    )


def test_a_worker_killed_behind_a_share_that_is_done_costs_nothing_that_was_heard(
    fragile: Service, song: Path
) -> None:
    """It may still be making the small rendition: what there is of it is offered, the rest is exact."""
    share = fragile.upload(song)["id"]
    fragile.until(share, lambda manifest: bool(manifest["state"] == "done"))
    for child in fragile.process("worker").children():
        child.kill()
    after = fragile.until(share, lambda manifest: not manifest["growing"])
    assert (after["state"], after["attempt"]) == ("done", 1)
    for stem in after["stems"]:
        assert stem["available_frames"] == after["frames"]
        for rendition in stem["renditions"].values():
            for segment in range(-(-rendition["available_frames"] // rendition["segment_frames"])):
                assert requests.head(rendition["url"].format(segment=segment), timeout=5).status_code == 200
    assert kept_attempts(fragile, share) == [1]


def test_a_worker_that_is_told_to_stop_gives_its_song_back_at_once(fragile: Service, song: Path) -> None:
    """As a new release does. However often that happens, it is no failed try, and nobody waits for a lease."""
    share = fragile.upload(song)["id"]
    for attempt in (1, 2, 3):
        fragile.until(share, partial(is_attempt, attempt))
        worker = fragile.process("worker")
        worker.terminate()
        fragile.until(share, lambda manifest: manifest["state"] == "queued", seconds=5)
        worker.wait(30)
    after = fragile.until(share, is_over)
    assert (after["state"], after["attempt"]) == ("done", 4), after["error"]


def test_a_song_that_kills_every_worker_is_given_up(fragile: Service, song: Path) -> None:
    share = fragile.upload(song)["id"]
    for attempt in (1, 2, 3):
        fragile.until(share, partial(is_attempt, attempt))
        for child in fragile.process("worker").children():
            child.kill()
    manifest = fragile.until(share, is_over)
    assert manifest["state"] == "failed"
    assert manifest["error"]["code"] == "gave_up"
    sources = Path(fragile.environment["STEMLINK_DATA"]) / "media" / "sources"
    wait_for(
        lambda: not kept_attempts(fragile, share) and not list(sources.glob(f"{share}-*")),
        10,
        lambda: "its sound is still there",
    )


def kept_attempts(service: Service, share: str) -> list[int]:
    """The attempts of a share whose sound is on the disk."""
    folder = Path(service.environment["STEMLINK_DATA"]) / "media" / "shares" / share
    return sorted(int(path.name) for path in folder.iterdir()) if folder.is_dir() else []
