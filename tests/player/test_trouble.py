"""Stems that fail, files that are cut off, lines that are slow or drop."""

import pytest
from playwright.sync_api import Page, expect

from tests.player.listening import (
    expect_failure,
    level,
    play,
    status,
    stem,
    update,
    visit,
    wait_until_past,
    where,
)
from tests.player.studio import SEGMENT, Song, Studio, noise


def song(segments: int = 5) -> Song:
    """Two stems."""
    return Song({"vocals": noise(SEGMENT * segments, 1), "drums": noise(SEGMENT * segments, 2)})


def lose_the_line(page: Page, studio: Studio) -> None:
    """While a song plays, all of which is made."""
    studio.song = song(8)
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.2)
    studio.down = True


def play_without_vocals(page: Page, studio: Studio) -> None:
    """A song whose vocals are promised and not there."""
    studio.song = song()
    studio.answers["vocals/flac"] = 404
    visit(page, studio)
    play(page)
    expect_failure(page, "Vocals", "could not be found")


def expect_vocals_alone_heard(page: Page) -> None:
    """From the beginning, with the drums muted."""
    stem(page, "Drums").get_by_role("button", name="Mute Drums").click()
    page.keyboard.press("Home")
    wait_until_past(page, 0.5)
    assert level(page) > 0.1


def test_a_missing_stem_says_so_and_the_rest_plays(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.answers["vocals/flac"] = 404
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.3)
    assert level(page) > 0.1
    expect_failure(page, "Vocals", "could not be found")
    expect(stem(page, "Drums").locator(".pl-failure")).to_be_hidden()
    assert len(studio.asked("vocals/flac")) <= 3, "it isn't asked for again and again"


def test_retry_brings_it_back(page: Page, studio: Studio) -> None:
    play_without_vocals(page, studio)
    studio.answers.clear()
    stem(page, "Vocals").get_by_role("button", name="Retry").click()
    expect(stem(page, "Vocals").locator(".pl-failure")).to_be_hidden()
    expect_vocals_alone_heard(page)


def test_a_newer_attempt_brings_it_back(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.answers["1/vocals/flac"] = 404
    visit(page, studio)
    play(page)
    expect_failure(page, "Vocals", "could not be found")
    studio.song.attempt = 2
    update(page, studio)
    expect(stem(page, "Vocals").locator(".pl-failure")).to_be_hidden()
    expect_vocals_alone_heard(page)


LONG = "This link is dead, or its host lets no other page play it. The owner can keep a copy here instead."
# Of the words and the button, how many pixels lie outside of the lane's waveform.
CUT = """(wave) => {
  const box = wave.getBoundingClientRect()
  const parts = [...wave.querySelectorAll('.pl-failure > *')].filter((part) => part.checkVisibility())
  const over = parts.map((part) => [part, part.getBoundingClientRect()]).map(([part, {top, bottom}]) =>
    Math.max(box.top - top, bottom - box.bottom, part.scrollHeight - part.clientHeight - 2, 0))
  return [parts.length, Math.max(...over)]
}"""


@pytest.mark.parametrize("width", [300, 360, 600])
@pytest.mark.parametrize("place", ["", "/embed"])
def test_why_a_stem_isn_t_heard_can_be_read_in_a_thin_lane(
    page: Page, studio: Studio, width: int, place: str
) -> None:
    studio.song = song()
    studio.song.settings["vocals"] = {"state": "failed", "error": {"code": "refused", "message": LONG}}
    studio.answers["drums/flac"] = 404
    page.set_viewport_size({"width": width, "height": 600})
    visit(page, studio, place)
    play(page)
    expect_failure(page, "Drums", "could not be found")
    assert stem(page, "Vocals").locator(".pl-wave").evaluate(CUT) == [1, 0]
    assert stem(page, "Drums").locator(".pl-wave").evaluate(CUT) == [2, 0]


def test_what_failed_to_be_made_is_well_when_it_is_replaced(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.song.settings["vocals"] = {
        "state": "failed",
        "error": {"code": "unreadable", "message": "No sound."},
    }
    visit(page, studio)
    expect_failure(page, "Vocals", "No sound.")
    studio.song.settings.clear()
    studio.song.attempt = 2
    update(page, studio)
    expect(stem(page, "Vocals").locator(".pl-failure")).to_be_hidden()
    expect(page.locator(".pl-failed")).to_have_count(0)


def test_what_is_wrong_stays_while_the_sound_is_the_same(page: Page, studio: Studio) -> None:
    play_without_vocals(page, studio)
    studio.song.settings["vocals"] = {"name": "Voice"}
    update(page, studio)
    expect_failure(page, "Voice", "could not be found")


def test_what_is_wrong_stays_when_other_stems_come(page: Page, studio: Studio) -> None:
    """And the keyboard stays where it is: the lanes of the stems that were there are the same ones."""
    play_without_vocals(page, studio)
    mute = page.get_by_role("button", name="Mute Drums")
    mute.focus()
    studio.song.stems = {"bass": noise(SEGMENT * 5, 3), **studio.song.stems}
    update(page, studio)
    expect(page.locator(".pl-lane")).to_have_count(3)
    expect(page.locator(".pl-name")).to_have_text(["Bass", "Vocals", "Drums"])
    expect_failure(page, "Vocals", "could not be found")
    expect(mute).to_be_focused()
    page.keyboard.press("3")
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Solo Drums")).to_have_attribute("aria-keyshortcuts", "3")


def test_a_truncated_segment_is_silent_and_the_next_plays(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.truncated.add("vocals/flac/1.flac")
    visit(page, studio, "?t=3&solo=vocals")
    play(page)
    wait_until_past(page, 4.3, timeout=15)
    expect(stem(page, "Vocals").locator(".pl-failure")).to_be_visible()
    assert level(page) == 0
    wait_until_past(page, 8.1, timeout=15)
    assert level(page) > 0.05


def test_a_slow_stem_is_waited_for(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.delays["drums/flac"] = 2.0
    visit(page, studio)
    play(page)
    expect(page.locator(".pl-status")).to_have_text("Loading…")
    assert where(page) == 0
    wait_until_past(page, 4.2, timeout=12)
    expect(page.locator(".pl-failure:visible")).to_have_count(0)


def test_a_network_that_drops_fails_nothing(page: Page, studio: Studio) -> None:
    lose_the_line(page, studio)
    page.keyboard.press("Home")
    stem(page, "Vocals").locator(".pl-wave").click(position={"x": 600, "y": 20})
    page.wait_for_timeout(3_000)
    there = where(page)
    assert there > 16
    assert status(page) == "Loading…"
    studio.down = False
    wait_until_past(page, there + 0.2, timeout=12)
    expect(page.locator(".pl-failure:visible")).to_have_count(0)


def test_a_song_that_stands_still_says_that_the_line_is_down(page: Page, studio: Studio) -> None:
    """All of it is made, so that nobody asks for the manifest any more."""
    lose_the_line(page, studio)
    stem(page, "Vocals").locator(".pl-wave").click(position={"x": 600, "y": 20})
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached. Trying again.")
    studio.down = False
    expect(page.get_by_role("alert")).to_be_hidden()
    wait_until_past(page, 16.5, timeout=20)


def test_a_server_that_has_the_song_but_not_its_sound_is_told_of(page: Page, studio: Studio) -> None:
    studio.song = song()
    studio.answers["/flac/"] = 500
    visit(page, studio)
    play(page)
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached. Trying again.")
    page.wait_for_timeout(3_000)
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("alert")).to_be_hidden()  # nothing is waited for
    play(page)
    expect(page.get_by_role("alert")).to_be_visible()
    studio.answers.clear()
    wait_until_past(page, 0.2)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_an_unknown_and_a_deleted_share_say_so(page: Page, studio: Studio) -> None:
    for status_code, words in ((404, "no such share"), (410, "deleted or has expired")):
        studio.answers["/api/"] = status_code
        page.goto(f"{studio.base}/AbCdEfGhJkL")
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_disabled()


def test_a_server_that_comes_back_is_noticed(page: Page, studio: Studio) -> None:
    studio.answers["/api/"] = 503
    page.goto(f"{studio.base}/AbCdEfGhJkL")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    studio.answers.clear()
    expect(page.locator(".pl-lane")).to_have_count(1)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_page_of_an_older_release_says_so(page: Page, studio: Studio) -> None:
    """Its server answers, but has nothing more of it."""
    visit(page, studio)
    studio.answers["/static/"] = 404
    play(page)
    expect(page.locator(".pl-status")).to_have_text("This page is of an older release. Load it again.")


def test_a_line_that_dropped_before_the_engine_came_is_no_older_release(page: Page, studio: Studio) -> None:
    visit(page, studio)
    studio.down = True
    play(page)
    expect(page.locator(".pl-status")).to_have_text("The server cannot be reached. Trying again.")


def test_a_browser_without_web_audio_says_so(page: Page, studio: Studio) -> None:
    page.add_init_script("delete window.AudioContext")
    page.goto(f"{studio.base}/AbCdEfGhJkL")
    expect(page.get_by_role("alert")).to_contain_text("This browser cannot play stems")
