""" "Your shares in this browser" on the first page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.visiting import delete, known, remember, visitor
from tests.held import Held
from tests.running import Service


@pytest.fixture
def created(service: Service, short_song: Path) -> dict[str, Any]:
    """A share, as its maker gets it."""
    return service.upload(short_song, title="Mine", model="classical")


@pytest.fixture
def page(browser: Browser, service: Service, created: dict[str, Any]) -> Iterator[Page]:
    """A visitor who made it."""
    with visitor(browser) as context:
        remember(context, created, "As it was")
        page = context.new_page()
        page.goto(service.url)
        yield page


def leave(page: Page, service: Service) -> None:
    """Go where no list is: what this page asks and notes disturbs nobody who comes back."""
    page.goto(f"{service.url}/healthz")


def come_back(page: Page, service: Service, created: dict[str, Any]) -> Held:
    """Open the list anew; what it asks of the share is held."""
    leave(page, service)
    look = Held(page, f"**/api/shares/{created['id']}/")
    page.goto(service.url)
    look.wait()
    return look


def choose(page: Page, name: str) -> None:
    """Open the menu of the first share and take something from it."""
    page.locator("summary").first.click()
    page.locator("details").get_by_role("button", name=name).click()


def test_title_and_state_follow_the_service(page: Page, service: Service, created: dict[str, Any]) -> None:
    expect(page.locator(".mine-title")).to_have_text("Mine")
    service.until(created["id"], lambda manifest: manifest["state"] == "done")
    expect(page.locator(".mine-state")).to_have_text("ready")
    assert known(page)[0]["title"] == "Mine"


def test_it_can_be_renamed(page: Page, service: Service, created: dict[str, Any]) -> None:
    expect(page.locator(".mine-title")).to_have_text("Mine")
    choose(page, "Rename")
    page.get_by_role("textbox", name="New title").fill("Ours")
    page.keyboard.press("Enter")
    expect(page.locator(".mine-title")).to_have_text("Ours")
    expect(page.locator(".mine-title")).to_be_focused()
    assert service.manifest(created["id"])["title"] == "Ours"


def test_saving_a_title_twice_is_saving_it_once(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    expect(page.locator(".mine-title")).to_have_text("Mine")
    choose(page, "Rename")
    page.get_by_role("textbox", name="New title").fill("Ours")
    page.locator("[data-rename]").evaluate("form => { form.requestSubmit(); form.requestSubmit() }")
    expect(page.locator(".mine-title")).to_have_text("Ours")
    assert asked.count("PATCH") == 1
    expect(page.locator(".mine [data-problem]")).to_be_hidden()


def test_an_answer_that_was_asked_for_before_a_rename_does_not_bring_the_old_title_back(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    before = service.until(created["id"], lambda manifest: manifest["state"] == "done")
    look = come_back(page, service, created)
    choose(page, "Rename")
    page.get_by_role("textbox", name="New title").fill("Ours")
    page.keyboard.press("Enter")
    expect(page.locator(".mine-title")).to_have_text("Ours")
    look.answer(200, before)
    look.heard()
    expect(page.locator(".mine-title")).to_have_text("Ours")
    assert known(page)[0]["title"] == "Ours"


def test_a_rename_that_was_left_on_its_way_disturbs_nobody(page: Page, created: dict[str, Any]) -> None:
    expect(page.locator(".mine-title")).to_have_text("Mine")
    change = Held(page, f"**/api/shares/{created['id']}/", "PATCH")
    choose(page, "Rename")
    field = page.get_by_role("textbox", name="New title")
    field.fill("Ours")
    page.keyboard.press("Enter")
    change.wait()
    page.keyboard.press("Escape")
    choose(page, "Rename")
    field.fill("Yours, as far as it is ty")
    change.let_go()
    expect(page.locator(".mine-title")).to_have_text("Ours")
    expect(field).to_be_focused()
    expect(field).to_have_value("Yours, as far as it is ty")
    page.keyboard.press("Enter")
    expect(page.locator(".mine-title")).to_have_text("Yours, as far as it is ty")


def test_a_rename_that_was_left_fails_in_silence(page: Page, created: dict[str, Any]) -> None:
    expect(page.locator(".mine-title")).to_have_text("Mine")
    change = Held(page, f"**/api/shares/{created['id']}/", "PATCH")
    choose(page, "Rename")
    page.get_by_role("textbox", name="New title").fill("Ours")
    page.keyboard.press("Enter")
    change.wait()
    page.keyboard.press("Escape")
    change.answer(503, {"code": "busy", "message": "Try again in a minute."})
    change.heard()
    expect(page.locator(".mine [data-problem]")).to_be_hidden()


def test_a_page_that_is_come_back_to_is_brought_up_to_date(page: Page, created: dict[str, Any]) -> None:
    """Browsers keep a page as it was left; tests may not, so it is told that it was."""
    back = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    expect(page.locator(".mine-title")).to_have_text("Mine")
    page.route(
        "**/api/shares/*/", lambda route: route.fulfill(status=410, json={"code": "gone", "message": "Gone"})
    )
    page.evaluate(back)
    expect(page.locator(".mine-state")).to_have_text("no longer there")
    page.evaluate(f"localStorage.removeItem('stemlink.shares'); {back}")
    expect(page.locator("#shares")).to_be_hidden()


def test_what_is_forgotten_does_not_come_back(page: Page, service: Service, created: dict[str, Any]) -> None:
    look = come_back(page, service, created)
    choose(page, "Forget here")
    page.get_by_role("dialog", name="Forget this share?").get_by_role("button", name="Forget").click()
    look.answer(410, {"code": "gone", "message": "Gone"})
    look.heard()
    assert known(page) == []


def test_it_can_be_deleted(page: Page, created: dict[str, Any]) -> None:
    choose(page, "Delete")
    page.get_by_role("dialog", name="Delete this share?").get_by_role("button", name="Delete").click()
    expect(page.locator("#shares")).to_be_hidden()
    assert known(page) == []
    response = page.goto(created["url"])
    assert response is not None
    assert response.status == 410


def test_it_can_be_forgotten_and_lives_on(page: Page, created: dict[str, Any]) -> None:
    choose(page, "Forget here")
    page.get_by_role("dialog", name="Forget this share?").get_by_role("button", name="Forget").click()
    expect(page.locator("#shares")).to_be_hidden()
    response = page.goto(created["url"])
    assert response is not None
    assert response.status == 200


def test_what_is_gone_is_said_once(page: Page, service: Service, created: dict[str, Any]) -> None:
    leave(page, service)
    delete(page, created)
    page.goto(service.url)
    expect(page.locator(".mine-state")).to_have_text("no longer there")
    page.reload()
    expect(page.locator("#shares")).to_be_hidden()


def test_many_are_folded(browser: Browser, service: Service) -> None:
    with visitor(browser) as context:
        for number in range(30):
            fake = {"id": f"{number:011}", "url": f"{service.url}/{number:011}", "edit_token": "x"}
            remember(context, fake, f"Song {number}")
        page = context.new_page()
        page.route(
            "**/api/shares/*/", lambda route: route.fulfill(status=503, json={"code": "x", "message": "x"})
        )
        page.goto(service.url)
        expect(page.locator(".mine")).to_have_count(8)
        page.get_by_role("button", name="Show all 30").click()
        expect(page.locator(".mine")).to_have_count(30)
        expect(page.locator(".mine-title").nth(8)).to_be_focused()
        assert len(known(page)) == 30, "a service that is away makes nobody forget"


def test_a_menu_closes_by_escape(page: Page) -> None:
    page.locator("summary").click()
    expect(page.locator("details")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator("details")).not_to_have_attribute("open", "")
    expect(page.locator("summary")).to_be_focused()


def test_a_menu_closes_by_a_click_elsewhere(page: Page) -> None:
    page.locator("summary").click()
    expect(page.locator("details")).to_have_attribute("open", "")
    page.locator("h1").click()
    expect(page.locator("details")).not_to_have_attribute("open", "")
