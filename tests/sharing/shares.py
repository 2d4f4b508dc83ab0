"""Shares to test with, and ways to make them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sharing import jobs, media, services, uploads
from sharing.domain import Job, Lease, Share, Stem
from sharing.identity import fingerprint, new_id
from sharing.storages import Opened
from sharing.stores import get_store

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TOKEN = "a token that only its owner has"
SONG = b"fLaC" + bytes(range(256)) * 40
FRAMES = 200_000


@dataclass(frozen=True)
class Installation:
    """What a test can see from outside: the files in media, and who was rung for."""

    media: Path
    bells: list[str] = field(default_factory=list)

    def files(self, below: str = "") -> list[str]:
        """Everything that lies in media, by path."""
        return sorted(
            str(path.relative_to(self.media)) for path in (self.media / below).rglob("*") if path.is_file()
        )


@dataclass(frozen=True)
class Made:
    """A share as its maker got it."""

    id: str
    token: str

    @property
    def path(self) -> str:
        """Its manifest's address."""
        return f"/api/shares/{self.id}/"

    @property
    def owner(self) -> dict[str, str]:
        """Headers with its edit token."""
        return {"Authorization": f"Bearer {self.token}"}


def share(**changes: Any) -> Share:
    """A queued share that lies in no store."""
    values: dict[str, Any] = {
        "id": new_id(),
        "title": "A song",
        "token_hash": fingerprint(TOKEN),
        "created_at": NOON,
        "job": Job(model="classical", queued_at=NOON, source=None),
        "stems": (
            Stem(id="vocals", name="Vocals", color="#E8702A"),
            Stem(id="drums", name="Drums", color="#2F7FC1"),
        ),
    }
    return Share(**(values | changes))


def lease(name: str = "lease", *, deadline: datetime = NOON + timedelta(seconds=20)) -> Lease:
    """A worker's lease."""
    return Lease(id=name, worker="worker-1", deadline=deadline)


def queued(at: datetime, **changes: Any) -> Share:
    """A share that waits since then."""
    return share(job=Job(model="classical", queued_at=at, source=None), **changes)


def keep(kept: Share) -> Share:
    """Put a share into the store."""
    get_store().create(kept)
    return kept


def change(share_id: str, **changes: Any) -> Share:
    """Change a stored share behind everybody's back."""
    return get_store().update(share_id, lambda found: replace(found, **changes))


def stretch(share_id: str, frames: int) -> None:
    """Have all stems of a stored share be so long."""
    stems = get_store().get(share_id).stems
    long = (replace(stem, frames=frames, available_frames=frames) for stem in stems)
    change(share_id, stems=tuple(long))


def watch_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of all files of stems that are read from now on."""
    read: list[str] = []
    really = media.open_stem_file

    def opened(key: str) -> Opened:
        read.append(key)
        return really(key)

    monkeypatch.setattr(media, "open_stem_file", opened)
    return read


def receive(song: bytes = SONG, filename: str = "song.flac") -> uploads.Song:
    """A song that lies in media."""
    with uploads.receive() as reception:
        reception.write(song)
        return reception.keep(filename)


def make(title: str = "A song", **options: Any) -> Made:
    """A queued share with its song, made by the service."""
    made = services.create_separation(receive(), title=title, **options)
    return Made(made.share.id, made.token)


def begin(share_id: str, *, available: int = 0) -> jobs.Claim:
    """A worker that claimed the share, scanned its song, and stored one segment of each stem."""
    claim = jobs.claim(share_id, "worker-1")
    assert claim is not None
    jobs.scanned(claim, frames=FRAMES, gain=0.5, sample_rate=44_100)
    for stem in claim.share.stems:
        claim.put(f"{stem.id}/flac/0.flac", b"sound" * 1000)
        claim.put(f"{stem.id}/peaks.bin", b"\x80\x7f" * 400)
    if available:
        jobs.beat(claim, jobs.Progress(available_frames=available, fraction=0.5, seconds_left=3.0))
    return claim


def make_done() -> Made:
    """A share that is done."""
    made = make()
    jobs.finish(begin(made.id))
    return made


def post_song(
    client: Client,
    song: bytes = SONG,
    *,
    query: Mapping[str, str] | None = None,
    content_type: str = "audio/flac",
    **extra: Any,
) -> Any:
    """Post a raw song to the API."""
    return client.post(
        "/api/shares/", song, content_type=content_type, query_params=dict(query or {}), **extra
    )


def post_form(client: Client, song: bytes | None = SONG, filename: str = "song.flac", **fields: str) -> Any:
    """Post a form to the API."""
    files = {} if song is None else {"song": SimpleUploadedFile(filename, song)}
    return client.post("/api/shares/", {**fields, **files})
