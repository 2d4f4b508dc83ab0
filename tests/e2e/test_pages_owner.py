"""The page of a share, for whoever holds its manage link: stems and settings are changed in place."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.e2e.test_pages_stems import AXE, tone
from tests.e2e.visiting import pretend, visitor
from tests.held import PATIENT, Held
from tests.hosts import File, Host, status
from tests.running import Service


@pytest.fixture
def host() -> Iterator[Host]:
    """Somebody else's server."""
    with Host() as host:
        for name in ("Bass", "Bell", "Choir"):
            host.at(f"/{name}.wav", File(tone(220, seconds=2)))
        yield host


@pytest.fixture
def created(service: Service, host: Host) -> dict[str, Any]:
    """A share of three hosted stems, as its maker gets it."""
    body: dict[str, Any] = {
        "title": "Mine",
        "stems": [{"url": host.url(f"/{name}.wav")} for name in ("Bass", "Bell", "Choir")],
    }
    answer = requests.post(f"{service.url}/api/shares/", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def page(browser: Browser, created: dict[str, Any]) -> Iterator[Page]:
    """Its owner's page."""
    with visitor(browser) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(created["manage_url"])
        expect(rows(page)).to_have_count(3)
        page.locator(".pl-lane").first.wait_for()  # the player comes by itself, and may be the last
        yield page


def rows(page: Page) -> Locator:
    """The rows of the stems."""
    return page.locator("#stem-list > li")


def save(page: Page) -> None:
    """Save, and wait until that is done."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#stems-state")).to_have_text("Saved.")


def change(service: Service, created: dict[str, Any], **body: Any) -> None:
    """Change the share from another browser."""
    headers = {"Authorization": f"Bearer {created['edit_token']}", "If-Match": "*"}
    answer = requests.patch(
        f"{service.url}/api/shares/{created['id']}/", json=body, headers=headers, timeout=10
    )
    assert answer.status_code == 200, answer.text


def of_stems(service: Service, created: dict[str, Any], *keys: str) -> list[tuple[Any, ...]]:
    """These values of each stem, as the service has them."""
    return [tuple(stem[key] for key in keys) for stem in service.manifest(created["id"])["stems"]]


def test_stems_are_renamed_recoloured_moved_muted_and_removed(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    button = page.get_by_role("button", name="Save", exact=True)
    expect(button).to_be_disabled()
    rows(page).nth(0).get_by_label("Name").fill("Double <b>bass</b>")
    rows(page).nth(0).locator("summary").click()
    rows(page).nth(0).get_by_label("Purple").check()
    rows(page).nth(0).get_by_role("button", name="muted").click()
    rows(page).nth(2).get_by_role("button", name="up").click()
    rows(page).nth(2).get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(rows(page)).to_have_count(3)
    rows(page).nth(2).get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(rows(page)).to_have_count(2)
    save(page)
    assert of_stems(service, created, "name", "color", "muted") == [
        ("Double <b>bass</b>", "#B0529A", True),
        ("Choir", of_stems(service, created, "color")[1][0], False),
    ]
    # The player follows.
    expect(page.get_by_role("button", name="Solo Double <b>bass</b>")).to_be_visible()
    expect(page.get_by_role("button", name="Solo Bell")).to_have_count(0)
    expect(button).to_be_disabled()


def test_stems_are_added_between_others_and_replaced(
    page: Page, service: Service, created: dict[str, Any], host: Host, tmp_path: Path
) -> None:
    file = tmp_path / "Snare.wav"
    file.write_bytes(tone(900, seconds=2))
    page.locator("#stem-files").set_input_files(file)
    page.get_by_label("Links to more stems, one a line").fill(
        host.at("/Drone.wav", File(tone(110, seconds=3)))
    )
    page.get_by_role("button", name="Add links").click()
    expect(rows(page)).to_have_count(5)
    rows(page).nth(3).get_by_label("Name").press("Alt+ArrowUp")
    rows(page).nth(0).get_by_role("button", name="Replace").click()
    dialog = page.get_by_role("dialog", name="Replace the sound")
    dialog.get_by_label("Link").fill(host.at("/Other.wav", File(tone(330, seconds=3))))
    dialog.get_by_role("button", name="Use this link").click()
    save(page)
    manifest = service.until(created["id"], lambda manifest: not manifest["growing"])
    assert [stem["name"] for stem in manifest["stems"]] == ["Bass", "Bell", "Snare", "Choir", "Drone"]
    assert [stem["kind"] for stem in manifest["stems"]] == ["hosted", "hosted", "kept", "hosted", "hosted"]
    assert manifest["stems"][0]["url"].endswith("/Other.wav")
    expect(rows(page).nth(2).locator("[data-words]")).to_have_text("Is kept here.")


def test_stems_come_in_the_order_in_which_they_are_brought(page: Page, host: Host, tmp_path: Path) -> None:
    """Even where the name of the first is longer in coming; and a link that is on its way isn't added again."""
    page.evaluate(PATIENT)
    naming = Held(page, "**/api/names/", "POST")
    file = tmp_path / "Kazoo.wav"
    file.write_bytes(tone(900, seconds=2))
    page.locator("#stem-files").set_input_files(file)
    naming.wait()
    for _ in range(2):
        page.get_by_label("Links to more stems, one a line").fill(
            host.at("/Drone.wav", File(tone(110, seconds=3)))
        )
        page.get_by_role("button", name="Add links").click()
    naming.let_go()
    naming.heard()
    expect(rows(page)).to_have_count(5)
    expect(rows(page).nth(3).get_by_label("Name")).to_have_value("Kazoo")
    expect(rows(page).nth(4).get_by_label("Name")).to_have_value("Drone")
    expect(page.locator("#stems-state")).to_have_text("That link is in the list already.")
    colors = rows(page).evaluate_all(
        "all => all.map(row => getComputedStyle(row.querySelector('[data-color] summary')).getPropertyValue('--stem'))"
    )
    assert len(set(colors)) == 5


def test_all_stems_are_replaced_at_once(
    page: Page, service: Service, created: dict[str, Any], host: Host
) -> None:
    links = [host.at(f"/{name}.wav", File(tone(330, seconds=2))) for name in ("Oboe", "Tuba")]
    page.get_by_label("Links to more stems, one a line").fill("\n".join(links))
    page.get_by_role("button", name="Add links").click()
    expect(rows(page)).to_have_count(5)
    for _ in range(3):
        rows(page).first.get_by_role("button", name="Remove").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(rows(page)).to_have_count(2)
    rows(page).nth(1).get_by_role("button", name="up").click()
    save(page)
    assert [name for (name,) in of_stems(service, created, "name")] == ["Tuba", "Oboe"]


def test_as_many_stems_as_a_share_has_room_for_are_replaced_at_once(
    browser: Browser, service: Service, host: Host
) -> None:
    links = [host.at(f"/{number}.wav", File(tone(220, seconds=1))) for number in range(64)]
    body = {"stems": [{"url": link} for link in links[:32]]}
    made = requests.post(f"{service.url}/api/shares/", json=body, timeout=30).json()
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(made["manage_url"])
        expect(rows(page)).to_have_count(32)
        for left in reversed(range(32)):
            rows(page).first.get_by_role("button", name="Remove").click()
            page.get_by_role("dialog").get_by_role("button", name="Remove").click()
            expect(rows(page)).to_have_count(left)
        page.get_by_label("Links to more stems, one a line").fill("\n".join(links[32:]))
        page.get_by_role("button", name="Add links").click()
        expect(rows(page)).to_have_count(32)
        save(page)
    assert [url for (url,) in of_stems(service, made, "url")] == links[32:]


def test_what_is_removed_or_replaced_while_it_is_saved_goes_with_the_next_save(
    page: Page, service: Service, created: dict[str, Any], host: Host
) -> None:
    def replace(name: str) -> None:
        rows(page).nth(0).get_by_role("button", name="Replace").click()
        dialog = page.get_by_role("dialog", name="Replace the sound")
        dialog.get_by_label("Link").fill(host.at(f"/{name}.wav", File(tone(330, seconds=2))))
        dialog.get_by_role("button", name="Use this link").click()
        expect(rows(page).nth(0)).to_have_attribute("data-tone", "good")

    replace("Oboe")
    page.locator("#stem-files").set_input_files(
        {"name": "Snare.wav", "mimeType": "audio/wav", "buffer": tone(900, seconds=2)}
    )
    expect(rows(page).nth(3)).to_have_attribute("data-tone", "good")
    change = Held(page, f"**/api/shares/{created['id']}/", "PATCH")
    page.get_by_role("button", name="Save", exact=True).click()
    change.wait()
    replace("Tuba")
    rows(page).nth(3).get_by_role("button", name="Remove").click()
    change.let_go()
    expect(page.locator("#stems-state")).to_have_text("Saved.")
    expect(page.locator("#stems-problem")).to_be_hidden()
    expect(rows(page)).to_have_count(3)
    save(page)
    assert [url.rsplit("/", 1)[1] for (url,) in of_stems(service, created, "url")] == [
        "Tuba.wav",
        "Bell.wav",
        "Choir.wav",
    ]


def saved_without(page: Page, host: Host, path: str, name: str) -> list[str]:
    """Save while a file is gone from its host, which the stem of that name is blamed for: how each row looks then."""
    host.at(path, status(404))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#stems-problem")).to_contain_text(f"“{name}” can't be shared as it is.")
    tones: list[str] = rows(page).evaluate_all("all => all.map(one => one.dataset.tone)")
    return tones


def test_a_sound_that_is_refused_is_told_on_its_own_row(page: Page, host: Host) -> None:
    good = host.at("/Good.wav", File(tone(330, seconds=2)))
    late = host.at("/Late.wav", File(tone(330, seconds=2)))
    for row, link in ((0, good), (2, late)):
        rows(page).nth(row).get_by_role("button", name="Replace").click()
        page.get_by_role("dialog").get_by_label("Link").fill(link)
        page.get_by_role("button", name="Use this link").click()
    page.get_by_label("Links to more stems, one a line").fill(host.at("/New.wav", File(tone(330, seconds=2))))
    page.get_by_role("button", name="Add links").click()
    expect(page.locator("#stem-list > li[data-tone=good]")).to_have_count(4)
    assert saved_without(page, host, "/Late.wav", "Choir") == ["good", "good", "bad", "good"]
    host.at("/Late.wav", File(tone(330, seconds=2)))
    rows(page).nth(2).get_by_role("button", name="Try again").click()
    expect(page.locator("#stem-list > li[data-tone=good]")).to_have_count(4)
    assert saved_without(page, host, "/New.wav", "New") == ["good", "good", "good", "bad"]


def test_what_somebody_else_changed_is_shown_and_nothing_typed_is_lost(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    ids = [stem[0] for stem in of_stems(service, created, "id")]
    rows(page).nth(0).get_by_label("Name").fill("Ours")
    change(service, created, title="Theirs", stems=[{"id": ids[1], "name": "Theirs"}])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#stems-problem")).to_contain_text("Somebody else changed this share meanwhile.")
    expect(rows(page).nth(0).get_by_label("Name")).to_have_value("Ours")
    expect(rows(page).nth(1).get_by_label("Name")).to_have_value("Theirs")
    save(page)
    assert [name for (name,) in of_stems(service, created, "name")] == ["Ours", "Theirs", "Choir"]
    assert service.manifest(created["id"])["title"] == "Theirs"


def test_what_is_pressed_by_keyboard_keeps_the_focus(page: Page, created: dict[str, Any]) -> None:
    rows(page).nth(0).get_by_label("Name").fill("Double bass")
    saving = page.get_by_role("button", name="Save", exact=True)
    saving.press("Enter")
    expect(page.locator("#stems-state")).to_have_text("Saved.")
    expect(saving).to_be_disabled()
    expect(saving).to_be_focused()
    page.get_by_role("button", name="Check the links").press("Enter")
    expect(page.locator("#stems-state")).to_have_text("All links are well.")
    expect(page.get_by_role("button", name="Check the links")).to_be_focused()
    deleting = Held(page, f"**/api/shares/{created['id']}/", "DELETE")
    page.get_by_role("button", name="Delete share").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).press("Enter")
    deleting.answer(503, {"code": "busy", "message": "Try again in a minute."})
    expect(page.locator("#owner-problem")).to_have_text("Try again in a minute.")
    expect(page.get_by_role("button", name="Delete share")).to_be_focused()


def test_what_ended_before_it_was_stopped_leaves_the_keyboard_its_place(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    pretend(page, service, created["id"], state="running")
    page.reload()
    stopping = Held(page, f"**/api/shares/{created['id']}/cancel/", "POST")
    stop = page.get_by_role("button", name="Stop separating")
    stop.press("Enter")
    stopping.wait()
    pretend(page, service, created["id"], state="done")
    expect(stop).to_be_hidden()
    stopping.answer(409, {"code": "not_active", "message": "There is nothing to stop."})
    expect(page.locator("#owner-problem")).to_have_text("There is nothing to stop.")
    expect(page.get_by_role("button", name="Delete share")).to_be_focused()


def test_changes_can_be_undone(page: Page, service: Service, created: dict[str, Any]) -> None:
    rows(page).nth(0).get_by_label("Name").fill("Other")
    rows(page).nth(0).get_by_role("button", name="down").click()
    page.get_by_role("button", name="Undo changes").click()
    names = rows(page).locator("[data-name]").evaluate_all("all => all.map(one => one.value)")
    assert names == ["Bass", "Bell", "Choir"]
    assert service.manifest(created["id"])["revision"] == 1


def test_settings_are_saved_as_they_are_changed(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    robots = '<meta name="robots" content="noindex">'
    assert robots in requests.get(created["url"], timeout=10).text
    page.get_by_label("Search engines may list this share").check()
    page.get_by_label("Others may download the stems").uncheck()
    page.get_by_label("One solo at a time").check()
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    page.get_by_label("The link works until the end of").fill(day)
    expect(page.get_by_role("button", name="No end")).to_be_enabled()
    manifest = service.manifest(created["id"])
    assert (manifest["indexed"], manifest["downloads"], manifest["exclusive"]) == (True, False, True)
    assert manifest["expires_at"].startswith(day[:7])
    assert robots not in requests.get(created["url"], timeout=10).text
    page.get_by_role("button", name="No end").click()
    expect(page.get_by_label("The link works until the end of")).to_have_value("")
    expect(page.get_by_role("button", name="No end")).to_be_disabled()
    assert service.manifest(created["id"])["expires_at"] is None


def news(page: Page, service: Service, created: dict[str, Any]) -> None:
    """Have the page hear how the share is, as it does every second while a song is separated."""
    manifest = service.manifest(created["id"])
    with page.expect_response(f"**/api/shares/{created['id']}/"):
        page.evaluate(
            """async (manifest) => {
              const index = performance.getEntriesByType('resource').find(({name}) => name.endsWith('/player/index.js'))
              const {playerOf} = await import(index.name)
              const player = playerOf(document.querySelector('.player'))
              player.update(manifest)
              await fetch(`/api/shares/${manifest.id}/`)
            }""",
            manifest,
        )


def test_news_leave_alone_what_its_owner_is_setting(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    box, date = page.get_by_label("Others may download"), page.get_by_label("The link works until the end of")
    expect(box).to_be_checked()
    date.focus()
    date.fill("2031-02-03")  # an owner who types is no further than this
    date.evaluate("date => { date.value = '2031-02-04' }")
    news(page, service, created)
    expect(date).to_have_value("2031-02-04")
    change = Held(page, f"**/api/shares/{created['id']}/", "PATCH")
    box.uncheck()
    box.blur()
    news(page, service, created)
    expect(box).not_to_be_checked()
    expect(box).to_have_attribute("aria-busy", "true")
    change.let_go()
    expect(box).not_to_have_attribute("aria-busy", "true")
    expect(box).not_to_be_checked()


def test_a_setting_that_could_not_be_saved_leaves_alone_what_is_being_typed(
    page: Page, created: dict[str, Any]
) -> None:
    box, date = page.get_by_label("Others may download"), page.get_by_label("The link works until the end of")
    for control, told in ((box, "input"), (date, "change")):
        change = Held(page, f"**/api/shares/{created['id']}/", "PATCH")
        control.evaluate(
            """(control, told) => {
              if (control.type === 'date') control.value = '2031-02-03'
              else control.click()
              control.dispatchEvent(new Event(told))
            }""",
            told,
        )
        change.wait()
        date.focus()
        date.evaluate("date => { date.value = '2031-02-04' }")
        change.answer(503, {"code": "busy", "message": f"Not {told}."})
        expect(page.locator("#settings-problem")).to_have_text(f"Not {told}.")
        expect(date).to_have_value("2031-02-04")
    expect(box).to_be_checked()


def test_a_name_that_is_emptied_to_type_another_waits_for_it(
    page: Page, service: Service, created: dict[str, Any]
) -> None:
    name = rows(page).nth(0).get_by_label("Name")
    name.press("ControlOrMeta+a")
    name.press("Delete")
    news(page, service, created)
    expect(name).to_have_value("")
    name.blur()
    expect(name).to_have_value("Bass")


def test_a_day_that_is_too_far_away_is_told(page: Page) -> None:
    errors: list[Error] = []
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - playwright marks what it is given
    page.get_by_label("The link works until the end of").evaluate(
        "date => { date.value = '12026-01-02'; date.dispatchEvent(new Event('change')) }"
    )
    expect(page.locator("#settings-problem")).to_have_text("Choose a day of the next hundred years.")
    assert not errors


def test_the_player_on_the_page_follows_the_settings(page: Page) -> None:
    menu = page.locator(".player").get_by_role("button", name="Download")
    page.get_by_role("button", name="More", exact=True).click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Others may download the stems").uncheck()
    expect(page.locator("#said")).to_have_text("Saved")
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.locator(".player").get_by_role("button", name="Reset the mix")).to_be_visible()
    expect(menu).to_be_hidden()


def test_the_player_on_the_page_has_the_new_title_and_keeps_it(page: Page, created: dict[str, Any]) -> None:
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New title").fill("Yours")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Yours")
    expect(page.get_by_role("region", name="Player: Yours")).to_be_visible()


def test_a_rename_that_was_left_on_its_way_disturbs_nobody(page: Page, created: dict[str, Any]) -> None:
    change = Held(page, f"**/api/shares/{created['id']}/", "PATCH")
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_label("New title")
    field.fill("Yours")
    page.keyboard.press("Enter")
    change.wait()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Rename").click()
    field.fill("Ours, as far as it is ty")
    change.let_go()
    expect(page.get_by_role("region", name="Player: Yours")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Ours, as far as it is ty")


def test_a_link_that_died_is_told_on_its_row(
    page: Page, service: Service, created: dict[str, Any], host: Host
) -> None:
    host.at("/Bell.wav", status(404))
    page.get_by_role("button", name="Check the links").click()
    expect(page.locator("#stems-state")).to_contain_text("1 link does not play any more")
    expect(rows(page).nth(1)).to_have_attribute("data-tone", "bad")
    expect(rows(page).nth(0)).to_have_attribute("data-tone", "good")
    words = rows(page).nth(1).locator("[data-words]").inner_text()
    assert of_stems(service, created, "state")[1] == ("failed",)
    with page.context.browser.new_context() as context:  # type: ignore[union-attr]
        listener = context.new_page()
        listener.goto(created["url"])
        expect(listener.locator(".pl-lane").nth(1)).to_contain_text(words)


def test_a_share_that_kept_all_of_its_stems_gets_a_link(
    browser: Browser, service: Service, host: Host
) -> None:
    """Its page may ask no other host, so the server's word counts; it is loaded anew to play from one."""
    body: dict[str, Any] = {"stems": [{"url": host.url("/Bass.wav"), "keep": True}]}
    made = requests.post(f"{service.url}/api/shares/", json=body, timeout=30).json()
    service.until(made["id"], lambda manifest: not manifest["growing"])
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(made["manage_url"])
        page.get_by_label("Links to more stems, one a line").fill(host.url("/Bell.wav"))
        page.get_by_role("button", name="Add links").click()
        expect(rows(page).nth(1).locator("[data-words]")).to_have_text("Plays from its host.")
        page.locator("#stem-files").set_input_files(
            {"name": "Choir.wav", "mimeType": "audio/wav", "buffer": tone(220, seconds=2)}
        )
        expect(rows(page).nth(2).locator("[data-facts]")).to_contain_text("0:02")
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#share")).to_have_attribute("data-hosted", "")
        expect(page.get_by_role("button", name="Solo Bell")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1440, "light")])
def test_it_is_for_everybody(page: Page, width: int, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    rows(page).nth(0).get_by_label("Name").fill("Other")
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run('#owner', {resultTypes: ['violations']})")
    assert [
        (v["id"], v["help"], [node["html"][:120] for node in v["nodes"]]) for v in found["violations"]
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"
