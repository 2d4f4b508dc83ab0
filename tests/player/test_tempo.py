"""Speed with pitch kept, and transposition."""

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.held import Held
from tests.player.listening import level, play, visit, wait_until_past, where
from tests.player.studio import RATE, SEGMENT, Song, Sound, Studio

LIBRARY = "**/SignalsmithStretch.mjs"
PITCH = """async () => {
  const {playerOf} = await import('/static/player/index.js')
  const {output} = playerOf(document.querySelector('.player'))
  const analyser = new AnalyserNode(output.context, {fftSize: 32768, smoothingTimeConstant: 0})
  output.connect(analyser)
  await new Promise((resolve) => setTimeout(resolve, 1200))
  const bins = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(bins)
  output.disconnect(analyser)
  const top = bins.indexOf(Math.max(...bins))
  return top * output.context.sampleRate / 32768
}"""
JOINS = """async () => {
  const rig = await import('/tests/rig.js')
  const commands = [{at: 0, what: 'speed', with: 0.7}, {at: 0, what: 'play'}]
  const {output: [samples], runs: [run]} = await rig.perform(commands, 24)
  const step = 2 * Math.PI * 441 / 44100 * 0.7
  const error = (frame) => Math.abs(samples[frame] - 0.5 * Math.sin((frame - run.at) * step))
  let [inside, atJoins] = [0, 0]
  for (let frame = run.at + 2000; frame < run.contextFrame(176400 * 3.5); frame += 1) {
    const place = run.elapsed(frame) % 176400
    if (place < 20 || place > 176380) atJoins = Math.max(atJoins, error(frame))
    else inside = Math.max(inside, error(frame))
  }
  return {inside, atJoins}
}"""


def tone(frequency: float) -> Sound:
    """A sine of 20 seconds at half of full scale."""
    sine = np.sin(np.arange(SEGMENT * 5) * 2 * np.pi * frequency / RATE) * 16_384
    return np.round(np.stack([sine, sine])).astype(np.int16)


def set_range(page: Page, name: str, value: float) -> None:
    """Move a slider."""
    page.locator(".pl-speed").click()
    page.get_by_role("slider", name=name, exact=True).fill(str(value))
    page.keyboard.press("Escape")


def test_slower_keeps_the_pitch(page: Page, studio: Studio) -> None:
    studio.song = Song({"tone": tone(440)})
    visit(page, studio)
    assert not studio.asked("vendor"), "nothing is fetched for it before it is used"
    play(page)
    set_range(page, "Speed", 0.5)
    expect(page.locator(".pl-speed")).to_contain_text("0.5")
    wait_until_past(page, 0.3)
    began = where(page)
    pitch = page.evaluate(PITCH)
    assert abs(pitch - 440) < 3
    assert 0.4 < where(page) - began < 1.2
    set_range(page, "Speed", 1)
    page.wait_for_timeout(600)
    assert abs(level(page) - 0.5) < 0.01, "neutral is bypassed"


def test_transposition_keeps_the_speed(page: Page, studio: Studio) -> None:
    studio.song = Song({"tone": tone(440)})
    visit(page, studio, "?pitch=7&speed=1.2")
    play(page)
    wait_until_past(page, 0.3)
    assert abs(page.evaluate(PITCH) - 440 * 2 ** (7 / 12)) < 4


def test_at_another_pitch_nothing_is_heard_before_what_makes_it(page: Page, studio: Studio) -> None:
    studio.song = Song({"tone": tone(440)})
    library = Held(page, LIBRARY)
    visit(page, studio, "?pitch=7")
    play(page)
    library.wait()
    page.wait_for_timeout(1_000)
    assert where(page) == 0
    library.let_go()
    wait_until_past(page, 0.1)
    assert abs(page.evaluate(PITCH) - 440 * 2 ** (7 / 12)) < 4


def moved(page: Page, studio: Studio, *speeds: float) -> tuple[Held, Locator]:
    """A song that plays, whose slider of the speed was moved before the library is there; both."""
    studio.song = Song({"tone": tone(440)})
    library = Held(page, LIBRARY)
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.1)
    page.locator(".pl-speed").click()
    slider = page.get_by_role("slider", name="Speed", exact=True)
    for speed in speeds:
        slider.fill(str(speed))
    return library, slider


def test_a_slider_that_moves_while_its_library_comes_makes_one_node(page: Page, studio: Studio) -> None:
    page.add_init_script(
        """window.made = 0
        window.AudioWorkletNode = class extends AudioWorkletNode {
          constructor(...all) {
            super(...all)
            window.made += 1
          }
        }"""
    )
    library, _slider = moved(page, studio, 0.6, 0.8, 1.2, 1.4)
    page.keyboard.press("Escape")
    library.let_go()
    page.wait_for_timeout(1_500)
    assert page.evaluate("window.made") == 1
    assert abs(page.evaluate(PITCH) - 440) < 3


def test_a_slider_that_moves_in_vain_comes_back(page: Page, studio: Studio) -> None:
    library, slider = moved(page, studio, 0.6, 0.8)
    library.answer(503, {})
    expect(page.locator(".pl-status")).to_contain_text("could not be loaded")
    expect(page.locator(".pl-speed")).to_have_text("1\N{MULTIPLICATION SIGN}")
    expect(slider).to_have_value("1")


def test_a_link_whose_speed_cannot_be_had_says_so(page: Page, studio: Studio) -> None:
    page.route(LIBRARY, lambda route: route.fulfill(status=503))
    visit(page, studio, "?speed=0.5")
    play(page)
    expect(page.locator(".pl-status")).to_contain_text("could not be loaded")
    expect(page.locator(".pl-speed")).to_have_text("1\N{MULTIPLICATION SIGN}")
    wait_until_past(page, 0.1)


def test_segments_meet_at_other_speeds(page: Page, studio: Studio) -> None:
    """Where a piece ends between two frames, the error stays of the size that resampling makes everywhere."""
    studio.song = Song({"tone": tone(441)})
    page.goto(f"{studio.base}/blank")
    error = page.evaluate(JOINS)
    assert error["inside"] < 0.003
    assert error["atJoins"] < 0.03, error


def test_without_worklets_it_says_why_not(page: Page, studio: Studio) -> None:
    page.add_init_script("delete window.AudioWorkletNode")
    visit(page, studio)
    page.locator(".pl-speed").click()
    expect(page.get_by_text("need a secure address")).to_be_visible()
    expect(page.get_by_role("slider", name="Speed", exact=True)).to_be_disabled()
    play(page)
    wait_until_past(page, 0.1)


def test_the_lock_screen_counts_as_fast_as_it_plays(page: Page, studio: Studio) -> None:
    """It counts on by itself from what it was told last."""
    studio.song = Song({"tone": tone(440)})
    page.add_init_script(
        """navigator.mediaSession.setPositionState = (state) => {
          window.told = {...state, at: performance.now()}
        }"""
    )
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.1)
    set_range(page, "Speed", 0.5)
    page.wait_for_function("() => window.told.playbackRate === 0.5")
    began = where(page)
    wait_until_past(page, began + 1)
    shown = "window.told.position + (performance.now() - window.told.at) / 1000 * window.told.playbackRate"
    assert abs(page.evaluate(shown) - where(page)) < 0.3
    assert page.evaluate("window.told.duration") == 20
    page.get_by_role("button", name="Pause", exact=True).click()
    set_range(page, "Speed", 1.25)
    page.wait_for_function("() => window.told.playbackRate === 1.25")
