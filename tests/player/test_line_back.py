"""That the line is down is said no longer than it is."""

from playwright.sync_api import Page, expect

from tests.player.listening import play, stem, visit, wait_until_past
from tests.player.studio import SEGMENT, Song, Studio, noise


def song() -> Song:
    """Two stems of half a minute."""
    return Song({"vocals": noise(SEGMENT * 8, 1), "drums": noise(SEGMENT * 8, 2)})


def test_sound_that_comes_again_takes_the_message_away(page: Page, studio: Studio) -> None:
    """After a while the manifest is asked for every 15 s only, and segments more often."""
    studio.song = song()
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.2)
    studio.down = True
    stem(page, "Vocals").locator(".pl-wave").click(position={"x": 600, "y": 20})
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached. Trying again.")
    page.wait_for_timeout(13_000)
    studio.down = False
    expect(page.get_by_role("alert")).to_be_hidden(timeout=9_000)


def test_whoever_presses_play_learns_how_it_is_now(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.song.state = "running"
    visit(page, studio)
    studio.answers["/api/"] = 503
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached. Trying again.")
    page.wait_for_timeout(4_500)  # the next time it is asked in 8 s
    studio.answers.clear()
    play(page)
    expect(page.get_by_role("alert")).to_be_hidden(timeout=5_000)
