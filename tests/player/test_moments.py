"""Links to a moment, followed where the player is open already."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import Host
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import play, visit, wait_until_past, where
from tests.player.studio import RATE, SEGMENT, Song, Studio, square

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


def twelve_seconds(host: Host, delay: float) -> str:
    """A link to a stem whose host takes its time."""
    return host.at("/a.wav", hosted(encode(square(12 * RATE, 0.2) / 32_767, "wav"), delay=delay))


def test_a_moment_is_kept_until_a_hosted_stem_has_told_its_length(
    page: Page, studio: Studio, host: Host
) -> None:
    studio.song = HostedSong(links={"a": twelve_seconds(host, 5)})
    visit(page, studio, "#t=3")
    follow(page, "#t=7")
    assert page.locator(".pl-all").inner_text() == "–:––"  # noqa: RUF001  # the dashes that are shown
    expect(page.locator(".pl-now")).to_have_text("0:07", timeout=20_000)
    assert where(page) == 7
    play(page)
    wait_until_past(page, 7.2)


def test_a_moment_beyond_the_end_is_the_end(page: Page, studio: Studio, host: Host) -> None:
    studio.song = HostedSong(links={"a": twelve_seconds(host, 1)})
    visit(page, studio)
    follow(page, "#t=99")
    expect(page.locator(".pl-now")).to_have_text("0:12")
    assert where(page) == 12
    play(page)
    # From the start, as always at the end.
    expect(page.locator(".pl-now")).to_have_text(re.compile(r"0:(0\d|1[01])"))


@pytest.mark.parametrize("moved", [False, True])
def test_a_moment_beyond_what_was_guessed_is_reached_when_the_length_is_known(
    page: Page, studio: Studio, host: Host, moved: bool
) -> None:
    studio.song = HostedSong(links={"a": twelve_seconds(host, 0)}, seconds={"a": 7.0})
    visit(page, studio, "#t=9")
    expect(page.locator(".pl-now")).to_have_text("0:07")
    if moved:
        page.locator(".pl-ruler").press("Home")
    page.get_by_role("button", name="Play", exact=True).hover()
    expect(page.locator(".pl-all")).to_have_text("0:12")
    assert where(page) == (0 if moved else 9)


@pytest.mark.parametrize("before", ["", "#t=3", "?t=3&solo=drums"])
def test_a_moment_that_is_followed_before_the_manifest_is_here_counts(
    page: Page, studio: Studio, before: str
) -> None:
    studio.delays["/api/"] = 3
    page.goto(f"{studio.base}/AbCdEfGhJkL{before}")
    page.locator(".pl").wait_for()
    follow(page, "#t=7")
    assert page.locator(".pl-lane").count() == 0
    expect(page.locator(".pl-now")).to_have_text("0:07")
    assert where(page) == 7
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute(
        "aria-pressed", str("solo" in before).lower()
    )
