"""Links to a moment, followed where the player is open already."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.player.listening import play, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, square

LINK = """([href, target]) => {
  const link = document.createElement('a')
  Object.assign(link, {href, target, textContent: 'there', style: 'position: fixed; inset: 300px auto auto 0'})
  document.body.append(link)
}"""


@pytest.fixture(autouse=True)
def song(studio: Studio) -> None:
    """Half a minute."""
    studio.song = Song({"vocals": square(SEGMENT * 8, 0.4), "drums": square(SEGMENT * 8, 0.2)})


def follow(page: Page, href: str, target: str = "") -> None:
    """Press a link on the page."""
    page.evaluate(LINK, [href, target])
    page.get_by_role("link", name="there").last.click()


@pytest.mark.parametrize("fragment", ["#t=0:12.5", "#from=comment&t=12.5"])
def test_a_link_on_the_page_moves_its_player(page: Page, studio: Studio, fragment: str) -> None:
    visit(page, studio)
    follow(page, fragment)
    expect(page.locator(".pl-now")).to_have_text("0:12")
    assert where(page) == 12.5
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_what_plays_plays_on_from_there_each_time(page: Page, studio: Studio) -> None:
    visit(page, studio, "?t=3&solo=drums")
    play(page)
    wait_until_past(page, 3.2)
    follow(page, "#t=20")
    wait_until_past(page, 22.1)
    page.keyboard.press("Enter")  # the same link again
    expect(page.locator(".pl-now")).to_have_text(re.compile("0:2[01]"))
    wait_until_past(page, 20.5)
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute("aria-pressed", "true")


def test_a_fragment_without_a_moment_moves_nothing(page: Page, studio: Studio) -> None:
    visit(page, studio, "?t=3")
    follow(page, "#hand-on-heading")
    follow(page, "#t=soon")
    page.wait_for_timeout(500)
    assert where(page) == 3


def test_a_link_beneath_an_embed_moves_it(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.base}/blank")
    embed = f"{studio.base}/AbCdEfGhJkL/embed"
    page.evaluate(
        """(src) => {
          const frame = document.createElement('iframe')
          Object.assign(frame, {src, name: 'song', width: 600, height: 250})
          document.body.replaceChildren(frame)
        }""",
        embed,
    )
    frame = page.frame_locator("iframe")
    frame.locator(".pl-lane").first.wait_for()
    asked = len(studio.asked("/embed"))
    follow(page, f"{embed}#t=12", "song")
    expect(frame.locator(".pl-now")).to_have_text("0:12")
    assert len(studio.asked("/embed")) == asked, "the frame wasn't loaded anew"


@pytest.mark.parametrize("fragment", ["#speed=1&t=9", "#t=9&speed=1"])
def test_a_moment_counts_wherever_it_stands_in_the_fragment(
    page: Page, studio: Studio, fragment: str
) -> None:
    visit(page, studio, fragment)
    assert where(page) == 9
