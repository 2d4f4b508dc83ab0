"""What a player reads, from the first moment to the end."""

from dataclasses import replace
from typing import Any

from sharing.domain import Share, ShareError
from sharing.links import Links
from sharing.manifest import build
from tests.sharing.shares import NOON, lease, share

LINKS = Links("https://stems.example.org")


def manifest(of: Share) -> dict[str, object]:
    return build(of, LINKS, queue_position=None, worker_seen=True)


def running() -> Share:
    scanned = share(id="TryTheStems").claim(lease()).scan(frames=200_000, gain=0.5, sample_rate=44_100)
    return scanned.beat(NOON, available_frames=176_400, progress=0.25, seconds_left=9.0)


def test_stems_of_a_file_that_was_cut_off_say_so_until_another_attempt() -> None:
    scanned = share().claim(lease()).scan(frames=9, gain=0.5, sample_rate=44_100, truncated=True)
    given_back = scanned.give_back()
    again = given_back.claim(lease("other")).scan(frames=9, gain=0.5, sample_rate=44_100)

    def said(of: Share) -> set[object]:
        return {
            stem["truncated"] for stem in build(of, LINKS, queue_position=None, worker_seen=True)["stems"]
        }

    assert [said(one) for one in (share(), scanned, again)] == [{False}, {True}, {False}]


def test_a_queued_share_lists_its_stems_without_sound() -> None:
    found = build(share(id="TryTheStems"), LINKS, queue_position=3, worker_seen=False)
    stems = found.pop("stems")
    assert found == {
        "version": 1,
        "id": "TryTheStems",
        "title": "A song",
        "url": "https://stems.example.org/TryTheStems",
        "embed_url": "https://stems.example.org/TryTheStems/embed",
        "state": "queued",
        "growing": True,
        "progress": 0.0,
        "queue_position": 3,
        "seconds_left": None,
        "worker_seen": False,
        "error": None,
        "job": "separate",
        "model": "classical",
        "sample_rate": None,
        "frames": None,
        "duration": None,
        "gain": None,
        "exclusive": False,
        "downloads": True,
        "indexed": False,
        "zip": {},
        "revision": 1,
        "attempt": 0,
        "tries": 0,
        "created_at": "2026-05-01T12:00:00Z",
        "expires_at": None,
    }
    assert stems[0] == {
        "id": "vocals",
        "name": "Vocals",
        "color": "#E8702A",
        "muted": False,
        "soloed": False,
        "volume": 1.0,
        "pan": 0.0,
        "kind": "kept",
        "state": "pending",
        "error": None,
        "attempt": 0,
        "frames": None,
        "gain": None,
        "truncated": False,
        "available_frames": 0,
        "downloads": {},
        "peaks": None,
        "renditions": {},
    }


def test_from_the_scan_on_it_says_where_the_sound_is() -> None:
    found = manifest(running())
    assert (found["frames"], found["sample_rate"], found["gain"], found["attempt"]) == (
        200_000,
        44_100,
        0.5,
        1,
    )
    assert found["duration"] == 200_000 / 44_100
    stem = found["stems"][0]  # type: ignore[index]
    assert (stem["state"], stem["available_frames"]) == ("growing", 176_400)
    base = "https://stems.example.org/media/TryTheStems/1/vocals"
    assert stem["peaks"] == {"url": f"{base}/peaks.bin", "frames_per_peak": 441}
    assert stem["renditions"] == {
        "flac": {
            "url": base + "/flac/{segment}.flac",
            "segment_frames": 176_400,
            "lead_frames": 0,
            "tail_frames": 0,
            "available_frames": 176_400,
        }
    }


def test_a_small_rendition_is_offered_as_far_as_it_is_there() -> None:
    done = running().finish(keep_source=False, more=True)
    assert manifest(done)["growing"] is True
    done = done.beat(NOON, available_frames=200_000, progress=1, seconds_left=None, small_frames=176_400)
    renditions = manifest(done)["stems"][0]["renditions"]  # type: ignore[index]
    assert renditions["aac"] == {
        "url": "https://stems.example.org/media/TryTheStems/1/vocals/aac/{segment}.m4a",
        "segment_frames": 176_400,
        "lead_frames": 4_410,
        "tail_frames": 4_410,
        "available_frames": 176_400,
    }
    assert renditions["flac"]["available_frames"] == 200_000
    assert manifest(done.release())["growing"] is False
    assert manifest(done.release())["stems"] == manifest(done)["stems"]


def test_a_finished_share_is_there_to_its_end() -> None:
    found = manifest(running().finish(keep_source=False))
    assert (found["state"], found["progress"], found["seconds_left"]) == ("done", 1.0, None)
    assert found["stems"][0]["available_frames"] == 200_000  # type: ignore[index]
    assert found["stems"][0]["state"] == "ready"  # type: ignore[index]


def test_a_failed_share_says_why_and_points_nowhere() -> None:
    error = ShareError(code="too_long", message="This song is too long.")
    found = manifest(running().fail(error, retry=False, attempts=3))
    assert found["error"] == {"code": "too_long", "message": "This song is too long."}
    stem = found["stems"][0]  # type: ignore[index]
    assert (stem["state"], stem["available_frames"], stem["peaks"], stem["renditions"]) == (
        "failed",
        0,
        None,
        {},
    )


def test_a_new_attempt_has_other_addresses() -> None:
    waiting = running().fail(ShareError(code="x", message="x"), retry=True, attempts=3)
    assert manifest(waiting)["stems"] == manifest(running())["stems"]
    again = waiting.claim(lease("other")).scan(frames=200_000, gain=0.5, sample_rate=44_100)
    assert manifest(again)["attempt"] == 2
    assert "/2/vocals/" in str(manifest(again)["stems"])


def test_nothing_secret_is_in_it() -> None:
    found = replace(running(), job=replace(running().job, source="sources/secret"))
    text = repr(manifest(found))
    assert "secret" not in text
    assert found.token_hash not in text
    assert "worker-1" not in text


def test_files_are_offered_when_all_stems_are_there_and_the_owner_allows_it() -> None:
    growing = running()
    assert manifest(growing)["zip"] == {}
    done = growing.finish(keep_source=False)
    api = "https://stems.example.org/api/shares/TryTheStems"
    found = manifest(done)
    assert found["zip"] == {kind: f"{api}/stems.zip?format={kind}" for kind in ("flac", "wav", "mp3")}
    stems: Any = found["stems"]
    assert stems[1]["downloads"] == {kind: f"{api}/stems/drums.{kind}" for kind in ("flac", "wav", "mp3")}
    refused = manifest(replace(done, downloads=False))
    assert (refused["downloads"], refused["zip"]) == (False, {})
    stems = refused["stems"]
    assert all(stem["downloads"] == {} and stem["renditions"] for stem in stems)
