"""On a slow line it sounds as soon as the beginning of a segment is there, and that is exact, too."""

from playwright.sync_api import Page

from tests.player.listening import level, play, visit, wait_until_past, where
from tests.player.studio import RATE, SEGMENT, Song, Studio, noise
from tests.player.test_exactness import perform

BEGINNINGS = """async ([url, pcm]) => {
  const {createDecoder} = await import('/static/player/sources/kept.js')
  const {decodeBeginning} = await import('/static/player/sources/beginning.js')
  const file = new Uint8Array(await (await fetch(url)).arrayBuffer())
  const stem = new Int16Array(await (await fetch(pcm)).arrayBuffer())
  const decode = createDecoder(44100)
  let [wrong, had] = [0, 0]
  for (let cut = 1; cut < 60; cut += 1) {
    const bytes = file.slice(0, Math.floor(file.length * cut / 60.3))
    const part = await decodeBeginning(bytes, 176400, decode)
    if (!part) continue
    had += 1
    const sound = part.buffer.getChannelData(0)
    for (let frame = 0; frame < part.frames; frame += 1) {
      if (Math.round(sound[frame] * (sound[frame] < 0 ? 32768 : 32767)) !== stem[frame]) wrong += 1
    }
  }
  return {wrong, had}
}"""


def song(segments: int = 4) -> Song:
    """Two stems, one of them mono."""
    frames = SEGMENT * segments
    return Song({"vocals": noise(frames, 1), "drums": noise(frames, 2, channels=1)})


def test_what_begins_early_is_exact(page: Page, studio: Studio) -> None:
    """From the beginning, and from the middle of a segment."""
    studio.drips["flac"] = 0.4
    commands = [{"at": 0, "what": "play"}, {"at": 5, "what": "seek", "with": 24.5}]
    heard = perform(page, studio, song(8), commands, 11)
    assert heard["early"] == 2, "both runs began on a part of a segment"
    assert heard["wrong"] == 0, heard["wrongAt"]
    assert heard["sounding"] > 10 * RATE * 2
    assert len(heard["runs"]) == 2


def test_every_beginning_decodes_exactly(page: Page, studio: Studio) -> None:
    """Wherever the file is cut."""
    studio.song = song(1)
    page.goto(f"{studio.base}/blank")
    found = page.evaluate(
        BEGINNINGS,
        [f"{studio.base}/media/1/vocals/flac/0.flac", f"{studio.base}/pcm/vocals"],
    )
    assert found["wrong"] == 0
    assert found["had"] > 50


def test_it_sounds_before_the_segment_is_there(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.drips["flac"] = 2.0
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.1)
    assert not any("flac" in path for path in studio.sent)
    assert level(page) > 0.1
    wait_until_past(page, 4.2, timeout=12)


def test_on_a_line_that_is_too_slow_it_waits_instead_of_breaking_off(page: Page, studio: Studio) -> None:
    """A segment of 4 s that takes 5 would run dry in its middle."""
    studio.song = song()
    studio.drips["flac/0.flac"] = 5
    visit(page, studio)
    play(page)
    page.wait_for_timeout(3_500)
    assert where(page) == 0
    wait_until_past(page, 0.2)
