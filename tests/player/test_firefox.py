"""The player in Firefox: every sample across joins, in both renditions, after seeks and with a solo."""

import base64
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.hosts import Host
from tests.player.firefox import Firefox, firefox_path
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import WHERE
from tests.player.studio import RATE, SEGMENT, Song, Sound, Studio, noise
from tests.player.test_early_start import BEGINNINGS
from tests.player.test_hosted_exactness import FORMATS, file, music, pcm
from tests.player.test_renditions import WithSmall

RECORD = """async (seconds) => {
  const {playerOf} = await import('/static/player/index.js')
  const player = playerOf(document.querySelector('.player'))
  const {output} = player
  const {context} = output
  await context.audioWorklet.addModule('/tests/recorder.js')
  const shape = {numberOfOutputs: 0, channelCount: 2, channelCountMode: 'explicit'}
  const recorder = new AudioWorkletNode(context, 'recorder', shape)
  output.connect(recorder)
  const end = context.currentTime + seconds
  while (context.currentTime < end) await new Promise((resolve) => setTimeout(resolve, 50))
  recorder.port.postMessage('')
  const blocks = await new Promise((resolve) => (recorder.port.onmessage = ({data}) => resolve(data)))
  output.disconnect(recorder)
  const sound = new Float32Array(blocks.length * 256)
  blocks.forEach(([left, right], index) => {
    sound.set(left, index * 128)
    sound.set(right, (blocks.length + index) * 128)
  })
  return new Uint8Array(sound.buffer).toBase64()
}"""
LAGS = """async (places) => {
  const {Scope} = await import('/static/player/core/scope.js')
  const {HostedStems} = await import('/static/player/sources/hosted/stems.js')
  const {lag} = await import('/tests/lag.js')
  const {stems: [stem]} = await (await fetch('/api/shares/AbCdEfGhJkL/')).json()
  const meant = new Int16Array(await (await fetch(`/pcm/${stem.id}`)).arrayBuffer())
  const scope = new Scope()
  const hosted = new HostedStems(scope, 44_100, 176_400)
  hosted.sync([stem])
  await hosted.whole()
  const source = hosted.get(stem.id)
  const lags = []
  for (const [segment, offset] of places) {
    const {buffer, lead} = await source.load(segment, scope.signal)
    lags.push(lag(buffer.getChannelData(0), lead + offset, meant, segment * 176_400 + offset).lag)
  }
  const {way, error} = source.findings
  scope.dispose()
  return {way, error: error?.message, lags}
}"""
SMALL = """() => localStorage.setItem('stemlink:player:AbCdEfGhJkL', '{"quality":"small"}')"""
LANES = "() => document.querySelectorAll('.pl-lane').length"
LONGER = SEGMENT / RATE + 0.2  # than a segment: wherever it begins, a join is in it
ARROW_RIGHT = "\ue014"  # as WebDriver writes it

AAC = pytest.mark.skipif(
    find_library("avcodec") is None,
    reason="Firefox has no AAC of its own. On Debian: sudo apt install libavcodec-extra",
)

Heard = NDArray[np.float32]  # (channels, samples), in units of 16 bit


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    """Firefox, which must not complain either."""
    path = firefox_path()
    if path is None:
        pytest.skip("Firefox isn't installed. On Debian: sudo apt install firefox-esr")
    with Firefox(path, tmp_path) as running:
        yield running
        assert running.complaints == []


def visit(firefox: Firefox, studio: Studio, query: str) -> None:
    """Open the share and press play."""
    firefox.goto(f"{studio.base}/AbCdEfGhJkL{query}")
    until(firefox, LANES, 0)
    begin = firefox.evaluate(WHERE)
    firefox.click("button", "Play")
    until(firefox, WHERE, begin + 0.1)


def until(firefox: Firefox, function: str, above: float) -> None:
    """Wait until a number has grown."""
    for _ in range(150):
        if float(firefox.evaluate(function)) > above:
            return
        firefox.evaluate("() => new Promise((resolve) => setTimeout(resolve, 100))")
    raise AssertionError(firefox.evaluate("() => document.querySelector('.pl-status').textContent"))


def record(firefox: Firefox, seconds: float) -> Heard:
    """What leaves the player from now on."""
    sound = np.frombuffer(base64.b64decode(firefox.evaluate(RECORD, seconds)), np.float32)
    return sound.reshape(2, -1) * 32_768


def place(heard: Heard, sound: Sound) -> int:
    """The frame of the sound at which the recording begins, which ends with that sound exactly."""
    last = np.round(heard[0, -50:]).astype(np.int16)
    windows = np.lib.stride_tricks.sliding_window_view(sound[0], 50)
    (found,) = np.flatnonzero((np.abs(windows.astype(np.int32) - last) <= 1).all(axis=1))
    return int(found) + 50 - int(heard.shape[1])


def joins(start: int, heard: Heard) -> list[int]:
    """The frames of the recording at which a segment begins."""
    return [frame - start for frame in range(0, start + heard.shape[1], SEGMENT) if frame > start]


def test_exact_segments_meet_with_a_solo_and_after_a_seek(firefox: Firefox, studio: Studio) -> None:
    vocals, drums = noise(SEGMENT * 6, 1), noise(SEGMENT * 6, 2)
    studio.song = Song({"vocals": vocals, "drums": drums})
    visit(firefox, studio, "?t=2.5")
    heard = record(firefox, LONGER)
    both = vocals + drums
    start = place(heard, both)
    assert joins(start, heard)
    assert np.abs(heard - both[:, start : start + heard.shape[1]]).max() <= 1.002
    firefox.click("button", "Solo Drums")
    firefox.press(ARROW_RIGHT)
    until(firefox, WHERE, firefox.evaluate(WHERE) + 0.1)
    heard = record(firefox, LONGER)
    start = place(heard, drums)
    assert start > 10 * RATE
    assert joins(start, heard)
    assert np.abs(heard - drums[:, start : start + heard.shape[1]]).max() <= 0.501


@AAC
def test_small_pieces_meet_each_other_and_the_exact_ones(firefox: Firefox, studio: Studio) -> None:
    """The small rendition ends after two segments, so that the recording ends in an exact one."""
    time = np.arange(SEGMENT * 4) / RATE
    sweep = np.round(8_000 * np.sin(2 * np.pi * (100 + 40 * time) * time)).astype(np.int16)
    studio.song = WithSmall({"vocals": np.stack([sweep, sweep])}, small=SEGMENT * 2)
    firefox.goto(f"{studio.base}/blank")
    firefox.evaluate(SMALL)
    visit(firefox, studio, "?t=2.5")
    heard = record(firefox, 6)
    assert studio.asked("/aac/0.m4a")
    assert not studio.asked("/flac/0.flac")
    start = place(heard, studio.song.stems["vocals"])
    steps = np.abs(np.diff(heard[0] - sweep[start : start + heard.shape[1]]))
    at_joins = [steps[join - 1] for join in joins(start, heard)]
    assert len(at_joins) == 2
    first_of_all = joins(start, heard)[1]
    assert max(at_joins) <= steps[: first_of_all - 1].max() < 0.05 * 32_768


def test_the_beginning_of_a_segment_is_exact_or_left_alone(firefox: Firefox, studio: Studio) -> None:
    """Firefox (153) refuses files that are cut; then the whole segment is waited for."""
    studio.song = Song({"vocals": noise(SEGMENT, 1)})
    firefox.goto(f"{studio.base}/blank")
    paths = [f"{studio.base}/media/1/vocals/flac/0.flac", f"{studio.base}/pcm/vocals"]
    found = firefox.evaluate(BEGINNINGS, paths)
    assert found["wrong"] == 0


@pytest.mark.parametrize("kind", [pytest.param("m4a", marks=AAC), *sorted({*FORMATS} - {"m4a"}), "wav24"])
def test_hosted_stems_of_all_formats_are_where_they_belong(
    firefox: Firefox, studio: Studio, host: Host, kind: str
) -> None:
    """At the start, after a jump ahead, at a join, after a jump back: within 1 ms of the music."""
    link = host.at("/a", hosted(file(kind)))
    studio.song = HostedSong(links={"one": link}, sounds={"one": pcm(music(RATE))})
    firefox.goto(f"{studio.base}/blank")
    found = firefox.evaluate(LAGS, [[0, 20_000], [3, 500], [4, 0], [1, 90_000]])
    assert found["way"] in {"stream", "whole"}, found
    assert all(abs(lag) <= RATE / 1000 for lag in found["lags"]), found
