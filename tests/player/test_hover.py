"""The time under a mouse."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.player.listening import stem, visit, where
from tests.player.studio import SEGMENT, Song, Studio, noise

SPAN = "(element) => { const {left, right} = element.getBoundingClientRect(); return [left, right] }"


@pytest.fixture(autouse=True)
def song(studio: Studio) -> None:
    """Two stems, a minute."""
    studio.song = Song({"vocals": noise(SEGMENT * 15, 1), "drums": noise(SEGMENT * 15, 2)})


def wave(page: Page, name: str = "Drums") -> Locator:
    """Where a stem is drawn."""
    place: Locator = stem(page, name).locator(".pl-wave")
    return place


def label(page: Page) -> Locator:
    """What the mouse is told."""
    return page.locator(".pl-hover-time")


def point(page: Page, place: Locator, part: float) -> None:
    """Move the mouse over a place, so far from its start."""
    box = place.bounding_box()
    assert box
    page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)


def seconds(text: str) -> float:
    """`1:02.5` is 62.5."""
    minutes, _, rest = text.partition(":")
    return int(minutes) * 60 + float(rest)


def test_a_mouse_on_the_time_axis_sees_the_time_there(page: Page, studio: Studio) -> None:
    visit(page, studio)
    point(page, wave(page), 0.505)
    expect(label(page)).to_have_text("0:30")
    line, box = page.locator(".pl-hover-line").bounding_box(), wave(page).bounding_box()
    assert line
    assert box
    assert line["x"] == pytest.approx(box["x"] + 0.505 * box["width"], abs=1)
    assert line["y"] + line["height"] >= box["y"] + box["height"]
    point(page, page.locator(".pl-ruler"), 0.255)
    expect(label(page)).to_have_text("0:15")
    point(page, stem(page, "Drums").locator(".pl-name"), 0.5)
    expect(label(page)).to_be_hidden()
    point(page, wave(page), 0.755)
    expect(label(page)).to_have_text("0:45")
    point(page, page.locator(".pl-time"), 0.5)
    expect(label(page)).to_be_hidden()


def test_it_is_where_a_click_goes_also_when_the_song_moved_under_the_mouse(
    page: Page, studio: Studio
) -> None:
    visit(page, studio)
    point(page, wave(page), 0.5)
    expect(label(page)).to_have_text("0:30")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -600)
    page.keyboard.up("Control")
    expect(label(page)).to_have_text("0:30.0")  # from near, tenths can be told apart
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 300)
    page.keyboard.up("Shift")
    expect(label(page)).not_to_have_text("0:30.0")
    said = seconds(label(page).inner_text())
    assert said > 30
    page.mouse.down()
    page.mouse.up()
    assert 0 <= where(page) - said < 0.1


@pytest.mark.parametrize("part", [0.0, 0.999])
def test_at_the_edges_it_stays_inside(page: Page, studio: Studio, part: float) -> None:
    visit(page, studio)
    point(page, page.locator(".pl-ruler"), part)
    expect(label(page)).to_have_text("0:59" if part else "0:00")
    left, right = page.locator(".pl-ruler").evaluate(SPAN)
    first, last = label(page).evaluate(SPAN)
    assert left - 0.5 <= first
    assert last <= right + 0.5


def test_with_many_stems_it_is_seen_at_the_last(page: Page, studio: Studio) -> None:
    studio.song = Song({f"s{number}": noise(SEGMENT, number) for number in range(16)})
    visit(page, studio)
    last = wave(page, "S15")
    last.scroll_into_view_if_needed()
    point(page, last, 0.5)
    expect(label(page)).to_have_text("0:02.0")
    expect(label(page)).to_be_in_viewport(ratio=1)
    bar, box = page.locator(".pl-bar").bounding_box(), label(page).bounding_box()
    assert bar
    assert box
    assert box["y"] >= bar["y"] + bar["height"]


def test_it_is_not_in_the_way_of_a_loop(page: Page, studio: Studio) -> None:
    visit(page, studio)
    ruler = page.locator(".pl-ruler")
    point(page, ruler, 0.25)
    expect(label(page)).to_be_visible()
    page.mouse.down()
    point(page, ruler, 0.505)
    expect(label(page)).to_have_text("0:30")
    page.mouse.up()
    end = page.get_by_role("slider", name="End of the loop")
    point(page, end, 0.5)
    expect(label(page)).to_be_hidden()
    page.mouse.down()
    point(page, ruler, 0.75)
    page.mouse.up()
    assert float(end.get_attribute("aria-valuenow") or 0) == pytest.approx(45, abs=0.5)


def test_fingers_do_without(browser: Browser, studio: Studio) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    visit(page, studio)
    box = wave(page).bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    chromium = context.new_cdp_session(page)
    for kind, part in (("touchStart", 0.3), ("touchMove", 0.4), ("touchMove", 0.505)):
        touch = {"x": box["x"] + part * box["width"], "y": y}
        chromium.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [touch]})
    chromium.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("() => document.querySelector('.pl-ruler').getAttribute('aria-valuenow') === '30'")
    asked = studio.asked("ui/hover.js")
    shown = label(page).count()
    context.close()
    assert not asked
    assert not shown


def test_it_is_decoration_that_screen_readers_do_not_meet(page: Page, studio: Studio) -> None:
    visit(page, studio)
    point(page, page.locator(".pl-ruler"), 0.1)
    expect(label(page)).to_be_visible()
    assert "0:06" not in page.locator(".pl-stage").aria_snapshot()


def test_a_move_costs_no_layout(page: Page, studio: Studio) -> None:
    visit(page, studio)
    point(page, wave(page), 0.5)
    expect(label(page)).to_have_text("0:30")
    chromium = page.context.new_cdp_session(page)
    chromium.send("Performance.enable")

    def layouts() -> Any:
        found = chromium.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in found if each["name"] == "LayoutCount")

    line = page.locator(".pl-hover-line")

    def cost(first: float) -> Any:
        before, begin = line.get_attribute("style"), layouts()
        for step in range(1, 9):
            point(page, wave(page), first + step / 1000)
        expect(line).not_to_have_attribute("style", str(before))
        return layouts() - begin

    assert 0 in [cost(first) for first in (0.501, 0.502, 0.503)]  # an outline may come meanwhile


@pytest.mark.parametrize("file", ["hover.css", "ui/hover.js"])
def test_what_did_not_come_is_asked_for_when_the_mouse_comes_again(
    page: Page, studio: Studio, file: str
) -> None:
    page.route(f"**/player/{file}", lambda route: route.abort())
    visit(page, studio)
    with page.expect_event("requestfailed"):
        point(page, wave(page), 0.5)
    page.wait_for_timeout(200)
    for step in range(20):
        point(page, wave(page), 0.5 + step / 100)
    page.wait_for_timeout(200)
    page.unroute(f"**/player/{file}")
    point(page, page.locator(".pl-time"), 0.5)
    point(page, wave(page), 0.505)
    expect(label(page)).to_have_text("0:30")
