"""Audio contexts that the system stops, that freeze, or that die."""

from playwright.sync_api import Page, expect

from tests.player.listening import level, play, status, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, noise

SPY = """
window.contexts = []
window.AudioContext = class extends AudioContext {
  constructor(...options) { super(...options); window.contexts.push(this) }
  get currentTime() { return this.frozenAt ?? super.currentTime }
}
"""


def start(page: Page, studio: Studio) -> None:
    """Play, with the page's contexts in hand."""
    studio.song = Song({"vocals": noise(SEGMENT * 6, 1)})
    page.add_init_script(SPY)
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.3)


def test_a_suspended_context_goes_on_where_it_was(page: Page, studio: Studio) -> None:
    start(page, studio)
    page.evaluate("contexts[0].suspend()")
    page.wait_for_timeout(300)
    there = where(page)
    page.wait_for_timeout(500)
    assert where(page) == there
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    wait_until_past(page, there + 0.1)
    assert level(page) > 0.05


def test_a_stopped_context_is_told_and_play_wakes_it(page: Page, studio: Studio) -> None:
    start(page, studio)
    page.evaluate("contexts[0].suspend()")
    expect(page.locator(".pl-status")).to_have_text("The system paused the sound. Press play to go on.")
    play(page)
    expect(page.locator(".pl-status")).to_have_text("")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    there = where(page)
    wait_until_past(page, there + 0.1)


def test_a_frozen_context_is_replaced(page: Page, studio: Studio) -> None:
    start(page, studio)
    page.evaluate("contexts[0].frozenAt = contexts[0].currentTime")
    there = where(page)
    wait_until_past(page, there + 0.3, timeout=8)
    assert page.evaluate("contexts.map((context) => context.state)") == ["closed", "running"]
    assert level(page) > 0.05
    assert status(page) == ""


def test_the_context_has_the_rate_of_the_song(page: Page, studio: Studio) -> None:
    start(page, studio)
    assert page.evaluate("contexts[0].sampleRate") == 44_100


def test_presses_while_the_engine_is_on_its_way_make_one_player(page: Page, studio: Studio) -> None:
    """On a slow line somebody presses play, and again, and again: what plays in the end can be paused."""
    studio.song = Song({"vocals": noise(SEGMENT * 6, 1)})
    studio.delays["engine/engine.js"] = 2.0
    page.add_init_script(SPY)
    visit(page, studio)
    for _ in range(3):
        page.locator(".pl-play").click()
    wait_until_past(page, 0.3)
    assert page.evaluate("contexts.length") == 1
    page.get_by_role("button", name="Pause", exact=True).click()
    there = where(page)
    page.wait_for_timeout(500)
    assert where(page) == there
    assert level(page) == 0
    assert page.evaluate("contexts.length") == 1
