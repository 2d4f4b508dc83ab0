"""The page of a share: its states in words, and what its owner can do."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import HOME_NAME
from tests.e2e.visiting import delete, known, pretend
from tests.running import Service, wait_for

DEMO = "TryTheStems"


@pytest.fixture
def created(service: Service, short_song: Path) -> dict[str, Any]:
    """A share, as its maker gets it."""
    return service.upload(short_song, title="Before", model="classical")


def test_a_manage_link_is_taken_in_and_leaves_the_address_bar(page: Page, created: dict[str, Any]) -> None:
    page.goto(created["manage_url"])
    expect(page.get_by_role("heading", name="You can change this share")).to_be_visible()
    assert page.url == created["url"]
    assert [mine["token"] for mine in known(page)] == [created["edit_token"]]
    page.reload()
    expect(page.get_by_role("button", name="Delete share")).to_be_visible()


def test_a_stranger_sees_nothing_that_changes_it(page: Page, created: dict[str, Any]) -> None:
    page.goto(created["url"])
    expect(page.get_by_role("heading", name="Hand it on")).to_be_visible()
    for name in ("Rename", "Stop separating", "Delete share", "Copy manage link"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_a_title_is_changed_in_place(page: Page, service: Service, created: dict[str, Any]) -> None:
    page.goto(created["manage_url"])
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_role("textbox", name="New title")
    expect(field).to_be_focused()
    expect(field).to_have_value("Before")
    field.fill("After <b>all</b>")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("After <b>all</b>")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    assert service.manifest(created["id"])["title"] == "After <b>all</b>"
    assert page.title() == "After <b>all</b> · Stemlink"


def test_renaming_can_be_left(page: Page, created: dict[str, Any]) -> None:
    page.goto(created["manage_url"])
    page.get_by_role("button", name="Rename").click()
    page.keyboard.type("no")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("Before")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()


def test_deleting_asks_first_and_ends_on_the_page_for_what_is_gone(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    page.goto(created["manage_url"])
    page.get_by_role("button", name="Delete share").click()
    dialog = page.get_by_role("dialog", name="Delete this share?")
    expect(dialog).to_contain_text("Before")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Delete share")).to_be_focused()
    page.get_by_role("button", name="Delete share").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This share is gone")
    assert known(page) == []


def test_a_wrong_token_is_refused_in_words(page: Page, created: dict[str, Any]) -> None:
    page.goto(f"{created['url']}#edit=wrong")
    page.get_by_role("button", name="Delete share").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#owner-problem")).to_contain_text("This edit token doesn't belong to this share.")


def test_a_wrong_link_takes_no_share_from_its_owner(page: Page, created: dict[str, Any]) -> None:
    page.goto(created["manage_url"])
    expect(page.get_by_role("button", name="Delete share")).to_be_enabled()
    page.goto("about:blank")
    page.goto(f"{created['url']}#edit=wrong")
    page.wait_for_url(created["url"])
    assert [mine["token"] for mine in known(page)] == [created["edit_token"]]
    page.get_by_role("button", name="Delete share").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This share is gone")


def test_a_right_link_takes_the_place_of_a_wrong_one(page: Page, created: dict[str, Any]) -> None:
    page.goto(f"{created['url']}#edit=wrong")
    expect(page.get_by_role("button", name="Delete share")).to_be_visible()
    page.goto("about:blank")
    page.goto(created["manage_url"])
    page.wait_for_url(created["url"])
    assert [mine["token"] for mine in known(page)] == [created["edit_token"]]


def test_a_link_that_nobody_could_prove_is_asked_again(page: Page, created: dict[str, Any]) -> None:
    page.goto(created["manage_url"])
    expect(page.get_by_role("button", name="Delete share")).to_be_enabled()
    page.goto("about:blank")
    page.route("**/api/shares/**", lambda route: route.abort())
    page.goto(f"{created['url']}#edit=other")
    expect(page.locator("#owner-problem")).not_to_be_empty()
    assert page.url.endswith("#edit=other")
    assert [mine["token"] for mine in known(page)] == [created["edit_token"]]


@pytest.mark.parametrize(
    "broken", ["get localStorage() { throw new Error() }", "get localStorage() { return full }"]
)
def test_who_keeps_nothing_keeps_the_manage_link(page: Page, created: dict[str, Any], broken: str) -> None:
    full = "{getItem: () => null, setItem() { throw new Error() }, removeItem() {}}"
    page.add_init_script(
        f"const full = {full}; Object.defineProperties(window, Object.getOwnPropertyDescriptors({{{broken}}}))"
    )
    page.goto(created["manage_url"])
    expect(page.get_by_role("button", name="Delete share")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Delete share")).to_be_visible()


def test_a_manage_link_is_taken_in_where_its_share_is_shown(page: Page, created: dict[str, Any]) -> None:
    page.goto(created["url"])
    expect(page.get_by_role("heading", name="You can change this share")).to_be_hidden()
    page.evaluate("link => { location.href = link }", created["manage_url"])
    expect(page.get_by_role("heading", name="You can change this share")).to_be_visible()
    assert page.url == created["url"]


def test_a_page_of_an_older_release_is_told_to_be_loaded_again(page: Page, created: dict[str, Any]) -> None:
    """Its server answers, but has no more of it than what came with the page."""
    page.route("**/owner/owner.js", lambda route: route.fulfill(status=404))
    page.route(
        "**/core/older.js",
        lambda route: (
            route.fulfill(status=404) if route.request.resource_type == "fetch" else route.continue_()
        ),
    )
    page.goto(created["manage_url"])
    expect(page.locator("#owner-problem")).to_contain_text("a new release since this page was opened")


def test_states_are_told_in_words(page: Page, service: Service) -> None:
    pretend(page, service, DEMO, state="queued", queue_position=3, worker_seen=True)
    page.goto(f"{service.url}/{DEMO}")
    words = page.locator("#state-words")
    expect(words).to_have_text("Waiting: place 3 in the queue.")
    pretend(page, service, DEMO, state="queued", queue_position=1, worker_seen=False)
    expect(words).to_contain_text("nothing separates songs here right now")
    pretend(page, service, DEMO, state="running", progress=0.42, seconds_left=118)
    expect(words).to_have_text("Separating: 42%, about 2 minutes left. You can already listen.")
    expect(page.get_by_role("progressbar", name="Done so far")).to_have_js_property("value", 0.42)
    expect(page.locator("#said")).to_contain_text("Separating")
    problem = {"code": "damaged", "message": "The file breaks off. Export it again."}
    pretend(page, service, DEMO, state="failed", error=problem)
    expect(words).to_have_text("This did not work. The file breaks off. Export it again.")
    expect(page.get_by_role("link", name="Start a new share")).to_be_visible()
    expect(page.locator(".player")).to_be_hidden()


def test_stems_that_are_added_are_counted(page: Page, service: Service) -> None:
    states = ("ready", "ready", "pending", "failed")
    stems = service.manifest(DEMO)["stems"]
    mixed = [{**stem, "state": state} for stem, state in zip(stems, states, strict=True)]
    pretend(page, service, DEMO, state="running", job="import", stems=mixed)
    page.goto(f"{service.url}/{DEMO}")
    words = page.locator("#state-words")
    expect(words).to_have_text("Adding the stems: 2 of 4 so far. You can already listen.")
    pretend(page, service, DEMO, state="done", job="import", stems=mixed)
    expect(words).to_have_text("1 stem is missing, and says why.")


def test_a_screen_reader_is_not_told_every_percent(page: Page, service: Service) -> None:
    pretend(page, service, DEMO, state="running", progress=0.30)
    page.goto(f"{service.url}/{DEMO}")
    expect(page.locator("#said")).to_contain_text("30%")
    pretend(page, service, DEMO, state="running", progress=0.41)
    expect(page.locator("#state-words")).to_contain_text("41%")
    expect(page.locator("#said")).to_contain_text("30%")
    pretend(page, service, DEMO, state="running", progress=0.51)
    expect(page.locator("#said")).to_contain_text("51%")


def test_a_network_that_is_lost_is_told_and_forgotten_when_it_is_back(page: Page, service: Service) -> None:
    pretend(page, service, DEMO, state="running", progress=0.5)
    page.goto(f"{service.url}/{DEMO}")
    expect(page.locator("#state-words")).to_contain_text("50%")
    page.route(f"**/api/shares/{DEMO}/", lambda route: route.abort())
    expect(page.locator("#state-words")).to_contain_text("The service does not answer.")
    pretend(page, service, DEMO, state="running", progress=0.5)
    expect(page.locator("#state-words")).to_contain_text("50%")


def test_a_share_that_is_deleted_meanwhile_says_so(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    pretend(page, service, created["id"], state="running", progress=0.5)
    page.goto(created["manage_url"])
    expect(page.locator("#state-words")).to_contain_text("50%")
    delete(page, created)
    page.unroute(f"**/api/shares/{created['id']}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This share is gone")


def test_a_frame_whose_share_is_deleted_while_it_plays_says_so(
    page: Page, service: Service, song: Path
) -> None:
    created = service.upload(song, title="Here today", model="classical")
    service.until(created["id"], lambda manifest: manifest["state"] == "done")
    page.goto(created["embed_url"])
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".pl-now")).not_to_have_text("0:00")
    delete(page, created)
    expect(page.get_by_role("alert")).to_have_text("This share was deleted or has expired.")
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("address", ["http://localhost", f"http://{HOME_NAME}"])
def test_the_link_is_copied_with_and_without_a_clipboard_api(
    page: Page, service: Service, address: str
) -> None:
    page.goto(f"{address}:{service.port}/{DEMO}")
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    field = page.locator("#embed")
    field.evaluate("field => { field.readOnly = false; field.value = ''; field.focus() }")
    page.keyboard.press("Control+V")
    expect(field).to_have_value(f"{address}:{service.port}/{DEMO}")
    expect(page.get_by_role("button", name="Copy", exact=True).first).to_be_visible()


def test_the_embed_code_shows_the_player(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/{DEMO}")
    code = page.locator("#embed").input_value()
    page.route(f"{service.url}/blog", lambda route: route.fulfill(content_type="text/html", body=code))
    page.goto(f"{service.url}/blog")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Play")).to_be_visible()
    expect(frame.get_by_role("button", name="Solo Vocals")).to_be_visible()
    main = frame.locator("main")
    main.locator(".pl-lane").last.wait_for()
    missing = main.evaluate("main => main.getBoundingClientRect().height - innerHeight")
    assert abs(missing) < 8, "nothing to scroll, and nothing empty below"


def test_space_plays_wherever_nothing_else_wants_it(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/{DEMO}")
    play = page.locator(".pl-play")
    expect(play).to_be_enabled()
    page.locator("body").press("Shift+Space")
    expect(play).to_have_attribute("aria-label", "Play")
    page.keyboard.press("Space")
    expect(play).to_have_attribute("aria-label", "Pause")
    assert page.evaluate("scrollY") == 0
    page.locator("#title").focus()
    page.keyboard.press("Space")
    expect(play).to_have_attribute("aria-label", "Play")


def test_space_is_never_taken_from_a_control(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/{DEMO}")
    expect(page.locator(".pl-play")).to_be_enabled()
    page.evaluate(
        """() => {
          const extra = document.createElement('div')
          extra.innerHTML = `<details><summary>More</summary></details><p contenteditable>text</p><div tabindex="0"
            class="scroller" style="block-size: 40px; overflow: auto"><div style="block-size: 400px">tall</div></div>
            <input type="checkbox" id="box"><dialog>Sure?</dialog>`
          document.querySelector('main').append(extra)
        }"""
    )
    taken = """() => new Promise((resolve) => {
      addEventListener('keydown', (event) => resolve(event.defaultPrevented), {once: true})
    })"""
    for selector in ("#copy-first", ".top a", "#link", "#box", "summary", "[contenteditable]", ".scroller"):
        page.locator(selector).first.focus()
        told = page.evaluate_handle(f"() => ({{prevented: ({taken})()}})")
        page.keyboard.press("Space")
        assert not told.evaluate("({prevented}) => prevented"), selector
    page.evaluate("document.querySelector('.share ~ div dialog').showModal()")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    expect(page.locator(".pl-play")).to_have_attribute("aria-label", "Play")


def test_the_lock_screen_has_the_picture_of_the_share(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/{DEMO}")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".pl-play")).to_have_attribute("aria-label", "Pause")
    wait_for(lambda: page.evaluate("navigator.mediaSession.metadata !== null"))
    [picture] = page.evaluate("navigator.mediaSession.metadata.artwork.map(({src, sizes}) => ({src, sizes}))")
    assert picture["src"] == f"{service.url}/{DEMO}/preview.png"
    loaded = """async (src) => {
      const image = Object.assign(new Image(), {src})
      await image.decode()
      return `${image.naturalWidth}x${image.naturalHeight}`
    }"""
    assert page.evaluate(loaded, picture["src"]) == picture["sizes"]
