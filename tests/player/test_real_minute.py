"""One minute as a listener hears it: the browser's own clock, its own sound thread, and segments over HTTP."""

import time

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.player.listening import play, status, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, square

MINUTE = 60
LISTEN = """async () => {
  const {playerOf} = await import('/static/player/index.js')
  const {output} = playerOf(document.querySelector('.player'))
  const {context} = output
  await context.audioWorklet.addModule('/tests/listener.js')
  const listener = new AudioWorkletNode(context, 'listener', {numberOfOutputs: 0})
  output.connect(listener)
  window.heard = () => new Promise((resolve) => {
    listener.port.onmessage = ({data}) => resolve(data)
    listener.port.postMessage('')
  })
}"""
# Four in step: 0.15 is heard of each, 0.6 in all, at every single sample.
STEMS = ("vocals", "drums", "bass", "other")
LOUDNESS = 0.6


def heap(context: BrowserContext, page: Page) -> int:
    """Bytes that JavaScript and its buffers hold, after tidying up."""
    session = context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    session.detach()
    return int(usage["usedSize"] + usage["backingStorageSize"])


@pytest.mark.slow
def test_a_minute_of_four_stems(context: BrowserContext, page: Page, studio: Studio) -> None:
    """Fifteen joins: never a silent sample, in real time, without a complaint, in a window of memory."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    sound = square(SEGMENT * 17, LOUDNESS / len(STEMS))
    studio.song = Song(dict.fromkeys(STEMS, sound))
    studio.song._files |= {  # the same in all stems, and encoded before it matters
        f"1/{stem}/flac/{n}.flac": file
        for n in range(17)
        if (file := studio.song.file(f"1/vocals/flac/{n}.flac"))
        for stem in STEMS
    }
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.5)
    page.evaluate(LISTEN)
    began, begin, held = time.monotonic(), where(page), heap(context, page)
    most = 0
    while (passed := time.monotonic() - began) < MINUTE:
        page.wait_for_timeout(5_000)
        passed = time.monotonic() - began
        assert abs(where(page) - begin - passed) < 0.5, status(page)
        most = max(most, heap(context, page))
    heard = page.evaluate("heard()")
    assert heard["frames"] > (MINUTE - 1) * 44_100
    assert heard["quietest"] > LOUDNESS - 0.001, heard
    assert heard["loudest"] < LOUDNESS + 0.001, heard
    assert complaints == []
    window = 4 * SEGMENT * 2 * 4 * len(STEMS)  # four segments of each stem, decoded
    assert most < held + window, (held, most)
