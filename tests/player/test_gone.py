"""A share that is deleted, taken down or expires while somebody listens."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import Host
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import play, stem, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, noise

GONE = "This share was deleted or has expired."


class StillGrowing(Song):
    """One whose stems are made, and its small rendition isn't."""

    def manifest(self, base: str) -> dict[str, Any]:
        """What the service says of it."""
        return {**super().manifest(base), "growing": True}


def song(segments: int = 8) -> Song:
    """Two stems."""
    return Song({"vocals": noise(SEGMENT * segments, 1), "drums": noise(SEGMENT * segments, 2)})


def listen(page: Page, studio: Studio, path: str = "") -> None:
    """A while."""
    visit(page, studio, path)
    play(page)
    wait_until_past(page, 0.2)


def delete(studio: Studio, status: int = 410) -> None:
    """The share, with all its sound."""
    studio.answers.update({"/api/": status, "/media/": 404})


def expect_the_end(page: Page) -> None:
    """The listener is told why, and nothing runs on in silence."""
    expect(page.get_by_role("alert")).to_have_text(GONE, timeout=20_000)
    assert page.locator(".pl").inner_text() == GONE, "and offers nothing of it: no time, no stems"
    there = where(page)
    page.wait_for_timeout(500)
    assert where(page) == there


@pytest.mark.parametrize("status", [410, 451])
def test_a_share_that_is_gone_while_it_plays_says_so_and_stops(
    page: Page, studio: Studio, status: int
) -> None:
    """All of it was made, so that nobody asks for the manifest any more; it is asked for once."""
    studio.song = song()
    listen(page, studio, "/embed")
    asked = len(studio.asked("/api/"))
    delete(studio, status)
    expect_the_end(page)
    assert where(page) < 5, "at the first segment that didn't come"
    page.wait_for_timeout(2_500)
    assert len(studio.asked("/api/")) == asked + 1


def test_a_share_that_is_gone_while_it_is_made_says_so_and_stops(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.song.state, studio.song.available = "running", SEGMENT * 6
    listen(page, studio)
    delete(studio)
    expect_the_end(page)
    assert where(page) < 5, "before anything was missing"


def test_a_share_that_is_gone_while_its_small_rendition_is_made_says_so_and_stops(
    page: Page, studio: Studio
) -> None:
    studio.song = StillGrowing(song().stems)
    listen(page, studio)
    delete(studio)
    expect_the_end(page)


def test_of_a_share_that_is_gone_nothing_can_be_asked_for(page: Page, studio: Studio) -> None:
    studio.song = song()
    listen(page, studio)
    delete(studio)
    stem(page, "Vocals").locator(".pl-wave").click(position={"x": 600, "y": 20})
    expect_the_end(page)
    asked = len(studio.requests)
    page.locator(".pl").press("Space")
    page.locator(".pl").press("Home")
    page.locator(".pl").press("Space")
    expect_the_end(page)
    assert len(studio.requests) == asked
    assert page.evaluate("navigator.mediaSession.metadata") is None, "no lock screen offers it"


def test_the_keyboard_is_not_lost_with_what_is_gone(page: Page, studio: Studio) -> None:
    studio.song = song()
    listen(page, studio)
    stem(page, "Vocals").get_by_role("button", name="Solo").focus()
    delete(studio)
    expect_the_end(page)
    expect(page.locator(".pl")).to_be_focused()


@pytest.fixture
def elsewhere(studio: Studio, host: Host) -> HostedSong:
    """Stems on another host alone: of such a share nothing is ever missing here."""
    sound = encode(noise(SEGMENT * 8, 1) / 32_767, "wav")
    links = {name: host.at(f"/{name}.wav", hosted(sound)) for name in ("vocals", "drums")}
    studio.song = found = HostedSong(links=links, seconds=dict.fromkeys(links, 32.0))
    return found


def wait_a_minute(page: Page) -> None:
    """By the page's clock."""
    page.evaluate("{ const now = Date.now; Date.now = () => now() + 61_000 }")


@pytest.mark.usefixtures("elsewhere")
def test_who_plays_again_what_lies_elsewhere_is_told_that_the_share_is_gone(
    page: Page, studio: Studio
) -> None:
    listen(page, studio, "/embed")
    page.get_by_role("button", name="Pause", exact=True).click()
    asked = len(studio.asked("/api/"))
    play(page)
    page.wait_for_timeout(300)
    assert len(studio.asked("/api/")) == asked, "not again at once"
    page.get_by_role("button", name="Pause", exact=True).click()
    delete(studio)
    wait_a_minute(page)
    play(page)
    expect_the_end(page)
    assert len(studio.asked("/api/")) == asked + 1


@pytest.mark.usefixtures("elsewhere")
def test_who_comes_back_to_what_lies_elsewhere_is_told_that_the_share_is_gone(
    page: Page, studio: Studio
) -> None:
    listen(page, studio)
    delete(studio, 451)
    wait_a_minute(page)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_the_end(page)


@pytest.mark.usefixtures("elsewhere")
def test_what_lies_elsewhere_plays_on_while_the_server_is_away(page: Page, studio: Studio) -> None:
    listen(page, studio)
    studio.answers["/api/"] = 503
    wait_a_minute(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    play(page)
    there = where(page)
    wait_until_past(page, there + 0.5)
    assert len(studio.asked("/api/")) == 2
    expect(page.get_by_role("alert")).to_be_hidden()


def test_sound_that_is_missing_of_a_share_that_is_there_ends_nothing(page: Page, studio: Studio) -> None:
    studio.song = song()
    listen(page, studio)
    studio.answers["/vocals/flac/"] = 410
    wait_until_past(page, 9, timeout=20)
    expect(stem(page, "Vocals").locator(".pl-failure")).to_contain_text("could not be found")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_enabled()
