"""A worker that is killed in the middle loses nothing: another attempt finishes what was missing, by itself."""

import base64
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.running import Service, wait_for

SLOW_TORCH = """
import sys, time

class Slow:
    def find_spec(name, *_more):
        if name == "torch":
            time.sleep(6)

sys.meta_path.insert(0, Slow)
"""


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


def test_the_next_child_may_take_its_time_to_begin(tmp_path: Path) -> None:
    """As PyTorch does from a slow disk: it was killed after four seconds, and so was each one that followed."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_TORCH)
    slow = Service(tmp_path, PYTHONPATH=str(tmp_path))
    try:
        slow.start()
        wait_for(lambda: slow.log("worker").count("is ready on") == 1, 60)
        for child in slow.process("worker").children():
            child.kill()
        wait_for(lambda: slow.log("worker").count("is ready on") == 2, 60, lambda: slow.log("worker"))
    finally:
        slow.stop()


def test_the_first_of_three_files_is_not_made_again(fragile: Service, song: Path) -> None:
    stems = [{"upload": bring(fragile, song), "name": name} for name in ("One", "Two", "Three")]
    answer = requests.post(f"{fragile.url}/api/shares/", json={"stems": stems}, timeout=10)
    assert answer.status_code == 201, answer.text
    share = answer.json()["id"]
    before = fragile.until(share, is_in_the_second)
    media = Path(fragile.environment["STEMLINK_DATA"]) / "media"
    made = times(media / "shares" / share / "1" / "one" / "flac")
    for child in fragile.process("worker").children():
        child.kill()
    assert fragile.manifest(share)["stems"][0] == before["stems"][0], "what is there plays on"
    after = fragile.until(share, is_over, seconds=120)
    assert (after["state"], after["attempt"]) == ("done", 2), after["error"]
    assert [stem["available_frames"] for stem in after["stems"]] == [120 * 44_100] * 3
    assert times(media / "shares" / share / "1" / "one" / "flac") == made
    attempts = [stem["renditions"]["flac"]["url"].split("/")[-4] for stem in after["stems"]]
    assert attempts == ["1", "2", "2"]
    for stem in after["stems"]:
        last = stem["renditions"]["flac"]["url"].format(segment=29)
        assert requests.get(last, timeout=5).status_code == 200
    wait_for(
        lambda: not (media / "shares" / share / "1" / "two").exists() and not list(media.glob("uploads/*")),
        10,
        lambda: "what nobody needs any more is still there",
    )


def bring(service: Service, file: Path) -> str:
    """Upload a file as a tus client does; the upload's address."""
    data = file.read_bytes()
    version = {"Tus-Resumable": "1.0.0"}
    name = base64.b64encode(file.name.encode()).decode()
    created = requests.post(
        f"{service.url}/api/uploads/",
        headers=version | {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"},
        timeout=10,
    )
    assert created.status_code == 201, created.text
    address = urljoin(created.url, created.headers["Location"])
    sent = requests.patch(
        address,
        data=data,
        headers=version | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        timeout=60,
    )
    assert sent.status_code == 204, sent.text
    return address


def is_in_the_second(manifest: Mapping[str, Any]) -> bool:
    """The first is there, of the second some is, of the third nothing."""
    states = [stem["state"] for stem in manifest["stems"]]
    assert states != ["ready"] * 3, "it was too quick to be killed"
    return states == ["ready", "growing", "pending"]


def kept_attempts(service: Service, share: str) -> list[int]:
    """The attempts of a share whose sound is on the disk."""
    folder = Path(service.environment["STEMLINK_DATA"]) / "media" / "shares" / share
    return sorted(int(path.name) for path in folder.iterdir()) if folder.is_dir() else []


def times(folder: Path) -> dict[str, int]:
    """When each file was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
