"""Getting songs in: several at once, refused, stopped, tried again, without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.visiting import known, visitor
from tests.held import Held
from tests.running import Service

DROP = """([name, type, content]) => {
  const data = new DataTransfer()
  data.items.add(new File([content], name, {type}))
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    const event = new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data})
    document.querySelector('footer').dispatchEvent(event)
    if (kind === 'dragover') window.offered = document.body.classList.contains('dragging')
  }
}"""
PASTE = """() => {
  const data = new DataTransfer()
  data.items.add(new File(['x'], 'pasted.txt', {type: 'text/plain'}))
  document.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data}))
}"""


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """A visitor on the first page."""
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(service.url)
        yield page


def test_several_songs_become_links_one_after_another(page: Page, short_song: Path, tmp_path: Path) -> None:
    songs = [tmp_path / name for name in ("first.flac", "second_song.flac")]
    for song in songs:
        song.write_bytes(short_song.read_bytes())
    page.locator("#song").set_input_files(songs)
    rows = page.locator("#upload-list > li")
    expect(rows).to_have_count(2)
    expect(rows.get_by_role("link", name="Open")).to_have_count(2)
    links = [rows.nth(place).get_by_role("textbox").input_value() for place in (0, 1)]
    assert links == [mine["url"] for mine in known(page)]
    titles = page.locator("#share-list .mine-title")
    expect(titles).to_have_text(["second song", "first"])
    assert all(mine["token"] for mine in known(page))


def test_a_song_can_be_dropped_anywhere(page: Page, service: Service) -> None:
    page.evaluate(DROP, ["cover.png", "image/png", "x"])
    assert page.evaluate("window.offered"), "nothing said that it may be dropped"
    expect(page.locator("body.dragging")).to_have_count(0)
    expect(page.locator("#upload-list")).to_contain_text("This is not a kind of sound we can read.")


def test_a_file_can_be_pasted(page: Page) -> None:
    page.evaluate(PASTE)
    expect(page.locator("#upload-list")).to_contain_text("pasted.txt")


def test_a_file_over_the_cap_is_not_sent(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#drop").evaluate("form => { form.dataset.maxBytes = '10' }")
    page.evaluate(DROP, ["long.wav", "audio/wav", "more than ten bytes"])
    expect(page.locator("#upload-list")).to_contain_text("at most")
    assert sent == []


def test_what_the_server_refuses_is_said_in_its_words_and_can_be_tried_again(page: Page) -> None:
    page.evaluate(DROP, ["song.mp3", "audio/mpeg", "this is text, whatever it is called" * 200])
    row = page.locator("#upload-list > li")
    expect(row).to_contain_text("This file is not a kind of sound we can read.")
    sending = Held(page, "**/api/shares/?**", "POST")
    row.get_by_role("button", name="Try again").click()
    expect(row.get_by_role("button", name="Cancel")).to_be_focused()
    sending.let_go()
    expect(row).to_contain_text("This file is not a kind of sound we can read.")
    row.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#upload-list > li")).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "song", "the keyboard lost its place"


def test_a_connection_that_breaks_is_told(page: Page, short_song: Path) -> None:
    page.route("**/api/shares/?**", lambda route: route.abort())
    page.locator("#song").set_input_files(short_song)
    expect(page.locator("#upload-list")).to_contain_text("The connection to this service broke.")
    page.unroute("**/api/shares/?**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="Open")).to_be_visible()


def test_an_upload_can_be_stopped(page: Page, short_song: Path) -> None:
    page.route("**/api/shares/?**", lambda route: None)  # never answered
    page.locator("#song").set_input_files(short_song)
    page.locator("#upload-list").get_by_role("button", name="Cancel").click()
    expect(page.locator("#upload-list")).to_contain_text("Stopped. Nothing of it was kept.")
    assert known(page) == []


def test_what_is_all_sent_cannot_be_stopped_any_more(page: Page, short_song: Path) -> None:
    """It may be a share by then; to say that nothing was kept would be untrue."""
    page.evaluate(
        """XMLHttpRequest.prototype.send = function () {
          window.request = this
          setTimeout(() => this.upload.onprogress({loaded: 1e9}))
        }"""
    )
    page.locator("#song").set_input_files(short_song)
    expect(page.locator("#upload-list")).to_contain_text("All sent, making the link")
    expect(page.locator("#upload-list").get_by_role("button", name="Cancel")).to_have_count(0)
    page.evaluate("window.request.onerror()")
    page.locator("#upload-list").get_by_role("button", name="Dismiss").click()
    expect(page.locator("#upload-list > li")).to_have_count(0)


def test_a_browser_that_is_full_says_so_when_there_is_something_to_lose(page: Page, short_song: Path) -> None:
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('QuotaExceededError') } }")
    expect(page.locator("#shares-note")).not_to_contain_text("keeps nothing")
    page.locator("#song").set_input_files(short_song)
    expect(page.locator("#shares-note")).to_contain_text("This browser keeps nothing for us.")
    expect(page.locator(".mine-title")).to_have_text("short")


def test_it_works_by_keyboard_alone(page: Page, short_song: Path) -> None:
    # Listened for from the start: the browser takes a moment until it hands its choosers over.
    page.on("filechooser", lambda chooser: chooser.set_files(short_song))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("#song").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="Open")).to_be_visible()


def test_it_works_without_javascript(browser: Browser, service: Service, short_song: Path) -> None:
    with visitor(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(service.url)
        page.locator("#song").set_input_files(short_song)
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("short")
        assert "#edit=" in page.url
        assert "Playing the stems needs JavaScript." in page.locator("noscript p").inner_text()
        expect(page.locator(".stem-names li")).to_have_text(["Vocals", "Drums", "Bass", "Other"])
