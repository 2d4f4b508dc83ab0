"""The frame that oEmbed answers, on somebody else's page: as tall as its player."""

from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.e2e.visiting import visitor
from tests.hosts import File, Host
from tests.running import Service

DEMO = "TryTheStems"
HEIGHTS = (
    "() => [innerHeight, document.documentElement.scrollHeight, document.querySelector('main').offsetHeight]"
)


def read(page: Page, blog: Host, html: str) -> list[int]:
    """Open a post of the blog; returns the heights of the frame, of what it shows, and of its player."""
    page.goto(blog.at("/post", File(f"<!doctype html><title>A post</title>{html}".encode(), "text/html")))
    player = page.frame_locator("iframe")
    expect(player.get_by_role("button", name="Mute Other")).to_be_visible()
    expect(player.locator(".pl-all")).to_contain_text("0:22")  # its length is known, so all of it is there
    heights: list[int] = page.frames[1].evaluate(HEIGHTS)
    return heights


@pytest.mark.parametrize("width", [900, 360, 320])
def test_the_frame_of_the_share_page_has_no_scrollbar_either(
    browser: Browser, service: Service, width: int
) -> None:
    """Whoever copies it doesn't know how wide it gets."""
    with Host() as blog, visitor(browser, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{service.url}/{DEMO}")
        frame, shown, player = read(page, blog, page.locator("#embed").input_value())
    assert shown <= frame, "it scrolls"
    assert player > frame - 12, "there is something empty below"


@pytest.mark.parametrize("widest", [None, 658, 657, 400, 320])
def test_it_has_no_scrollbar_and_nothing_empty_below(
    browser: Browser, service: Service, widest: int | None
) -> None:
    asked: dict[str, Any] = {"url": f"{service.url}/{DEMO}"} | ({"maxwidth": widest} if widest else {})
    answer = requests.get(f"{service.url}/oembed", params=asked, timeout=10).json()
    assert answer["width"] <= (widest or answer["width"])
    with Host() as blog, visitor(browser) as context:
        frame, shown, player = read(context.new_page(), blog, answer["html"])
    assert frame == answer["height"]
    assert shown <= frame, "it scrolls"
    assert player > frame - 12, "there is something empty below"
