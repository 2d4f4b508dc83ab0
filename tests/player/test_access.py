"""Keyboard, screen readers, small and large screens."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.player.listening import play, stem, update, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, noise

VIOLATIONS = "async () => (await axe.run('main')).violations.map((v) => [v.id, v.impact, v.nodes[0].html])"
FOCUSED = """() => {
  const {activeElement} = document
  return activeElement.closest('.pl') && (activeElement.ariaLabel ?? activeElement.textContent)
}"""
HEARD = """() => {
  window.heard = []
  const status = document.querySelector('[role=status]')
  const hear = () => status.ariaLive !== 'off' && heard.push(status.textContent)
  new MutationObserver(hear).observe(status, {childList: true, characterData: true, subtree: true})
}"""
BACKGROUND = "(button) => getComputedStyle(button).backgroundColor"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(autouse=True)
def song(studio: Studio) -> None:
    """Four stems, half a minute."""
    studio.song = Song(
        {name: noise(SEGMENT * 8, seed) for seed, name in enumerate(("vocals", "drums", "bass", "other"))}
    )


@pytest.mark.parametrize(
    ("size", "place", "scheme"),
    [
        ((1000, 700), "", "light"),
        ((1000, 700), "", "dark"),
        ((360, 740), "", "dark"),
        ((320, 120), "/embed", "light"),
    ],
)
def test_axe_finds_nothing(
    browser: Browser, studio: Studio, size: tuple[int, int], place: str, scheme: Literal["light", "dark"]
) -> None:
    viewport: ViewportSize = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    studio.answers["bass/flac"] = 404
    visit(page, studio, f"{place}?solo=drums&loop=2-5")
    play(page)
    wait_until_past(page, 0.2)
    if not place:
        page.get_by_role("button", name="More").click()
        page.get_by_text("Reset the mix").wait_for()
    page.evaluate(AXE.read_text())
    found = page.evaluate(VIOLATIONS)
    context.close()
    assert found == []


def test_everything_is_reached_and_named_by_keyboard(page: Page, studio: Studio) -> None:
    visit(page, studio, "?loop=2-5")
    page.get_by_role("slider", name="End of the loop").wait_for()  # fetched with the first loop
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        names.append(focused)
    assert names[:5] == ["Play", "Loop", "Speed and pitch: 1×", "Master volume", "More"]  # noqa: RUF001
    for name in ("Vocals", "Drums", "Bass", "Other"):
        assert {f"Solo {name}", f"Mute {name}", f"Volume of {name}", f"Pan of {name}"} <= set(names)
    assert {"Position", "Zoom in", "Start of the loop", "End of the loop"} <= set(names)


def test_a_stem_that_is_renamed_has_its_new_name_everywhere(page: Page, studio: Studio) -> None:
    visit(page, studio)
    studio.song.settings["vocals"] = {"name": "Choir"}
    update(page, studio)
    lane = stem(page, "Choir")
    names = [control.get_attribute("aria-label") for control in lane.locator("[aria-label]").all()]
    assert names == ["Solo Choir", "Mute Choir", "Volume and pan of Choir", "Volume of Choir", "Pan of Choir"]
    assert "Vocals" not in lane.evaluate("(lane) => lane.outerHTML")


def test_a_key_that_is_held_switches_once_and_an_arrow_goes_on(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.locator(".pl-ruler").focus()
    for key in ("1", "ArrowRight"):
        for _ in range(2):
            page.keyboard.down(key)
        page.keyboard.up(key)
    expect(page.get_by_role("button", name="Solo Vocals")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("slider", name="Position")).to_have_attribute("aria-valuenow", "10")


def test_keys_work_only_while_the_player_has_the_focus(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    assert where(page) == 0
    expect(page.get_by_role("button", name="Solo Vocals")).to_have_attribute("aria-pressed", "false")
    page.locator(".pl-ruler").focus()
    page.keyboard.press("1")
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("button", name="Solo Vocals")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Mute Drums")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("slider", name="Position")).to_have_attribute(
        "aria-valuetext", "6 seconds of 32 seconds"
    )
    page.keyboard.press("[")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("]")
    expect(page.get_by_role("slider", name="Start of the loop")).to_have_attribute("aria-valuenow", "6.00")
    expect(page.get_by_role("slider", name="End of the loop")).to_have_attribute("aria-valuenow", "11.00")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_keyboard_stays_where_it_is_at_both_ends_of_the_zoom(page: Page, studio: Studio) -> None:
    visit(page, studio)
    for name, key in (("Zoom in", "-"), ("Zoom out", "+")):
        button = page.get_by_role("button", name=name)
        button.focus()
        for _ in range(40):
            page.keyboard.press("Enter")
        expect(button).to_be_disabled()
        expect(button).to_be_focused()
        page.keyboard.press(key)
        expect(button).to_be_enabled()


def test_alt_solos_a_stem_alone(page: Page, studio: Studio) -> None:
    visit(page, studio)
    solo = {name: page.get_by_role("button", name=f"Solo {name}") for name in ("Vocals", "Drums", "Bass")}
    solo["Vocals"].click()
    solo["Drums"].click()
    solo["Bass"].click(modifiers=["Alt"])
    for name, button in solo.items():
        expect(button).to_have_attribute("aria-pressed", str(name == "Bass").lower())
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Alt + click on S")


def test_pointers_seek_and_loop(page: Page, studio: Studio) -> None:
    visit(page, studio)
    ruler = page.locator(".pl-ruler").bounding_box()
    assert ruler
    x, y, width = ruler["x"], ruler["y"], ruler["width"]
    page.mouse.click(x + width / 2, y + 80)
    assert where(page) == pytest.approx(16, abs=0.1)
    page.mouse.move(x + width / 4, y + 10)
    page.mouse.down()
    page.mouse.move(x + width / 2, y + 10, steps=4)
    page.mouse.up()
    start, end = (page.get_by_role("slider", name=name) for name in ("Start of the loop", "End of the loop"))
    assert float(start.get_attribute("aria-valuenow") or 0) == pytest.approx(8, abs=0.1)
    assert float(end.get_attribute("aria-valuenow") or 0) == pytest.approx(16, abs=0.1)
    handle = end.bounding_box()
    assert handle
    page.mouse.move(handle["x"] + 8, handle["y"] + 10)
    page.mouse.down()
    page.mouse.move(x + width * 3 / 4, y + 10, steps=4)
    page.mouse.up()
    assert float(end.get_attribute("aria-valuenow") or 0) == pytest.approx(24, abs=0.1)


def test_nothing_moves_for_those_who_ask_for_no_motion(page: Page, studio: Studio) -> None:
    page.emulate_media(reduced_motion="reduce")
    studio.delays["flac"] = 3
    visit(page, studio)
    play(page)
    waiting = page.locator(".pl-waiting")
    expect(waiting).to_have_css("animation-name", "none")
    page.emulate_media(reduced_motion="no-preference")
    expect(waiting).to_have_css("animation-name", "pl-breathe")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_pressed_is_seen_in_forced_colors(
    page: Page, studio: Studio, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    visit(page, studio, "?solo=drums&mix=drums:100:0:m&loop=2-5")
    expect(page.get_by_role("button", pressed=True)).to_have_count(3)
    on, off = (
        {button.evaluate(BACKGROUND) for button in page.get_by_role("button", pressed=pressed).all()}
        for pressed in (True, False)
    )
    assert not on & off
    expect(page.get_by_role("button", name="Play", exact=True)).not_to_have_css("border-width", "0px")


def test_of_what_is_counted_only_every_quarter_is_heard(page: Page, studio: Studio) -> None:
    song = studio.song
    song.state, song.available = "running", song.frames // 10
    visit(page, studio)
    status = page.get_by_role("status")
    expect(status).to_have_text("Separating, 10 %")
    page.route("**/api/**", lambda _: None)  # what is told here comes from here alone
    page.evaluate(HEARD)
    for percent in (11, 24, 26, 30, 49, 51):
        song.available = song.frames * percent // 100 + 1
        update(page, studio)
        expect(status).to_have_text(f"Separating, {percent} %")
    song.state, song.available = "done", None
    update(page, studio)
    expect(status).to_be_empty()
    assert page.evaluate("heard") == ["Separating, 26 %", "Separating, 51 %", ""]


@pytest.mark.parametrize("width", [320, 360, 768, 1600])
def test_nothing_sticks_out_and_nothing_jumps(browser: Browser, studio: Studio, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    visit(page, studio)
    before = page.locator(".pl-wave").nth(3).bounding_box()
    play(page)
    wait_until_past(page, 0.2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".pl-wave").nth(3).bounding_box() == before
    context.close()
