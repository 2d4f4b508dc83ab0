"""The manifest: the JSON that a player needs to play a share, and that a page needs to tell how it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sharing import services
from sharing.clock import now
from sharing.domain import (
    FILE_FORMATS,
    OVERLAPS_PER_SECOND,
    PEAKS_PER_SECOND,
    SEGMENT_SECONDS,
    Hosted,
    Share,
    ShareError,
    State,
    Stem,
)
from sharing.links import Links
from sharing.stores import get_store
from sharing.ttl import TtlCache

VERSION = 1
WORKER_SILENCE = timedelta(seconds=30)
Manifest = dict[str, Any]

_workers: TtlCache[str, bool] = TtlCache(seconds=2)


def describe(share: Share, links: Links) -> Manifest:
    """The manifest as it is now: asks the store for the queue and the workers while that is of interest."""
    return build(
        share,
        links,
        queue_position=services.queue_position(share),
        worker_seen=share.active and _workers.get("seen", _worker_seen),
    )


def build(share: Share, links: Links, *, queue_position: int | None, worker_seen: bool) -> Manifest:
    """The manifest of a share, from nothing but what is given."""
    rate, frames = share.sample_rate, share.frames
    return {
        "version": VERSION,
        "id": share.id,
        "title": share.title,
        "url": links.share(share.id),
        "embed_url": links.embed(share.id),
        "state": str(share.state),
        "growing": share.growing,
        "progress": round(share.job.progress, 4),
        "queue_position": queue_position,
        "seconds_left": share.job.seconds_left,
        "worker_seen": worker_seen,
        "error": _error(share.error),
        "job": share.job.kind,
        "model": share.job.model or None,
        "sample_rate": rate,
        "frames": frames,
        "duration": frames / rate if frames is not None and rate else None,
        "gain": share.gain,
        "exclusive": share.exclusive,
        "downloads": share.downloads,
        "indexed": share.indexed,
        "zip": _downloads(share, share.kept, "stems.zip?format={format}", links),
        "revision": share.revision,
        "attempt": share.job.attempt,
        "tries": share.job.tries,
        "created_at": _time(share.created_at),
        "expires_at": _time(share.expires_at),
        "stems": [_stem(share, stem, links) for stem in share.stems],
    }


def _stem(share: Share, stem: Stem, links: Links) -> Manifest:
    return {
        "id": stem.id,
        "name": stem.name,
        "color": stem.color,
        "muted": stem.muted,
        "soloed": stem.soloed,
        "volume": stem.volume,
        "pan": stem.pan,
        "kind": stem.kind,
        "state": str(share.stem_state(stem)),
        "error": _error(stem.error),
        **(_hosted(stem.hosted) if stem.hosted else _kept(share, stem, links)),
    }


def _hosted(hosted: Hosted) -> Manifest:
    """Where somebody else's sound is, and what is known of it; null is what nobody knows."""
    return {
        "url": hosted.url,
        "original_url": hosted.original_url,
        "seconds": hosted.seconds,
        "size": hosted.size,
        "range": hosted.range,
        "cors": hosted.cors,
        "checked_at": _time(hosted.checked_at),
    }


def _kept(share: Share, stem: Stem, links: Links) -> Manifest:
    """How long and loud a kept stem is, how far it reaches, and where it is."""
    return {
        "attempt": stem.attempt,
        "frames": stem.frames,
        "gain": stem.gain,
        "truncated": stem.truncated,
        "available_frames": stem.available_frames,
        "downloads": _downloads(share, (stem,), f"stems/{stem.id}.{{format}}", links),
        **_sound(share, stem, links),
    }


def _sound(share: Share, stem: Stem, links: Links) -> Manifest:
    """Where a stem's sound is: nowhere before its scan, and nowhere after a failure."""
    rate = share.sample_rate
    if rate is None or stem.frames is None:
        return {"peaks": None, "renditions": {}}

    def url(name: str) -> str:
        return links.media(share.id, stem.attempt, stem.id, name)

    def rendition(template: str, available_frames: int, overlap: int) -> Manifest:
        return {
            "url": url(template),
            "segment_frames": SEGMENT_SECONDS * rate,
            "lead_frames": overlap,
            "tail_frames": overlap,
            "available_frames": available_frames,
        }

    renditions = {"flac": rendition("flac/{segment}.flac", stem.available_frames, 0)}
    if stem.small_frames:
        overlap = rate // OVERLAPS_PER_SECOND
        renditions["aac"] = rendition("aac/{segment}.m4a", stem.small_frames, overlap)
    return {
        "peaks": {"url": url("peaks.bin"), "frames_per_peak": rate // PEAKS_PER_SECOND},
        "renditions": renditions,
    }


def _downloads(share: Share, stems: Sequence[Stem], name: str, links: Links) -> Manifest:
    """Addresses of a file of these stems in all formats, while it can be had."""
    if not share.downloads or share.state is not State.DONE or not any(stem.whole for stem in stems):
        return {}
    return {kind: links.download(share.id, name.format(format=kind)) for kind in FILE_FORMATS}


def _error(error: ShareError | None) -> Manifest | None:
    return {"code": error.code, "message": error.message} if error else None


def _time(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if value else None


def _worker_seen() -> bool:
    return bool(get_store().workers(since=now() - WORKER_SILENCE))
