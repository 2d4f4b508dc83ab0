"""What a test does to a player, and how it hears it."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.player.studio import Studio

LEVEL = """async () => {
  const {playerOf} = await import('/static/player/index.js')
  const {output} = playerOf(document.querySelector('.player'))
  if (!output) return 0
  const splitter = new ChannelSplitterNode(output.context, {numberOfOutputs: 2})
  const analysers = [0, 1].map(() => new AnalyserNode(output.context, {fftSize: 8192}))
  output.connect(splitter)
  analysers.forEach((analyser, channel) => splitter.connect(analyser, channel))
  // By the clock of the sound: on a busy machine it runs behind the clock on the wall.
  const until = output.context.currentTime + 0.3
  const last = performance.now() + 5000
  do await new Promise((resolve) => setTimeout(resolve, 250))
  while (output.context.currentTime < until && performance.now() < last)
  output.disconnect(splitter)
  const samples = new Float32Array(8192)
  return Math.max(...analysers.map((analyser) => {
    analyser.getFloatTimeDomainData(samples)
    return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)
  }))
}"""
WHERE = """async () => {
  const {playerOf} = await import('/static/player/index.js')
  return playerOf(document.querySelector('.player')).currentTime
}"""


UPDATE = """async (manifest) => {
  const {playerOf} = await import('/static/player/index.js')
  playerOf(document.querySelector('.player')).update(manifest)
}"""


def visit(page: Page, studio: Studio, query: str = "") -> None:
    """Open the page of the share and wait for its lanes."""
    page.goto(f"{studio.base}/AbCdEfGhJkL{query}")
    page.locator(".pl-lane").first.wait_for()


def play(page: Page) -> None:
    """Press play."""
    page.get_by_role("button", name="Play", exact=True).click()


def update(page: Page, studio: Studio) -> None:
    """Tell the player how the share is now, as the page of its owner does."""
    page.evaluate(UPDATE, studio.song.manifest(studio.base))


def level(page: Page) -> float:
    """The loudest sample of the last moments, as it leaves the player."""
    return float(page.evaluate(LEVEL))


def where(page: Page) -> float:
    """Seconds."""
    return float(page.evaluate(WHERE))


def wait_until_past(page: Page, seconds: float, timeout: float = 10) -> None:
    """Wait until the player is past a place in the song."""
    for _ in range(int(timeout / 0.1)):
        if where(page) > seconds:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"stuck at {where(page):.2f} s, before {seconds} s: {status(page)!r}")


def status(page: Page) -> str:
    """What the player says is going on."""
    return page.locator(".pl-status").inner_text()


def stem(page: Page, name: str) -> Any:
    """The lane of a stem."""
    return page.get_by_role("group", name=name, exact=True)


def expect_failure(page: Page, name: str, words: str) -> None:
    """The lane says why it isn't heard."""
    expect(stem(page, name).locator(".pl-failure")).to_contain_text(words)
