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
