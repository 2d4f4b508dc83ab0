"""Solo, mute, volume and pan, heard and not only seen."""

import pytest
from playwright.sync_api import Page, expect

from tests.player.listening import level, play, stem, visit, wait_until_past
from tests.player.studio import SEGMENT, Song, Studio, square


@pytest.fixture
def playing(page: Page, studio: Studio) -> Page:
    """Two stems, one at 0.4 and one at 0.2, in step: together 0.6."""
    studio.song = Song({"vocals": square(SEGMENT * 8, 0.4), "drums": square(SEGMENT * 8, 0.2)})
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.1)
    return page


def test_solo_mute_and_volume_are_heard(playing: Page) -> None:
    page = playing
    assert level(page) == pytest.approx(0.6, abs=0.001)
    solo, mute = (
        stem(page, "Drums").get_by_role("button", name=f"{word} Drums") for word in ("Solo", "Mute")
    )
    solo.click()
    expect(solo).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(50)
    assert level(page) == pytest.approx(0.2, abs=0.001)
    solo.click()
    mute.click()
    page.wait_for_timeout(50)
    assert level(page) == pytest.approx(0.4, abs=0.001)
    mute.click()
    stem(page, "Vocals").get_by_role("slider", name="Volume of Vocals").fill("0.5")
    page.get_by_role("slider", name="Master volume").fill("0.5")
    page.wait_for_timeout(50)
    assert level(page) == pytest.approx(0.2, abs=0.001)


def test_solo_survives_seek_pause_and_loop(playing: Page) -> None:
    page = playing
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("l")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    wait_until_past(page, 0.2)
    assert level(page) == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize("pause", [0, 300])
def test_what_is_changed_around_a_pause_holds_when_sound_returns(playing: Page, pause: int) -> None:
    """A browser doesn't work on gains while nothing sounds: a ramp that ends then must not stay half done."""
    page = playing
    for _ in range(6):
        for key in ("Space", "2", "Space") if pause else ("2", "Space", "Space"):
            page.keyboard.press(key)
            page.wait_for_timeout(pause)
        assert level(page) == pytest.approx(0.2, abs=0.001)
        page.keyboard.press("2")
        assert level(page) == pytest.approx(0.6, abs=0.001)


def test_one_solo_at_a_time(playing: Page) -> None:
    page = playing
    page.get_by_role("button", name="More").click()
    page.get_by_label("One solo at a time").check()
    page.keyboard.press("Escape")
    for number in ("1", "2"):
        page.keyboard.press(number)
    page.wait_for_timeout(50)
    assert level(page) == pytest.approx(0.2, abs=0.001)
    expect(page.get_by_role("button", name="Solo Vocals")).to_have_attribute("aria-pressed", "false")


def test_a_pan_that_returns_to_the_middle_leaves_the_sound_as_it_was(playing: Page) -> None:
    page = playing
    pan = page.get_by_role("slider", name="Pan of Vocals")
    pan.fill("-1")
    expect(pan).to_have_attribute("aria-valuetext", "100 % left")
    page.wait_for_timeout(100)
    assert level(page) > 0.65, "both channels are on one side"
    pan.dblclick()
    page.wait_for_timeout(300)
    assert level(page) == pytest.approx(0.6, abs=0.001)
