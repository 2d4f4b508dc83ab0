"""How far elements that play beside the graph are from the song."""

from playwright.sync_api import Page

# Elements are in no document: whoever wants to look at one has to be there when it is made.
COLLECT = """window.Audio = class extends Audio {
  constructor(...given) {
    super(...given);
    (window.audios ??= []).push(this)
  }
}"""
SAMPLE = """async (seconds) => {
  const {playerOf} = await import('/static/player/index.js')
  const player = playerOf(document.querySelector('.player'))
  const {context} = player.output
  // The song's place and the context's clock go together as long as nothing jumps.
  const anchor = context.currentTime - (context.outputLatency || 0) - player.currentTime
  const errors = []
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const {contextTime, performanceTime} = context.getOutputTimestamp()
    const heard = contextTime + (performance.now() - performanceTime) / 1000 - anchor
    for (const audio of window.audios) if (audio.src && !audio.seeking) errors.push((audio.currentTime - heard) * 1000)
  }
  return errors
}"""


def errors(page: Page, seconds: float) -> list[float]:
    """Milliseconds by which the elements are ahead, twenty times a second. The page ran COLLECT before its scripts."""
    found: list[float] = page.evaluate(SAMPLE, seconds)
    return found


def spread(found: list[float]) -> dict[str, float]:
    """Of the errors, whichever way they are."""
    ordered = sorted(abs(error) for error in found)
    at = {"median": 0.5, "95 %": 0.95, "most": 1.0}
    return {name: ordered[min(len(ordered) - 1, int(len(ordered) * part))] for name, part in at.items()}
