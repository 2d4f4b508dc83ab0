"""What opens over the player, by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.held import Held
from tests.player.listening import visit
from tests.player.studio import Studio


@pytest.mark.parametrize(
    ("opener", "first"),
    [("Speed and pitch", ("slider", "Speed")), ("More", ("checkbox", "One solo at a time"))],
)
def test_the_next_tab_stop_is_inside_and_escape_leads_back(
    page: Page, studio: Studio, opener: str, first: tuple[str, str]
) -> None:
    visit(page, studio)
    button = page.get_by_role("button", name=opener)
    inside = page.locator(".pl").get_by_role(first[0], name=first[1])  # type: ignore[arg-type]
    button.press("Enter")
    inside.wait_for()
    page.keyboard.press("Escape")
    expect(inside).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(inside).to_be_focused()
    page.keyboard.press("Escape")
    expect(inside).to_be_hidden()
    expect(button).to_be_focused()


@pytest.mark.parametrize("width", [600, 1000])
def test_the_master_volume_is_always_somewhere(page: Page, studio: Studio, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 420})
    visit(page, studio, "/embed")
    page.get_by_role("button", name="More").click()
    page.get_by_text("Reset the mix").wait_for()
    page.get_by_role("slider", name="Master volume").fill("0.5")
    expect(page.get_by_role("slider", name="Master volume")).to_have_attribute("aria-valuetext", "50 %")
    assert page.locator(".pl-master").input_value() == "0.5"


def test_a_thumb_sets_a_semitone_on_a_small_phone(page: Page, studio: Studio) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    visit(page, studio)
    page.locator(".pl-speed").click()
    pitch = page.get_by_role("slider", name="Pitch").bounding_box()
    assert pitch
    assert pitch["width"] >= 8 * 24, "pixels for each of the 24 steps"
    assert pitch["height"] >= 32
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Volume and pan of One").click()
    for name in ("Volume of One", "Pan of One"):
        fader = page.get_by_role("slider", name=name).bounding_box()
        assert fader
        assert fader["height"] >= 40


def test_the_last_press_counts_while_they_come(page: Page, studio: Studio) -> None:
    panels = Held(page, "**/player/ui/panels.js")
    visit(page, studio)
    page.locator(".pl-speed").click()
    panels.wait()
    for _ in range(2):
        page.locator(".pl-more").click()
    panels.let_go()
    expect(page.get_by_label("One solo at a time")).to_be_visible()
    expect(page.get_by_role("slider", name="Speed", exact=True)).to_be_hidden()


@pytest.mark.parametrize("opener", ["Speed and pitch", "More"])
def test_what_opens_low_on_a_phone_comes_into_view(page: Page, studio: Studio, opener: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    visit(page, studio)
    page.evaluate("document.querySelector('main').style.paddingBlockStart = '540px'")
    page.get_by_role("button", name=opener).click()
    panel = page.get_by_role("group", name=opener)
    expect(panel).to_be_in_viewport(ratio=1)
