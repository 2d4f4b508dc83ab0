"""The whole road in a real browser: choose a song, have a link, hear its stems while they are being separated."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.conftest import HOME_NAME
from tests.e2e.listening import QUIET, hear, listen, new_context
from tests.running import Service


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a new visitor; it must not have complained about anything when the test is over."""
    complaints: list[str] = []
    with new_context(browser) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        yield page
    assert complaints == []


def is_complaint(said: ConsoleMessage) -> bool:
    """Errors, except that the browser has no use for this header over plain HTTP."""
    return said.type == "error" and "Cross-Origin-Opener-Policy" not in said.text


def upload(page: Page, address: str, song: Path) -> str:
    """Choose a song on the first page, and open the link that appears; returns the id of the share."""
    page.goto(address)
    page.get_by_label("Separate with").select_option("classical")
    page.locator("input#song").set_input_files(song)
    page.get_by_role("button", name="Copy link").first.wait_for()
    link = page.locator("input[readonly]").first.input_value()
    found = re.fullmatch(rf"{re.escape(address)}/(\w{{11}})", link)
    assert found, link
    page.get_by_role("link", name="Open").click()
    page.wait_for_url(lambda url: found[1] in url)
    return found[1]


def test_it_plays_while_it_is_separated_and_solo_and_mute_are_heard(
    page: Page, service: Service, long_song: Path
) -> None:
    share = upload(page, service.url, long_song)
    page.get_by_role("button", name="Play").click()
    hear(page, lambda heard: heard.low > -30 and heard.high > -50)
    assert service.manifest(share)["state"] == "running", "it was done before it could be heard"

    page.get_by_role("button", name="Solo Bass").click()
    alone = hear(page, lambda heard: heard.low > -30 and heard.high < -50)
    page.get_by_role("button", name="Solo Bass").click()
    page.get_by_role("button", name="Mute Bass").click()
    without = hear(page, lambda heard: heard.high > -50 and heard.low < alone.low - 12)
    page.get_by_role("button", name="Mute Bass").click()
    page.get_by_role("button", name="Solo Drums").click()
    clicks = hear(page, lambda heard: heard.high > -50 and heard.low < alone.low - 20)
    assert clicks.high > alone.high + 10
    assert abs(clicks.high - without.high) < 6
    page.get_by_role("button", name="Pause").click()
    hear(page, lambda heard: heard.all < QUIET)

    page.get_by_role("button", name="Stop separating").click()
    expect(page.get_by_role("region", name="State")).to_contain_text("stopped")
    manifest = service.until(share, lambda manifest: manifest["state"] == "cancelled", seconds=10)
    assert {stem["available_frames"] for stem in manifest["stems"]} == {0}


def test_it_works_over_plain_http_from_another_machine(page: Page, service: Service, song: Path) -> None:
    """There the browser has neither worklets nor a clipboard for us."""
    address = f"http://{HOME_NAME}:{service.port}"
    share = upload(page, address, song)
    assert page.evaluate("isSecureContext") is False
    page.get_by_role("button", name="Play").click()
    hear(page, lambda heard: heard.low > -30 and heard.high > -50)
    assert page.url.startswith(address)
    urls = [stem["renditions"]["flac"]["url"] for stem in service.manifest(share)["stems"]]
    assert all(url.startswith(service.url) for url in urls)  # asked through localhost, told through localhost


def test_the_demo_can_be_heard_on_the_first_page(page: Page, service: Service) -> None:
    page.goto(service.url)
    player = page.locator(".player")
    player.get_by_role("button", name="Play").click()
    hear(page, lambda heard: heard.all > -30)
    for stem in ("Vocals", "Drums", "Bass", "Other"):
        player.get_by_role("button", name=f"Mute {stem}").click()
    hear(page, lambda heard: heard.all < QUIET)
    player.get_by_role("button", name="Mute Vocals").click()
    hear(page, lambda heard: heard.all > -45)


def test_nothing_is_played_before_it_is_asked_for(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/TryTheStems")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.wait_for_timeout(1_000)
    assert listen(page).all == -200
