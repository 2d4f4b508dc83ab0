"""Examples in the API's description."""

from typing import Any

ID = "NhLbWqKzT4e"
UPLOAD_ID = "Yq3vJ8rXw2kLmN5pQ7sT0A"
TOKEN = "mG4yqV0n7sXv1b2ZJpRkq3t6w9zCfHjN"  # noqa: S105 - it opens nothing
BASE = "https://stems.example.org"

CREATED: dict[str, Any] = {
    "id": ID,
    "url": f"{BASE}/{ID}",
    "embed_url": f"{BASE}/{ID}/embed",
    "manage_url": f"{BASE}/{ID}#edit={TOKEN}",
    "edit_token": TOKEN,
    "state": "queued",
}
_STEM: dict[str, Any] = {
    "id": "vocals",
    "name": "Vocals",
    "color": "#E8702A",
    "muted": False,
    "soloed": False,
    "volume": 1.0,
    "pan": 0.0,
    "kind": "kept",
    "state": "growing",
    "error": None,
    "attempt": 1,
    "frames": 8_467_200,
    "gain": 0.5,
    "truncated": False,
    "available_frames": 1_764_000,
    "downloads": {},
    "peaks": {"url": f"{BASE}/media/{ID}/1/vocals/peaks.bin", "frames_per_peak": 441},
    "renditions": {
        "flac": {
            "url": f"{BASE}/media/{ID}/1/vocals/flac/{{segment}}.flac",
            "segment_frames": 176_400,
            "lead_frames": 0,
            "tail_frames": 0,
            "available_frames": 1_764_000,
        }
    },
}
MANIFEST: dict[str, Any] = {
    "version": 1,
    "id": ID,
    "title": "My song",
    "url": f"{BASE}/{ID}",
    "embed_url": f"{BASE}/{ID}/embed",
    "state": "running",
    "growing": True,
    "progress": 0.21,
    "queue_position": None,
    "seconds_left": 9.4,
    "worker_seen": True,
    "error": None,
    "job": "separate",
    "model": "bandsplit-2",
    "sample_rate": 44_100,
    "frames": 8_467_200,
    "duration": 192.0,
    "gain": 0.5,
    "exclusive": False,
    "downloads": True,
    "indexed": False,
    "zip": {},
    "revision": 1,
    "attempt": 1,
    "tries": 1,
    "created_at": "2026-05-01T12:00:00Z",
    "expires_at": None,
    "stems": [_STEM],
}
_LINK = "https://www.dropbox.com/scl/fi/q1w2e3/Vocals.flac?rlkey=r4t5"
LINKS: dict[str, Any] = {"urls": [_LINK, "https://example.org/drums.mp3"]}
FILES: dict[str, Any] = {"files": ["03_Lead Vox.wav", _LINK], "taken": ["#2F7FC1"]}
NAMES: dict[str, Any] = {
    "stems": [{"name": "Lead Vox", "color": "#E8702A"}, {"name": "Vocals", "color": "#E8702A"}]
}
CHECKED: dict[str, Any] = {
    "links": [
        {
            "original_url": f"{_LINK}&dl=0",
            "url": "https://dl.dropboxusercontent.com/scl/fi/q1w2e3/Vocals.flac?rlkey=r4t5",
            "name": "Vocals",
            "host": "Dropbox",
            "ok": True,
            "problem": None,
            "content_type": "audio/flac",
            "size": 25_401_234,
            "seconds": 192.0,
            "range": True,
            "cors": True,
            "keepable": True,
        }
    ]
}
STEMS: dict[str, Any] = {
    "title": "My song",
    "stems": [
        {"url": _LINK},
        {"url": "https://example.org/drums.mp3", "keep": True, "name": "Drums", "volume": 0.8},
        {"upload": f"{BASE}/api/uploads/{UPLOAD_ID}"},
    ],
}
EDIT: dict[str, Any] = {"title": "My song, live", "stems": [{"id": "drums", "volume": 0.7}]}
