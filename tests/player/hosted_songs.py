"""Shares of hosted stems, alone or beside kept ones."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.hosts import File
from tests.player.studio import RATE, Song, Sound

ANYWHERE = "; connect-src 'self' http: blob:; media-src 'self' http: blob:"


def hosted(data: bytes, **behaviour: Any) -> File:
    """A file as a bucket gives it out: scripts of other sites see neither its type nor where a range lies."""
    return File(data, **{"type": "application/octet-stream", "expose": "", **behaviour})


@dataclass
class HostedSong(Song):
    """Kept stems of a song, which may be none, and URLs of hosted ones."""

    stems: dict[str, Sound] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # what the server found out
    hints: dict[str, dict[str, Any]] = field(default_factory=dict)
    policy: str = ANYWHERE
    sounds: dict[str, Sound] = field(default_factory=dict)  # what hosted stems should sound like

    def pcm(self, stem: str) -> Sound:
        """Of any kind."""
        return self.stems[stem] if stem in self.stems else self.sounds[stem]

    def manifest(self, base: str) -> dict[str, Any]:
        """As the service would describe it."""
        kept = Song(self.stems or {"none": np.zeros((2, 1), np.int16)}, title=self.title)
        described = kept.manifest(base)
        if not self.stems:
            described |= {"stems": [], "sample_rate": None, "frames": None}
        hinted = [round(seconds * RATE) for seconds in self.seconds.values()]
        described["frames"] = max([*hinted, described["frames"] or 0]) or None
        described["stems"] += [self._hosted(name, url) for name, url in self.links.items()]
        return described

    def _hosted(self, name: str, url: str) -> dict[str, Any]:
        return {
            "id": name, "name": name.capitalize(), "color": "#0072b2", "muted": False, "soloed": False,
            "volume": 1.0, "pan": 0.0, "kind": "hosted", "state": "ready", "error": None, "url": url,
            "original_url": url, "seconds": self.seconds.get(name), "size": None, "cors": None, "range": None,
            **self.hints.get(name, {}),
        }  # fmt: skip
