"""Exact and small renditions of one share, made by the worker's own code: each joins with itself and with the other."""

import random
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import BrowserContext, Page

from separation.pieces import OVERLAP_FRAMES, Pieces
from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import RATE, SEGMENT, Song, Sound, Studio, flac
from tests.player.test_exactness import Commands, perform


def tones(frames: int, *pitches: float) -> Sound:
    """A chord with a soft hiss: no sample is far from the one before."""
    time = np.arange(frames) / RATE
    hiss = np.random.default_rng(0).standard_normal((2, frames)) * 40
    fade = np.clip(np.minimum(time, time[::-1]) * 10, 0, 1)
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in pitches) * 4_000 * fade
    return np.round(np.stack([chord, chord[::-1]]) + hiss).astype(np.int16)


@dataclass
class WithSmall(Song):
    """A song that has a small rendition as well, of the first `small` frames; without `exact` nothing else."""

    small: int = 10**9
    exact: bool = True

    def file(self, path: str) -> bytes | None:
        """As `Song`, and `<attempt>/<stem>/aac/<n>.m4a`."""
        found = re.fullmatch(r"1/(\w+)/aac/(\d+)\.m4a", path)
        if not found:
            return super().file(path)
        if path not in self._files:
            sound, maker = self.stems[found[1]], Pieces()
            cuts = list(range(SEGMENT, self.frames, SEGMENT))
            segments = [*(flac(part) for part in np.split(sound, cuts, axis=1)), None]
            pieces = [piece for segment in segments if (piece := maker.take(segment))]
            self._files |= {f"1/{found[1]}/aac/{number}.m4a": piece for number, piece in enumerate(pieces)}
        return self._files.get(path)

    def _stem(self, base: str, index: int, available: int) -> dict[str, Any]:
        stem = super()._stem(base, index, available)
        reach = min(self.small, available)
        stem["renditions"]["aac"] = {
            "url": f"{base}/media/1/{stem['id']}/aac/{{segment}}.m4a",
            "segment_frames": SEGMENT,
            "lead_frames": OVERLAP_FRAMES,
            "tail_frames": OVERLAP_FRAMES,
            "available_frames": reach,
        }
        if not self.exact:
            del stem["renditions"]["flac"]
        return stem


def chords(segments: int) -> dict[str, Sound]:
    """Two stems whose end is inside a segment."""
    frames = SEGMENT * segments + 4_321
    return {"vocals": tones(frames, 311, 740, 1_480), "bass": tones(frames, 55, 110, 165)}


def test_small_pieces_meet_without_a_step(page: Page, studio: Studio) -> None:
    """Through random seeks, a loop across a join, solo and mute."""
    dice = random.Random(3)
    commands: Commands = [{"at": 0, "what": "play"}]
    commands += [{"at": 9 + n * 1.3, "what": "seek", "with": dice.uniform(0, 18)} for n in range(6)]
    commands += [
        {"at": 17, "what": "loop", "with": [7.1, 8.4]},
        {"at": 17.1, "what": "seek", "with": 7.2},
        {"at": 19.0, "what": "mix", "with": ["vocals", {"soloed": True}]},
        {"at": 20.2, "what": "mix", "with": ["vocals", {"soloed": False}]},
        {"at": 21.3, "what": "mix", "with": ["bass", {"muted": True}]},
        {"at": 23.0, "what": "loop", "with": None},
    ]
    heard = perform(page, studio, WithSmall(chords(5), exact=False), commands, 30)
    steps = heard["steps"]
    assert not studio.asked("/flac/")
    assert steps["joins"] >= 8
    assert 0 < steps["inside"] < 0.05
    assert steps["atJoins"] <= steps["inside"]


def test_without_overlap_there_would_be_one(page: Page, studio: Studio) -> None:
    """That a step would be noticed: the same stems in pieces that know nothing of their neighbours."""
    heard = perform(page, studio, Song(chords(3), codec="aac"), [{"at": 0, "what": "play"}], 12)
    assert heard["steps"]["atJoins"] > heard["steps"]["inside"]


def test_from_one_rendition_to_the_other_without_a_step(page: Page, studio: Studio) -> None:
    """A listener changes his mind every few seconds; what is decoded stays."""
    wanted = ["aac", "flac", "aac", "flac"]
    commands: Commands = [{"at": 0, "what": "play"}]
    commands += [{"at": 2 + n * 4.1, "what": "rendition", "with": name} for n, name in enumerate(wanted)]
    heard = perform(page, studio, WithSmall(chords(5)), commands, 20)
    steps = heard["steps"]
    assert len(studio.asked("vocals/aac/")) >= 2
    assert len(studio.asked("vocals/flac/")) >= 2
    assert steps["joins"] >= 4
    assert 0 < steps["atJoins"] <= steps["inside"]


def test_the_listener_chooses_and_gets_the_exact_one_where_the_small_one_ends(
    page: Page, studio: Studio
) -> None:
    studio.song = WithSmall(chords(4), small=SEGMENT)
    visit(page, studio)
    page.get_by_role("button", name="More").click()
    page.get_by_label("Sound").select_option("small")
    page.keyboard.press("Escape")
    play(page)
    wait_until_past(page, 0.3)
    assert studio.asked("vocals/aac/0.m4a")
    assert not studio.asked("vocals/flac/0.flac")
    assert studio.asked("vocals/flac/1.flac")
    assert not studio.asked("vocals/aac/1.m4a")


def test_a_slow_line_gets_the_small_one_by_itself(
    context: BrowserContext, page: Page, studio: Studio
) -> None:
    studio.song = WithSmall(chords(5))
    visit(page, studio)
    slow = {"offline": False, "latency": 20, "downloadThroughput": 150_000, "uploadThroughput": 150_000}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    play(page)
    wait_until_past(page, 4.2, timeout=30)
    assert studio.asked("/aac/")
    assert not studio.asked("vocals/flac/2.flac")


def test_a_small_rendition_that_comes_later_is_noticed(page: Page, studio: Studio) -> None:
    """It grows on when the share is done already."""
    song = WithSmall(chords(3), small=0)
    manifest = song.manifest

    def growing(base: str) -> dict[str, Any]:
        return manifest(base) | {"growing": song.small < song.frames}

    object.__setattr__(song, "manifest", growing)
    studio.song = song
    visit(page, studio)
    page.wait_for_timeout(2_500)
    song.small = song.frames
    asked = len(studio.asked("/api/"))
    for _ in range(40):
        page.wait_for_timeout(200)
        if len(studio.asked("/api/")) > asked:
            break
    page.wait_for_timeout(500)
    asked = len(studio.asked("/api/"))
    page.wait_for_timeout(3_000)
    assert len(studio.asked("/api/")) == asked, "nothing more to come"


def test_a_browser_without_aac_gets_the_exact_one(page: Page, studio: Studio) -> None:
    """What is no sound to it is asked for once per stem, and nothing is said."""
    song = studio.song = WithSmall(chords(4))
    song._files |= {f"1/{stem}/aac/{n}.m4a": b"no sound" for stem in song.stems for n in range(5)}
    page.goto(f"{studio.base}/blank")
    page.evaluate("""localStorage.setItem('stemlink:player:AbCdEfGhJkL', '{"quality":"small"}')""")
    visit(page, studio)
    play(page)
    wait_until_past(page, 4.5)
    assert studio.asked("vocals/flac/1.flac")
    assert [path for path in studio.asked("vocals/aac/") if "/0." not in path] == []
    assert page.locator(".pl-failed").count() == 0
