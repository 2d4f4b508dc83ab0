"""A piece of a segment gives exactly the frames that it was cut to: the next piece begins where it ends."""

from playwright.sync_api import Page

from tests.player.studio import Studio

CUT = """async () => {
  const {toDuration} = await import('/static/player/engine/scheduler.js')
  const rate = 44100
  const buffer = new AudioBuffer({length: 120000, sampleRate: rate})
  buffer.getChannelData(0).fill(1)
  const wrong = []
  for (let round = 0; round < 10; round += 1) {
    const context = new OfflineAudioContext(1, 400000, rate)
    const pieces = []
    for (let at = 1 + round * 97; pieces.length < 40; at += pieces.at(-1).frames + 200) {
      const piece = {at, offset: (pieces.length * 2477 + round * 331) % 100000, frames: 1 + ((at * 7919) % 9000)}
      pieces.push(piece)
      const node = new AudioBufferSourceNode(context, {buffer})
      node.connect(context.destination)
      node.start(at / rate, piece.offset / rate, toDuration(piece.frames, rate))
    }
    const heard = (await context.startRendering()).getChannelData(0)
    for (const {at, offset, frames} of pieces) {
      const end = at + frames
      const edges = [heard[at - 1], heard[at], heard[end - 1], heard[end]]
      if (edges.join() !== '0,1,1,0') wrong.push([at, offset, frames])
    }
  }
  return wrong
}"""


def test_a_piece_is_neither_a_frame_longer_nor_shorter(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.base}/blank")
    assert page.evaluate(CUT) == []
