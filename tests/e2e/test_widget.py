"""The widget's script on somebody else's page: links become players."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Frame, Page, expect

from tests.e2e.visiting import visitor
from tests.hosts import File, Host
from tests.running import Service

DEMO = "TryTheStems"
# A function: an expression would be evaluated anew at each try, which the player's Content-Security-Policy forbids.
AS_TALL = "() => Math.abs(innerHeight - document.querySelector('main').getBoundingClientRect().height) < 1"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A reader of a blog, whose page must not complain."""
    with visitor(browser) as context:
        page = context.new_page()
        errors: list[Error] = []
        page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - playwright marks what it is given
        yield page
        assert not errors, errors


@pytest.fixture
def blog() -> Iterator[Host]:
    """Another origin."""
    with Host() as host:
        yield host


def read(page: Page, blog: Host, service: Service, body: str, *, scripts: int = 1) -> None:
    """Open a post of the blog with these words and the widget's script."""
    script = f'<script async src="{service.url}/widget.js"></script>'
    html = f"<!doctype html><title>A post</title><body>{body}{script * scripts}"
    page.goto(blog.at("/post", File(html.encode(), "text/html")))


def link(service: Service, more: str = "", words: str = "Take it apart") -> str:
    """A link to the demo."""
    return f'<a class="stemlink" href="{service.url}/{DEMO}{more}">{words}</a>'


def player(page: Page) -> Frame:
    """The frame of the only player, when it can be played."""
    expect(page.locator("iframe")).to_have_count(1)
    expect(page.frame_locator("iframe").get_by_role("button", name="Play")).to_be_visible()
    return page.frames[1]


def test_a_link_becomes_a_player_as_tall_as_its_stems(page: Page, blog: Host, service: Service) -> None:
    read(page, blog, service, f"<p>Listen:</p>{link(service)}<p>Nice.</p>")
    frame = player(page)
    assert page.locator("a").count() == 0
    expect(page.locator("iframe")).to_have_attribute("title", "Take it apart")
    frame.wait_for_function(AS_TALL)
    assert page.locator("iframe").evaluate("frame => frame.clientHeight") > 300
    for name in ("Mute Vocals", "Mute Drums", "Mute Bass", "Mute Other"):  # not there in a row of buttons
        expect(page.frame_locator("iframe").get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 330, "height": 700})  # lanes fold on a phone
    expect(page.frame_locator("iframe").get_by_role("button", name="Mute Other")).to_be_visible()
    frame.wait_for_function(AS_TALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= 330


def test_it_plays_the_mix_of_the_link(page: Page, blog: Host, service: Service) -> None:
    read(page, blog, service, link(service, "?solo=drums"))
    frame = player(page)
    assert frame.url == f"{service.url}/{DEMO}/embed?solo=drums"
    solo = page.frame_locator("iframe").get_by_role("button", name="Solo Drums")
    expect(solo).to_have_attribute("aria-pressed", "true")


def test_links_that_come_later_become_players(page: Page, blog: Host, service: Service) -> None:
    read(page, blog, service, '<div id="later"></div>')
    page.wait_for_function(f"() => Symbol.for('stemlink widget of {service.url}') in window")
    page.evaluate("html => { document.querySelector('#later').innerHTML = html }", f"<p>{link(service)}</p>")
    player(page)


def test_a_script_for_each_link_makes_one_player_of_each(page: Page, blog: Host, service: Service) -> None:
    read(page, blog, service, link(service), scripts=3)
    player(page)  # a page is loaded when all of its scripts have run
    expect(page.locator("iframe")).to_have_count(1)


def test_other_links_stay_links(page: Page, blog: Host, service: Service) -> None:
    others = (
        '<a class="stemlink" href="http://elsewhere.example/TryTheStems">elsewhere</a>'
        f'<a class="stemlink" href="{service.url}/">home</a>'
        f'<a class="stemlink" href="{service.url}/api/docs/">docs</a>'
        f'<a href="{service.url}/{DEMO}">a plain link</a>'
    )
    read(page, blog, service, others + link(service))
    player(page)
    assert page.locator("a").all_text_contents() == ["elsewhere", "home", "docs", "a plain link"]


def test_a_title_is_text_and_messages_of_others_are_nothing(page: Page, blog: Host, service: Service) -> None:
    read(page, blog, service, link(service, words="<b>&quot;&gt;&lt;script&gt;</b>"))
    player(page)
    expect(page.locator("iframe")).to_have_attribute("title", '"><script>')
    height = page.locator("iframe").evaluate("frame => frame.style.blockSize")
    page.evaluate("postMessage({context: 'stemlink', event: 'resize', height: 3000}, '*')")
    page.frames[1].evaluate("parent.postMessage({context: 'stemlink', event: 'resize', height: 'tall'}, '*')")
    page.frames[1].evaluate("parent.postMessage(null, '*')")
    page.wait_for_timeout(200)
    assert page.locator("iframe").evaluate("frame => frame.style.blockSize") == height
