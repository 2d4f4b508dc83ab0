"""What media costs: the memory of a ZIP of an hour, and a bucket's requests for a song and for its listeners.

    python -m bench.media [--minutes 60] [--song-minutes 4] [--json FILE]

The bucket is that of the tests (`tests/storages`): moto speaks S3 behind a proxy that counts. Memory is proportional
set size, each ZIP in a fresh process, above what that process held once a first small one was sent. The song is
separated by an installation of its own with the model `classical`; a listener fetches all that a player fetches of the
whole song.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from bench.separation import Memory
from tests.melodies import bass_and_clicks
from tests.running import Service
from tests.storages.proxy import Asked, Proxy
from tests.storages.s3_server import BUCKET, KEYS, S3Server

RATE, SEGMENT_SECONDS = 44_100, 4


def zip_of(minutes: float, format: str) -> dict[str, float]:  # noqa: A002
    """Make a share of so long stems in the media that the environment names, and fetch its ZIP. In its own process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django  # noqa: PLC0415 - it reads the environment

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    short, long = _share(SEGMENT_SECONDS), _share(minutes * 60)
    client = Client(headers={"host": "localhost"})

    def fetch(share_id: str) -> int:
        answer: Any = client.get(f"/api/shares/{share_id}/stems.zip", {"format": format})
        assert answer.status_code == 200, answer.content
        return sum(len(part) for part in answer.streaming_content)

    fetch(short)
    idle = Memory.now()
    began = time.monotonic()
    with Memory() as memory:
        size = fetch(long)
    return {"bytes": size, "idle": idle, "extra": memory.peak - idle, "seconds": time.monotonic() - began}


def _share(seconds: float) -> str:
    """The id of a share of four stems, of which every segment is the same quiet noise."""
    import numpy as np  # noqa: PLC0415 - and all that follows needs Django

    from separation.audio.encode import encode, to_pcm  # noqa: PLC0415
    from sharing import jobs, services, uploads  # noqa: PLC0415

    noise = np.random.default_rng(1).normal(0, 3e-4, (2, SEGMENT_SECONDS * RATE)).astype(np.float32)
    segment = encode(to_pcm(noise), "flac", sample_rate=RATE)
    with uploads.receive() as reception:
        reception.write(segment)
        song = reception.keep("noise.flac")
    share = services.create_separation(song, model="classical").share
    claim = jobs.claim(share.id, "bench")
    assert claim
    jobs.scanned(claim, frames=round(seconds * RATE), gain=1.0, sample_rate=RATE)
    for stem in claim.share.stems:
        for number in range(round(seconds) // SEGMENT_SECONDS):
            claim.put(f"{stem.id}/flac/{number}.flac", segment)
    jobs.finish(claim)
    return share.id


def zips(minutes: float) -> list[dict[str, Any]]:
    """The ZIPs of both formats that cost little to make, out of a folder and out of a bucket."""
    rows = []
    for kind in ("folder", "s3"):
        for format_ in ("flac", "wav"):
            with tempfile.TemporaryDirectory() as folder:
                environment = {**os.environ, "STEMLINK_DATA": folder}
                server = S3Server()
                if kind == "s3":
                    server.start()
                    environment |= KEYS | {"MEDIA_STORAGE": f"s3://{BUCKET}?endpoint={server.url}"}
                try:
                    done = subprocess.run(
                        [sys.executable, "-m", "bench.media", "--zip", format_, "--minutes", str(minutes)],
                        env=environment,
                        stdout=subprocess.PIPE,
                        check=True,
                        text=True,
                    )
                finally:
                    server.stop()
            rows.append({"media": kind, "format": format_, **json.loads(done.stdout.splitlines()[-1])})
    return rows


def kind(asked: Asked) -> str:
    """A request by what it costs."""
    query = parse_qs(urlsplit(asked.path).query, keep_blank_values=True)
    if asked.method == "GET" and {"list-type", "uploads"} & set(query):
        return "LIST"
    if asked.method == "POST" and "delete" in query:
        return "POST ?delete"
    return asked.method


def bucket_requests(song_minutes: float) -> dict[str, Counter[str]]:
    """What a song, one listener of all of it, its ZIP and its deletion ask of a bucket."""
    server = S3Server()
    server.start()
    proxy = Proxy(server.port)
    proxy.start()
    rows: dict[str, Counter[str]] = {}

    def since(title: str) -> None:
        rows[title] = Counter(kind(asked) for asked in proxy.asked)
        proxy.asked.clear()

    with tempfile.TemporaryDirectory() as folder:
        song = bass_and_clicks(Path(folder) / "song.flac", seconds=round(60 * song_minutes))
        address = f"s3://{BUCKET}?endpoint={proxy.url}"
        service = Service(Path(folder), MEDIA_STORAGE=address, STEMLINK_SWEEP_SECONDS="86400", **KEYS)
        try:
            service.start()
            since("start, with the demo share")
            made = service.upload(song, model="classical")
            since(f"upload of {song.stat().st_size / 1e6:.0f} MB")
            done = service.until(made["id"], _is_complete, seconds=1200)
            time.sleep(3)
            since(f"separation of {song_minutes:g} min")
            for stem in done["stems"]:
                requests.get(stem["peaks"]["url"], timeout=30).raise_for_status()
                for number in range(round(60 * song_minutes) // SEGMENT_SECONDS):
                    url = stem["renditions"]["flac"]["url"].replace("{segment}", str(number))
                    requests.get(url, timeout=30).raise_for_status()
            since("one listener of all of it")
            requests.get(f"{service.url}/api/shares/{made['id']}/stems.zip", timeout=300).raise_for_status()
            since("its ZIP")
            owner = {"Authorization": f"Bearer {made['edit_token']}"}
            requests.delete(f"{service.url}/api/shares/{made['id']}/", headers=owner, timeout=60)
            since("deletion")
        finally:
            service.stop()
            proxy.stop()
            server.stop()
    return rows


def _is_complete(manifest: Any) -> bool:
    """Done, with the small rendition, which is made behind."""
    small = [stem["renditions"].get("aac", {}).get("available_frames") for stem in manifest["stems"]]
    return manifest["state"] == "done" and set(small) == {manifest["frames"]}


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--song-minutes", type=float, default=4)
    parser.add_argument("--zip", choices=["flac", "wav"], help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.zip:
        print(json.dumps(zip_of(options.minutes, options.zip)))
        return
    hours = zips(options.minutes)
    for row in hours:
        print(
            f"  ZIP of {options.minutes:g} min, {row['format']}, from {row['media']:6} {row['bytes'] / 1e6:7.0f} MB"
            f" in {row['seconds']:4.0f} s: {row['extra'] / 1e6:5.1f} MB more than {row['idle'] / 1e6:.0f} MB"
        )
    asked = bucket_requests(options.song_minutes)
    for title, counts in asked.items():
        print(f"  {title:32} {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}")
    if options.json:
        options.json.write_text(json.dumps({"zips": hours, "requests": asked}, indent=1))


if __name__ == "__main__":
    main()
