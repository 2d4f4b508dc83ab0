"""Hosted stems of all formats and rates are heard where they belong, and their pieces meet."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.hosts import Host
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.studio import RATE, SEGMENT, Sound, Studio, noise

SECONDS = 24
FORMATS = ("wav", "flac", "mp3", "m4a", "opus", "ogg")
RUN = """async ([commands, seconds]) => {
  const rig = await import('/tests/rig.js')
  const performance = await rig.perform(commands, seconds)
  const {ways, errors} = performance
  return {...await rig.judge(performance), loudest: rig.loudest(performance), ways, errors}
}"""
STEPS = """async ([commands, seconds]) => {
  const rig = await import('/tests/rig.js')
  const performance = await rig.perform(commands, seconds)
  return {...await rig.judgeSteps(performance), ways: performance.ways, errors: performance.errors}
}"""
LAGS = """async ([commands, seconds, windows]) => {
  const rig = await import('/tests/rig.js')
  const performance = await rig.perform(commands, seconds)
  return {lags: await rig.judgeLags(performance, windows), ways: performance.ways, errors: performance.errors}
}"""


@cache
def music(rate: int) -> NDArray[np.float64]:
    """The same music at any rate: gliding tones under a swell that never repeats. It can't be mistaken by a period."""
    time = np.arange(SECONDS * rate) / rate
    voices = [
        np.sin(2 * np.pi * (low * time + width * rate_of * np.cos(time / rate_of)))
        for low, width, rate_of in ((110, 30, 0.9), (277, 90, 1.7), (659, 210, 0.7), (1_480, 400, 1.1))
    ]
    beats = np.exp(-((time * 2.7) % 1) * 9) * np.sin(2 * np.pi * 3_100 * time)
    sound = (sum(voices) * 0.1 + beats * 0.2) * (0.6 + 0.4 * np.sin(time * 1.3))
    return np.stack([sound, 0.7 * sound])


@cache
def file(kind: str) -> bytes:
    """The music in a format."""
    rate = 48_000 if kind in {"opus", "wav24"} else RATE
    return encode(music(rate), kind, rate=rate)


def pcm(sound: NDArray[np.float64]) -> Sound:
    """As the exact formats hold it."""
    return np.round(sound * 32_767).astype(np.int16)


def evaluate(page: Page, studio: Studio, song: HostedSong, script: str, *given: Any) -> dict[str, Any]:
    """Play a song offline."""
    studio.song = song
    page.goto(f"{studio.base}/blank")
    found: dict[str, Any] = page.evaluate(script, list(given))
    assert not found["errors"], found["errors"]
    return found


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_exact_formats_are_exact(page: Page, studio: Studio, host: Host, kind: str) -> None:
    """Joins, seeks and a loop, to the bit; only what is needed is asked for."""
    sound = noise(SEGMENT * 5 + 12_345, 3)
    link = host.at("/a", hosted(encode(sound / 32_767, kind)))
    song = HostedSong(links={"one": link}, sounds={"one": sound})
    commands = [
        {"at": 0, "what": "play"},
        {"at": 9.3, "what": "seek", "with": 2.7},
        {"at": 11, "what": "loop", "with": [3.21, 5.77]},
        {"at": 16, "what": "loop", "with": None},
    ]
    heard = evaluate(page, studio, song, RUN, commands, 20)
    assert heard["ways"] == {"one": "stream"}
    assert heard["wrong"] == 0, heard["wrongAt"]
    assert heard["sounding"] > 18 * RATE * 2


def test_opposite_stems_cancel(page: Page, studio: Studio, host: Host) -> None:
    """One streamed, one without ranges and so loaded whole, through play, seek, pause and loop."""
    sound = noise(SEGMENT * 5, 5)
    links = {
        "plus": host.at("/a", hosted(encode(sound / 32_767, "wav"))),
        "minus": host.at("/b", hosted(encode(-sound / 32_767, "flac"), ranged=False)),
    }
    commands = [
        {"at": 0, "what": "play"},
        {"at": 3.7, "what": "seek", "with": 12.3},
        {"at": 5.2, "what": "pause"},
        {"at": 6.0, "what": "play"},
        {"at": 7.0, "what": "loop", "with": [13, 15.3]},
    ]
    song = HostedSong(links=links, sounds={"plus": sound, "minus": -sound})
    heard = evaluate(page, studio, song, RUN, commands, 14)
    assert heard["ways"] == {"plus": "stream", "minus": "whole"}
    assert heard["loudest"] * 32_768 < 1


def test_the_same_music_in_all_formats_lines_up(page: Page, studio: Studio, host: Host) -> None:
    """Each alone in turn, at the start, after seeks, at joins and at the end: within 1 ms of the music."""
    kinds = (*FORMATS, "wav24", "whole")
    links = {kind: host.at(f"/{kind}", hosted(file(kind))) for kind in kinds if kind != "whole"}
    links["whole"] = host.at("/whole", hosted(file("mp3"), ranged=False))
    song = HostedSong(links=links, sounds=dict.fromkeys(kinds, pcm(music(RATE))))
    commands: list[dict[str, Any]] = [{"at": 0, "what": "play"}]
    windows = []
    places = (0.0, 3.2, 11.9, 20.6)
    for turn, kind in enumerate(kinds):
        for number, place in enumerate(places):
            at = (turn * len(places) + number) * 1.2 + 0.1
            commands += [
                {"at": at, "what": "mix", "with": [kind, {"soloed": True}]},
                {"at": at, "what": "seek", "with": place},
            ]
            windows.append({"at": at + 0.8, "stem": kind})
        commands.append({"at": at + 1.15, "what": "mix", "with": [kind, {"soloed": False}]})
    found = evaluate(page, studio, song, LAGS, commands, len(windows) * 1.2 + 1, windows)
    assert found["ways"] == dict.fromkeys(kinds, "stream") | {"whole": "whole"}
    assert len(found["lags"]) == len(kinds) * len(places)
    late = {(lag["stem"], lag["at"]): lag["lag"] for lag in found["lags"] if abs(lag["lag"]) > RATE / 1000}
    assert not late, found["lags"]
    assert min(lag["likeness"] for lag in found["lags"]) > 0.98


@pytest.mark.parametrize("kind", ["mp3", "m4a", "opus", "ogg", "wav24"])
def test_pieces_meet_without_a_step(page: Page, studio: Studio, host: Host, kind: str) -> None:
    """The error jumps no more where segments meet than inside of them, for lossy formats and for another rate."""
    song = HostedSong(links={"one": host.at("/a", hosted(file(kind)))}, sounds={"one": pcm(music(RATE))})
    commands = [{"at": 0, "what": "play"}, {"at": 14, "what": "seek", "with": 3.3}]
    steps = evaluate(page, studio, song, STEPS, commands, 20)
    assert steps["ways"] == {"one": "stream"}
    assert 0 < steps["inside"] < 0.2
    assert steps["atJoins"] <= steps["inside"]
