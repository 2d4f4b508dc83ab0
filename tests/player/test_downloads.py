"""The mix as it is heard, and the stems, as files."""

import io
import wave

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from tests.held import Held
from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import RATE, SEGMENT, Song, Sound, Studio, noise

MASTER = """async (level) => {
  const {playerOf} = await import('/static/player/index.js')
  playerOf(document.querySelector('.player')).mix.setMaster(level)
}"""

# Renders a song of silence up to its last segment, and waits there.
RENDER = """async ({rate, frames, grid}) => {
  const {renderMix} = await import('/static/player/engine/render.js')
  const last = Math.ceil(frames / grid) - 1
  await new Promise((arrived) => {
    const load = async (segment) => {
      // What nobody could end would be garbage, and all that it holds.
      if (segment === last) await new Promise((go) => arrived((window.go = go)))
      return {buffer: null, lead: 0, frames: 0}
    }
    const {signal} = new AbortController()
    const levels = {stems: [{id: 'one', gain: 1, pan: 0}], master: 1}
    window.file = renderMix({sources: [{id: 'one', load}], levels, rate, frames, grid, signal, progress: () => {}})
  })
}"""


def open_downloads(page: Page) -> Locator:
    """The button that saves the mix, in the dialog."""
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Download").click()
    return page.get_by_role("button", name="Save the mix")


def saved(page: Page) -> NDArray[np.int16]:
    """The mix as it comes out of the dialog."""
    save = open_downloads(page)
    with page.expect_download() as download:
        save.click()
    assert download.value.suggested_filename == "A song of noise.wav"
    with wave.open(io.BytesIO(download.value.path().read_bytes())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2).T


def panned(sound: Sound, pan: float) -> NDArray[np.float64]:
    """By the law of the StereoPannerNode for two channels (Web Audio API 1.1)."""
    left, right = sound.astype(float)
    angle = (pan + 1 if pan <= 0 else pan) * np.pi / 2
    if pan <= 0:
        return np.stack([left + right * np.cos(angle), right * np.sin(angle)])
    return np.stack([left * np.cos(angle), right + left * np.sin(angle)])


def test_the_mix_as_heard_is_saved(page: Page, studio: Studio) -> None:
    """To the bit, with what is muted left out and what is softer softer."""
    song = studio.song = Song(
        {name: noise(SEGMENT * 2 + 999, seed) for seed, name in enumerate(("one", "two", "three"))}
    )
    visit(page, studio, "?mix=one:50,two:100:0:m")
    heard = saved(page)
    expected = song.stems["one"] * 0.5 + song.stems["three"]
    assert heard.shape == expected.shape
    assert np.abs(heard - expected).max() <= 1.5, (
        "half a bit for rounding, and Chromium's half a bit for each stem"
    )
    assert not studio.asked("two/flac")


def test_the_saved_mix_is_panned_and_turned_down_from_each_first_sample_on(
    page: Page, studio: Studio
) -> None:
    """Segment by segment as if it were rendered in one piece: nothing moves to its place within the sound."""
    frames = SEGMENT * 2 + 999
    song = studio.song = Song({"left": noise(frames, 1), "right": noise(frames, 2)})
    visit(page, studio, "?mix=left:50:-60,right:100:40")
    page.evaluate(MASTER, 0.4)
    heard = saved(page)
    left, right = (panned(song.stems[name], pan) for name, pan in (("left", -0.6), ("right", 0.4)))
    expected = 0.4 * (left * 0.5 + right)
    assert np.abs(heard - expected).max() <= 1.5


def test_a_mix_that_is_being_saved_is_handed_over_though_its_dialog_was_closed(
    page: Page, studio: Studio
) -> None:
    """Whoever presses Escape to listen on gets the file all the same, and sees on coming back how far it is."""
    studio.song = Song({"one": noise(SEGMENT * 3, 1)})
    last = Held(page, "**/flac/2.flac")
    visit(page, studio)
    save = open_downloads(page)
    with page.expect_download() as download:
        save.click()
        last.wait()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        play(page)
        wait_until_past(page, 0.2)
        expect(open_downloads(page)).to_be_disabled()
        expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("Saving the mix: 67 %")
        page.keyboard.press("Escape")
        last.let_go()
    assert len(download.value.path().read_bytes()) == 44 + SEGMENT * 3 * 4
    expect(open_downloads(page)).to_be_enabled()


def test_what_is_rendered_of_a_mix_does_not_stay_in_the_memory_of_the_page(
    page: Page, studio: Studio
) -> None:
    """Three minutes are 32 MB, an hour would be 635."""
    page.goto(f"{studio.base}/blank")
    page.evaluate(RENDER, {"rate": RATE, "frames": 180 * RATE, "grid": SEGMENT})
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    assert devtools.send("Runtime.getHeapUsage")["backingStorageSize"] < 5_000_000


def test_stems_are_offered_as_the_owner_allows(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Download").click()
    links = page.get_by_role("dialog").get_by_role("link", name="FLAC")
    expect(links).to_have_count(2)
    expect(links.nth(1)).to_have_attribute("href", f"{studio.base}/files/one.flac")


def test_a_sandboxed_frame_names_the_page_where_files_arrive(page: Page, studio: Studio) -> None:
    page.set_content(
        f'<iframe sandbox="allow-scripts" src="{studio.base}/AbCdEfGhJkL/embed" height="600"></iframe>'
    )
    player = page.frame_locator("iframe")
    player.get_by_role("button", name="More").click()
    player.get_by_role("button", name="Download").click()
    link = player.get_by_role("dialog").get_by_role("link", name=f"{studio.base}/AbCdEfGhJkL")
    expect(link).to_have_attribute("href", f"{studio.base}/AbCdEfGhJkL")


def test_an_unfinished_song_is_not_offered(page: Page, studio: Studio) -> None:
    studio.song.state = "running"
    visit(page, studio)
    page.get_by_role("button", name="More").click()
    page.get_by_text("Reset the mix").wait_for()
    expect(page.get_by_role("button", name="Download")).to_be_hidden()
