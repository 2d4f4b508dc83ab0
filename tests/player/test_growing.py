"""Listening while the song is still being separated."""

import pytest
from playwright.sync_api import Page, expect

from tests.held import Held
from tests.player.listening import UPDATE, level, play, status, update, visit, wait_until_past, where
from tests.player.studio import SEGMENT, Song, Studio, noise

# Of a stem, as long as nobody works on it.
NOTHING: dict[str, object] = {"frames": None, "available_frames": 0, "renditions": {}, "peaks": None}

# Whether anything is drawn on the ruler.
RULED = """() => {
  const ruler = document.querySelector('.pl-ruler canvas')
  return ruler.getContext('2d').getImageData(0, 0, ruler.width, ruler.height).data.some((value) => value > 0)
}"""


def growing(available: int) -> Song:
    """A song of 20 seconds of which so many segments are there."""
    stems = {"vocals": noise(SEGMENT * 5, 1), "drums": noise(SEGMENT * 5, 2)}
    return Song(stems, state="running", available=available * SEGMENT)


def test_it_waits_at_the_edge_and_goes_on(page: Page, studio: Studio) -> None:
    studio.song = growing(1)
    visit(page, studio, "?t=2.5")
    play(page)
    wait_until_past(page, 2.6)
    expect(page.locator(".pl-status")).to_have_text("Waiting for the next seconds…")
    assert where(page) == 4.0
    assert level(page) == 0
    studio.song.available = 2 * SEGMENT
    wait_until_past(page, 4.2)
    assert level(page) > 0.1


@pytest.mark.parametrize("width", [320, 360, 1000])
def test_what_it_says_meanwhile_moves_nothing(page: Page, studio: Studio, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 500})
    studio.song = growing(1)
    page.goto(f"{studio.base}/AbCdEfGhJkL/embed")
    expect(page.locator(".pl-status")).to_have_text("Separating, 20 %")
    boxes = [page.locator(part).first.bounding_box() for part in (".pl-play", ".pl-time", ".pl-lane")]
    studio.song.state, studio.song.available = "done", None
    update(page, studio)
    expect(page.locator(".pl-status")).to_be_empty()
    assert [page.locator(part).first.bounding_box() for part in (".pl-play", ".pl-time", ".pl-lane")] == boxes


def test_nothing_is_told_of_the_time_of_a_song_whose_length_nobody_knows(page: Page, studio: Studio) -> None:
    """It waits in the queue: a time line of one second would be of no song."""
    studio.song = growing(0)
    queued = {**studio.song.manifest(studio.base), "state": "queued", "frames": None, "sample_rate": None}
    queued["stems"] = [{**stem, "state": "pending", **NOTHING} for stem in queued["stems"]]
    page.route("**/api/**", lambda route: route.fulfill(json=queued))
    visit(page, studio)
    page.wait_for_timeout(300)
    assert not page.evaluate(RULED)
    page.unroute("**/api/**")
    update(page, studio)
    page.wait_for_timeout(300)
    assert page.evaluate(RULED)


def test_it_can_be_started_before_anything_is_there(page: Page, studio: Studio) -> None:
    studio.song = growing(0)
    visit(page, studio)
    play(page)
    page.wait_for_timeout(500)
    assert where(page) == 0
    studio.song.available = SEGMENT
    wait_until_past(page, 0.2)


def test_a_new_attempt_takes_over_at_the_same_place(page: Page, studio: Studio) -> None:
    """The first attempt's files are gone; the second catches up, and listening goes on where it was."""
    studio.song = growing(2)
    visit(page, studio, "?t=6")
    play(page)
    wait_until_past(page, 6.3)
    manifest = studio.song.manifest(studio.base)
    claimed = [{**stem, "state": "waiting", **NOTHING} for stem in manifest["stems"]]
    page.evaluate(UPDATE, {**manifest, "frames": None, "stems": claimed})  # as long as it isn't scanned again
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_enabled()
    studio.song.attempt, studio.song.available = 2, SEGMENT
    expect(page.locator(".pl-status")).to_have_text("Waiting for the next seconds…")
    assert where(page) == 8.0, "what was scheduled plays to its end"
    studio.song.available = 4 * SEGMENT
    wait_until_past(page, 8.2)
    assert studio.asked("media/2/")
    expect(page.locator(".pl-failure:visible")).to_have_count(0)


def test_a_song_whose_separation_is_stopped_ends(page: Page, studio: Studio) -> None:
    """While somebody listens: they aren't left waiting for sound that will never come."""
    studio.song = growing(2)
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.5)
    error = {"code": "not_made", "message": "It was stopped."}
    manifest = studio.song.manifest(studio.base)
    stems = [{**stem, "state": "failed", "error": error, **NOTHING} for stem in manifest["stems"]]
    page.evaluate(UPDATE, {**manifest, "state": "cancelled", "frames": None, "stems": stems})
    expect(page.get_by_role("alert")).to_have_text("The separation was cancelled.")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    expect(page.locator(".pl-status")).to_be_empty()
    expect(page.locator(".pl-meter").first).to_have_attribute("style", "--level: 0.000;")
    assert page.evaluate("navigator.mediaSession.playbackState") == "paused"
    page.locator(".pl").press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    expect(page.locator(".pl-status")).to_be_empty()


def test_polling_ends_when_the_song_is_done(page: Page, studio: Studio) -> None:
    studio.song = growing(5)
    visit(page, studio)
    expect(page.locator(".pl-status")).to_have_text("Separating, 100 %")
    studio.song.state = "done"
    expect(page.locator(".pl-status")).to_be_empty()  # so it has heard of it
    asked = len(studio.asked("/api/"))
    page.wait_for_timeout(2_500)
    assert len(studio.asked("/api/")) == asked


def test_a_page_that_says_how_far_it_is_needs_no_player_to_repeat_it(page: Page, studio: Studio) -> None:
    studio.song = Song({"vocals": noise(SEGMENT * 3, 1)}, state="running", available=SEGMENT)
    for says, expected in (("true", "Separating, 33 %"), ("false", "")):
        page.goto(f"{studio.base}/blank")
        page.evaluate(
            f"""async () => {{
              const {{mountPlayer}} = await import('/static/player/index.js')
              const [place] = document.querySelectorAll('.player')
              mountPlayer(place, {{manifestUrl: place.dataset.manifestUrl, saysState: {says}}})
            }}"""
        )
        page.locator(".pl-lane").first.wait_for()
        assert status(page) == expected


def test_an_answer_from_before_a_change_does_not_undo_it(page: Page, studio: Studio) -> None:
    """The owner changes a share while the player asks about it."""
    studio.song = growing(2)
    visit(page, studio)
    poll = Held(page, "**/api/shares/**")
    before = studio.song.manifest(studio.base)
    poll.wait()
    page.evaluate(UPDATE, {**before, "title": "Renamed", "revision": 2})
    with page.expect_request("**/api/shares/**"):  # it goes on asking
        poll.answer(200, {**before, "state": "done"})
        poll.heard()
    expect(page.get_by_role("region", name="Player: Renamed")).to_be_visible()
