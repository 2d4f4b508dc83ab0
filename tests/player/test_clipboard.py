"""The clipboard where there is no API for it, as over plain HTTP."""

from playwright.sync_api import Page, expect

from tests.player.listening import visit
from tests.player.studio import Studio


def test_the_link_is_copied_the_old_way(page: Page, studio: Studio) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard")
    visit(page, studio, "?t=2")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".pl-status")).to_have_text("Link copied.")
    expect(page.get_by_role("button", name="More")).to_be_focused()
    page.evaluate(
        """() => {
          const field = document.createElement('input')
          document.body.append(field)
          field.focus()
        }"""
    )
    page.keyboard.press("Control+V")
    expect(page.locator("body > input")).to_have_value(f"{studio.base}/AbCdEfGhJkL?t=2")
    expect(page.locator("textarea")).to_have_count(0)
