"""What a link and this browser remember."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.held import Held
from tests.player.listening import play, update, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, square


@pytest.fixture(autouse=True)
def song(studio: Studio) -> None:
    """Half a minute."""
    studio.song = Song({"vocals": square(SEGMENT * 8, 0.4), "drums": square(SEGMENT * 8, 0.2)})


def test_a_link_brings_the_moment_the_loop_and_the_mix(page: Page, studio: Studio) -> None:
    visit(page, studio, "?t=12.5&solo=drums&loop=10-15.5&mix=vocals:50:-20:m,drums:120")
    assert where(page) == 12.5
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Mute Vocals")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("slider", name="Volume of Vocals")).to_have_attribute("aria-valuetext", "50 %")
    expect(page.get_by_role("slider", name="Pan of Vocals")).to_have_attribute("aria-valuetext", "20 % left")
    expect(page.get_by_role("button", name="Loop", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("slider", name="End of the loop")).to_have_attribute("aria-valuenow", "15.50")


@pytest.mark.parametrize("place", ["?t=0:12.5", "#t=npt:12.5s", "/embed#t=12.5,20"])
def test_a_link_written_by_hand_begins_at_its_moment(page: Page, studio: Studio, place: str) -> None:
    visit(page, studio, place)
    assert where(page) == 12.5


def test_a_link_that_is_read_late_is_heard_from_its_moment_on(page: Page, studio: Studio) -> None:
    studio.delays["state/link.js"] = 1
    visit(page, studio, "?t=12.5&solo=drums")
    assert where(page) == 12.5
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute("aria-pressed", "true")


def test_what_the_owner_changes_before_the_link_is_read_takes_nothing_from_the_link(
    page: Page, studio: Studio
) -> None:
    link = Held(page, "**/state/link.js")
    page.goto(f"{studio.base}/AbCdEfGhJkL?t=12.5&solo=drums&mix=vocals:50")
    page.locator(".pl").wait_for()
    link.wait()
    studio.song.title = "Renamed"
    update(page, studio)
    link.let_go()
    expect(page.get_by_role("region", name="Player: Renamed")).to_be_visible()
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("slider", name="Volume of Vocals")).to_have_attribute("aria-valuetext", "50 %")
    assert where(page) == 12.5


def test_a_link_that_cannot_be_read_plays_from_the_start(page: Page, studio: Studio) -> None:
    studio.answers["state/link.js"] = 503
    visit(page, studio, "?t=12.5")
    play(page)
    wait_until_past(page, 0.2)
    assert where(page) < 12


def test_the_copied_link_says_all_of_it(page: Page, studio: Studio, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    query = "?t=12.5&solo=drums&loop=10-15.5&mix=vocals:50:-20:m,drums:120"
    visit(page, studio, query)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".pl-status")).to_have_text("Link copied.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{studio.base}/AbCdEfGhJkL{query}"


def test_what_is_said_twice_is_seen_as_long_the_second_time(
    page: Page, studio: Studio, context: BrowserContext
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, studio)
    for seconds in (3, 2):
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="Copy link").click()
        expect(page.locator(".pl-status")).to_have_text("Link copied.")
        page.wait_for_timeout(seconds * 1_000)
    expect(page.locator(".pl-status")).to_have_text("Link copied.", timeout=1)


def test_without_a_clipboard_the_link_is_shown(page: Page, studio: Studio) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard; document.execCommand = () => false")
    visit(page, studio)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value(f"{studio.base}/AbCdEfGhJkL?t=0")


def test_a_reload_keeps_mix_and_place(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.get_by_role("button", name="Mute Vocals").click()
    page.locator(".pl-ruler").focus()
    page.keyboard.press("ArrowRight")
    page.reload()
    expect(page.get_by_role("button", name="Mute Vocals")).to_have_attribute("aria-pressed", "true")
    assert where(page) == 5


def test_what_a_listener_leaves_alone_follows_the_owner(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.get_by_role("slider", name="Volume of Vocals").fill("0.5")
    play(page)
    wait_until_past(page, 0.6)
    studio.song.exclusive = True
    studio.song.settings["drums"] = {"muted": True}
    page.reload()
    expect(page.get_by_role("button", name="Mute Drums")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("slider", name="Volume of Vocals")).to_have_attribute("aria-valuetext", "50 %")
    page.get_by_role("button", name="More").click()
    expect(page.get_by_label("One solo at a time")).to_be_checked()


def test_one_solo_at_a_time_reaches_a_player_that_runs(page: Page, studio: Studio) -> None:
    visit(page, studio)
    page.get_by_role("button", name="Solo Vocals").click()
    studio.song.exclusive = True
    update(page, studio)
    page.get_by_role("button", name="Solo Drums").click()
    expect(page.get_by_role("button", name="Solo Vocals")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("soloed", [True, False])
def test_who_gets_a_link_hears_what_its_sender_heard(
    page: Page, studio: Studio, browser: Browser, context: BrowserContext, soloed: bool
) -> None:
    """The sender takes off the owner's solo, or leaves all as it is; the friend has listened in another way before."""
    studio.song.settings["drums"] = {"soloed": soloed}
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, studio)
    if soloed:
        page.get_by_role("button", name="Solo Drums").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".pl-status")).to_have_text("Link copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    with browser.new_context() as other:
        friend = other.new_page()
        visit(friend, studio)
        friend.get_by_role("button", name="Solo Vocals").click()
        friend.get_by_role("button", name="Mute Drums").click()
        friend.goto(link)
        for name in ("Solo Drums", "Solo Vocals", "Mute Drums", "Mute Vocals"):
            expect(friend.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "false")


def test_it_plays_in_a_sandboxed_frame_where_storage_throws(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.base}/blank")
    page.evaluate(
        """(src) => {
          const frame = document.createElement('iframe')
          Object.assign(frame, {src, width: 600, height: 360})
          frame.setAttribute('sandbox', 'allow-scripts')
          document.body.replaceChildren(frame)
        }""",
        f"{studio.base}/AbCdEfGhJkL/embed?t=3",
    )
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Mute Vocals").click()
    frame.get_by_role("button", name="Play", exact=True).click()
    expect(frame.locator(".pl-now")).to_have_text(re.compile(r"0:(0[4-9]|[12]\d)"))


def test_destroy_gives_everything_back(page: Page, studio: Studio) -> None:
    page.add_init_script(
        """window.contexts = []
        window.AudioContext = class extends AudioContext {
          constructor(...options) { super(...options); window.contexts.push(this) }
        }"""
    )
    studio.song.state = "running"
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.1)
    page.evaluate(
        """async () => {
          const {playerOf} = await import('/static/player/index.js')
          playerOf(document.querySelector('.player')).destroy()
        }"""
    )
    page.wait_for_timeout(500)  # in which what was on its way arrives
    asked = len(studio.requests)
    page.wait_for_timeout(3_000)
    assert page.evaluate("window.contexts.map((context) => context.state)") == ["closed"]
    assert page.locator(".pl").count() == 0
    assert len(studio.requests) == asked
