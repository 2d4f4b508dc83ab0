"""What is heard is what was stored, to the last bit."""

import random
from typing import Any

import numpy as np
from playwright.sync_api import Page

from tests.player.studio import RATE, SEGMENT, Song, Studio, noise

PERFORM = """async ([commands, seconds]) => {
  const rig = await import('/tests/rig.js')
  const performance = await rig.perform(commands, seconds)
  const {mostHeld, voices, early} = performance
  return {...await rig.judge(performance), loudest: rig.loudest(performance), mostHeld, voices, early}
}"""

STEPS = """async ([commands, seconds]) => {
  const rig = await import('/tests/rig.js')
  return rig.judgeSteps(await rig.perform(commands, seconds))
}"""

Commands = list[dict[str, Any]]


def perform(page: Page, studio: Studio, song: Song, commands: Commands, seconds: float) -> dict[str, Any]:
    """Play a song offline and compare it with its stems."""
    studio.song = song
    page.goto(f"{studio.base}/blank")
    heard: dict[str, Any] = page.evaluate(PERFORM, [commands, seconds])
    return heard


def test_stitched_segments_equal_the_stem(page: Page, studio: Studio) -> None:
    """Five joins, and an end inside a segment."""
    song = Song({"vocals": noise(SEGMENT * 5 + 12_345, 1)})
    heard = perform(page, studio, song, [{"at": 0, "what": "play"}], 22)
    assert heard["wrong"] == 0, heard["wrongAt"]
    assert heard["sounding"] > 20 * RATE * 2
    assert len(heard["runs"]) == 1
    assert heard["voices"] == 0


def test_seeks_loops_and_mix_changes_stay_exact(page: Page, studio: Studio) -> None:
    """Random seeks, a loop that begins and ends inside segments, solo and mute, one stem mono."""
    song = Song(
        {
            "vocals": noise(SEGMENT * 6, 1),
            "drums": noise(SEGMENT * 6, 2, channels=1),
            "bass": noise(SEGMENT * 6, 3),
        }
    )
    dice = random.Random(7)
    commands: Commands = [{"at": 0, "what": "play"}]
    commands += [{"at": 1 + n * 1.3, "what": "seek", "with": dice.uniform(0, 20)} for n in range(8)]
    commands += [
        {"at": 12.0, "what": "loop", "with": [3.21, 5.77]},
        {"at": 12.1, "what": "seek", "with": 3.3},
        {"at": 13.0, "what": "mix", "with": ["vocals", {"soloed": True}]},
        {"at": 15.0, "what": "mix", "with": ["drums", {"soloed": True}]},
        {"at": 17.0, "what": "mix", "with": ["vocals", {"soloed": False}]},
        {"at": 18.0, "what": "mix", "with": ["drums", {"soloed": False, "muted": True}]},
        {"at": 20.0, "what": "loop", "with": None},
        {"at": 21.0, "what": "pause"},
        {"at": 22.0, "what": "play"},
    ]
    heard = perform(page, studio, song, commands, 24)
    assert heard["wrong"] == 0, heard["wrongAt"]
    assert heard["sounding"] > 20 * RATE * 2
    assert heard["mostHeld"] <= 3 * 4


def test_a_loop_shorter_than_a_segment_repeats_to_the_sample(page: Page, studio: Studio) -> None:
    """A quarter of a second, again and again, set while playing."""
    song = Song({"vocals": noise(SEGMENT * 2, 4)})
    commands: Commands = [{"at": 0, "what": "play"}, {"at": 0.5, "what": "loop", "with": [3.9, 4.15]}]
    heard = perform(page, studio, song, commands, 9)
    assert heard["wrong"] == 0, heard["wrongAt"]
    assert heard["sounding"] > 8 * RATE * 2


def test_lead_and_tail_are_cut_off(page: Page, studio: Studio) -> None:
    """Files that have a tenth of a second of their neighbours at both ends."""
    song = Song({"vocals": noise(SEGMENT * 3 + 777, 6)}, lead=4_410)
    commands: Commands = [{"at": 0, "what": "play"}, {"at": 5, "what": "seek", "with": 7.5}]
    heard = perform(page, studio, song, commands, 9)
    assert heard["wrong"] == 0, heard["wrongAt"]
    assert heard["sounding"] > 8 * RATE


def test_aac_has_no_step_at_a_join(page: Page, studio: Studio) -> None:
    """Each piece encoded alone, with lead and tail: the error doesn't jump more at joins than inside."""
    time = np.arange(SEGMENT * 4) / RATE
    tones = sum(np.sin(2 * np.pi * frequency * time) for frequency in (110, 277, 659, 1_480))
    left = np.round(tones * 5_000).astype(np.int16)
    studio.song = Song({"other": np.stack([left, left])}, codec="aac", lead=4_410)
    page.goto(f"{studio.base}/blank")
    steps = page.evaluate(STEPS, [[{"at": 0, "what": "play"}, {"at": 6, "what": "seek", "with": 3.3}], 18])
    assert 0 < steps["inside"] < 0.05
    assert steps["atJoins"] <= steps["inside"]


def test_opposite_stems_cancel_for_ten_minutes(page: Page, studio: Studio) -> None:
    """The same sound in opposite phase sums to nothing through play, seek, pause, loop and ten minutes."""
    half = noise(SEGMENT * 6, 5)
    sound = np.concatenate([half] * 25, axis=1)
    song = Song({"plus": sound, "minus": -sound})
    for stem in song.stems:  # encode each different segment once
        files = {n: song.file(f"1/{stem}/flac/{n}.flac") for n in range(6)}
        song._files |= {f"1/{stem}/flac/{n}.flac": files[n % 6] or b"" for n in range(150)}
    commands: Commands = [
        {"at": 0, "what": "play"},
        {"at": 31.7, "what": "seek", "with": 345.67},
        {"at": 40.2, "what": "pause"},
        {"at": 41.0, "what": "play"},
        {"at": 50.0, "what": "loop", "with": [350, 371.3]},
        {"at": 120.0, "what": "loop", "with": None},
        {"at": 130.0, "what": "seek", "with": 5.5},
    ]
    heard = perform(page, studio, song, commands, 610)
    assert heard["loudest"] * 32768 < 1, (
        "more than the half bit by which Chromium decodes the two signs differently"
    )
    assert len(heard["runs"]) >= 4
