"""Stems that exist already, on the first page: links and files become one share, and its player plays them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.line import Line, line_to
from tests.e2e.listening import hear, new_context
from tests.e2e.visiting import known
from tests.held import PATIENT, Held
from tests.hosts import File, Host
from tests.running import ROOT, Service, wait_for
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PASTE = """(text) => {
  const data = new DataTransfer()
  data.setData('text/plain', text)
  document.body.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data}))
}"""
DROP = """([names, selector]) => {
  const data = new DataTransfer()
  for (const name of names) data.items.add(new File(['x'], name, {type: 'audio/wav'}))
  const drop = new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data})
  document.querySelector(selector).dispatchEvent(drop)
}"""
HOSTILE = ["<img src=x onerror=alert(1)>.wav", "\u202egnp.wav\u202c evil.wav", f"{'long ' * 100}.wav"]


def tone(hertz: float, seconds: float) -> bytes:
    """A sine as a WAV file."""
    time = np.arange(int(RATE * seconds)) / RATE
    sine = (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return wav(np.stack([sine, sine]))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Somebody else's server: other pages may read what it has."""
    with Host() as host:
        host.at("/01_Sub%20Bass.wav", File(tone(60, seconds=40)))
        host.at("/02_Bell.wav", File(tone(3_000, seconds=40)))
        host.at("/closed.wav", File(tone(3_000, seconds=40), cors=None))
        host.at("/page.html", File(b"<!doctype html><title>A page</title>", type="text/html"))
        yield host


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor whose sound we hear."""
    with new_context(browser) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Page:
    """The first page."""
    page = context.new_page()
    page.goto(service.url)
    return page


def rows(page: Page) -> Locator:
    """The rows of the list of stems."""
    return page.locator("#stem-list > li")


def names(page: Page) -> list[str]:
    """What they are called."""
    values: list[str] = rows(page).locator("[data-name]").evaluate_all("all => all.map(one => one.value)")
    return values


def get_the_link(page: Page) -> str:
    """Share the list; returns the id of the share."""
    page.get_by_role("button", name="Get the link").click()
    expect(page.get_by_role("heading", name="Here is your link")).to_be_focused()
    return page.locator("#made-link").input_value().rsplit("/", 1)[1]


def test_links_and_files_are_put_in_order_previewed_shared_and_heard(
    page: Page, service: Service, host: Host, tmp_path: Path
) -> None:
    snare = tmp_path / "03_Snare.wav"
    snare.write_bytes(tone(9_000, seconds=40))
    page.evaluate(PASTE, f"Here they are: {host.url('/01_Sub%20Bass.wav')} and <{host.url('/02_Bell.wav')}>.")
    expect(rows(page)).to_have_count(2)
    page.locator("#stem-files").set_input_files(snare)
    expect(rows(page)).to_have_count(3)
    expect(rows(page).locator("[data-words]")).to_have_text(
        ["Plays from its host.", "Plays from its host.", "Is kept here."]
    )
    assert names(page) == ["Sub Bass", "Bell", "Snare"]
    expect(rows(page).first.locator("[data-facts]")).to_contain_text("0:40")

    rows(page).nth(2).get_by_label("Name").press("Alt+ArrowUp")
    expect(page.locator("#said")).to_have_text("Snare: place 2 of 3")
    expect(rows(page).nth(1).get_by_label("Name")).to_be_focused()
    rows(page).nth(0).get_by_role("button", name="Move Sub Bass down").click()
    assert names(page) == ["Snare", "Sub Bass", "Bell"]

    page.get_by_role("button", name="Listen first").click()
    preview = page.locator("#preview")
    preview.get_by_role("button", name="More", exact=True).click()
    expect(preview.get_by_role("button", name="Reset the mix")).to_be_visible()
    expect(preview.get_by_role("button", name="Copy link")).to_be_hidden()  # a draft has none
    page.keyboard.press("Escape")
    preview.get_by_role("button", name="Play").click()
    hear(page, lambda heard: heard.low > -30 and heard.high > -30)
    preview.get_by_role("button", name="Mute Bell").click()
    preview.get_by_role("button", name="Mute Snare").click()
    hear(page, lambda heard: heard.low > -30 and heard.high < -50)
    # What is mixed in the preview is how the share starts.
    expect(rows(page).nth(2).get_by_role("button", name="muted")).to_have_attribute("aria-pressed", "true")
    rows(page).nth(0).get_by_role("button", name="muted").click()
    hear(page, lambda heard: heard.high > -40)

    page.get_by_role("textbox", name="Title").fill("Two & three")
    share = get_the_link(page)
    manifest = service.until(share, lambda manifest: not manifest["growing"])
    assert (manifest["title"], manifest["state"]) == ("Two & three", "done")
    assert [(s["name"], s["kind"], s["muted"]) for s in manifest["stems"]] == [
        ("Snare", "kept", False),
        ("Sub Bass", "hosted", False),
        ("Bell", "hosted", True),
    ]
    assert f"/{share}/embed" in page.locator("#made-embed").input_value()
    (mine,) = known(page)
    assert page.locator("#made-manage").input_value().endswith(f"#edit={mine['token']}")
    expect(page.locator(".mine-title")).to_have_text("Two & three")

    page.locator("#made-open").click()
    page.get_by_role("button", name="Play").click()
    hear(page, lambda heard: heard.low > -30 and heard.high > -40)


def test_several_files_dropped_together_are_asked_for(page: Page) -> None:
    page.evaluate(DROP, [["a.wav", "b.wav"], "footer"])
    dialog = page.get_by_role("dialog", name="2 files: what are they?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("#upload-list > li")).to_have_count(0)
    page.evaluate(DROP, [["a.wav", "b.wav"], "footer"])
    dialog.get_by_role("button", name="Separate each of them").click()
    expect(page.locator("#upload-list > li")).to_have_count(2)
    page.evaluate(DROP, [["a.wav", "b.wav"], "footer"])
    dialog.get_by_role("button", name="They are stems of one song").click()
    expect(rows(page)).to_have_count(2)
    page.evaluate(DROP, [["c.wav", "d.wav"], "#stems-form"])
    expect(rows(page)).to_have_count(4)
    expect(dialog).to_be_hidden()


def test_each_bad_link_says_what_is_wrong_and_none_is_shared(page: Page, host: Host) -> None:
    links = [
        "javascript:alert(1)",
        "https://drive.google.com/file/d/1abc/view",
        host.url("/missing.wav"),
        host.url("/page.html"),
    ]
    page.get_by_label("Links to stems, one a line").fill("\n".join(links))
    page.get_by_role("button", name="Add links").click()
    words = rows(page).locator("[data-words]")
    expect(words.nth(0)).to_contain_text("can't be played here")
    expect(words.nth(1)).to_contain_text("Drop the file here instead")
    expect(rows(page).nth(2)).to_have_attribute("data-tone", "bad")
    expect(rows(page).nth(3)).to_have_attribute("data-tone", "bad")
    assert len(set(words.all_inner_texts())) == 4
    page.get_by_role("button", name="Get the link").click()
    expect(page.locator("#composer-problem")).to_contain_text("4 stems can't be shared as they are")
    for _ in links:
        rows(page).first.locator("[data-remove]").click()
    expect(page.locator("#composer")).to_be_hidden()
    expect(page.locator("#links")).to_be_focused()
    assert known(page) == []


def test_what_is_set_while_a_share_is_made_is_of_the_next_one(page: Page, host: Host) -> None:
    page.evaluate(PASTE, host.url("/02_Bell.wav"))
    expect(rows(page)).to_have_attribute("data-tone", "good")
    title, exclusive = page.locator("#stems-title"), page.locator("#exclusive")
    title.fill("This")
    making = Held(page, "**/api/shares/", "POST")
    page.get_by_role("button", name="Get the link").click()
    making.wait()
    title.fill("The next")
    exclusive.check()
    making.let_go()
    expect(page.get_by_role("heading", name="Here is your link")).to_be_focused()
    expect(page.locator(".mine-title")).to_have_text("This")
    expect(title).to_have_value("The next")
    expect(exclusive).to_be_checked()


def test_a_share_that_could_not_be_made_after_a_wait_leaves_the_keyboard_its_place(page: Page) -> None:
    sending = Held(page, "**/api/uploads/", "POST")
    making = Held(page, "**/api/shares/", "POST")
    page.locator("#stem-files").set_input_files(
        {"name": "Kazoo.wav", "mimeType": "audio/wav", "buffer": tone(220, seconds=1)}
    )
    sending.wait()
    page.get_by_role("button", name="Get the link").press("Enter")
    expect(page.get_by_role("button", name="Don't wait")).to_be_focused()
    sending.let_go()
    making.answer(503, {"code": "busy", "message": "Try again in a minute."})
    expect(page.locator("#composer-problem")).to_have_text("Try again in a minute.")
    expect(page.get_by_role("button", name="Get the link")).to_be_focused()


def test_what_is_on_its_way_into_a_list_that_is_discarded_stays_out(page: Page, host: Host) -> None:
    page.evaluate(PASTE, host.url("/02_Bell.wav"))
    expect(rows(page)).to_have_count(1)
    page.evaluate(PATIENT)
    naming = Held(page, "**/api/names/", "POST")
    page.locator("#stem-files").set_input_files(
        {"name": "Kazoo.wav", "mimeType": "audio/wav", "buffer": tone(220, seconds=1)}
    )
    naming.wait()
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect(rows(page)).to_have_count(0)  # what comes before that is discarded, too
    page.evaluate(PASTE, host.url("/01_Sub%20Bass.wav"))
    naming.let_go()
    naming.heard()
    expect(page.locator("#composer-state")).to_have_text("1 stem added.")
    assert names(page) == ["Sub Bass"]


def test_one_press_removes_one_row(page: Page) -> None:
    page.evaluate(DROP, [[f"{letter}.wav" for letter in "ABCDE"], "#stems-form"])
    expect(page.locator("#stem-list > li:is([data-tone=good], [data-tone=bad])")).to_have_count(5)
    rows(page).first.locator("[data-remove]").dblclick()
    assert names(page) == ["B", "C", "D", "E"]
    rows(page).nth(1).locator("[data-remove]").focus()
    for _ in range(3):  # held down
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert names(page) == ["B", "D", "E"]
    page.keyboard.press("Enter")
    assert names(page) == ["B", "E"]


def test_a_refusal_leads_to_what_puts_it_right_and_not_to_what_removes_it(page: Page, host: Host) -> None:
    page.get_by_label("Links to stems, one a line").fill(f"{host.url('/missing.wav')}\njavascript:alert(1)")
    page.get_by_role("button", name="Add links").click()
    expect(page.locator("#stem-list > li[data-tone=bad]")).to_have_count(2)
    page.get_by_role("button", name="Get the link").click()
    expect(rows(page).first.get_by_role("button", name="Try again")).to_be_focused()
    rows(page).first.locator("[data-remove]").click()
    page.get_by_role("button", name="Get the link").click()
    expect(rows(page).first.get_by_label("Name")).to_be_focused()


def test_a_host_that_no_page_may_read_is_told_and_a_copy_can_be_kept(
    page: Page, service: Service, host: Host
) -> None:
    page.get_by_label("Links to stems, one a line").fill(host.url("/closed.wav"))
    page.get_by_role("button", name="Add links").click()
    expect(rows(page).locator("[data-words]")).to_contain_text("lets no other page read it")
    page.get_by_label("Keep a copy on this server").check()
    share = get_the_link(page)
    manifest = service.until(share, lambda manifest: not manifest["growing"])
    assert [(s["kind"], s["state"]) for s in manifest["stems"]] == [("kept", "ready")]


def offsets(page: Page) -> list[int]:
    """Where each piece that is sent from now on begins."""
    found: list[int] = []

    def note(request: Any) -> None:
        if request.method == "PATCH":
            found.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    return found


def until_sending(page: Page, percent: int) -> None:
    """Wait until so much of the only file is on its way."""
    page.wait_for_function(
        "percent => Number(document.querySelector('[data-bar]')?.value) * 100 > percent", arg=percent
    )


@pytest.fixture
def line(service: Service) -> Iterator[Line]:
    """A thin line to the service."""
    with line_to(service.port, up=1_000_000) as line:
        yield line


def begin_upload(page: Page, song: Path) -> str:
    """Choose a file; returns the address of its upload."""
    with page.expect_response(lambda response: response.status == 201) as created:
        page.locator("#stem-files").set_input_files(song)
    return urljoin(page.url, created.value.headers["location"])


def ask(address: str) -> requests.Response:
    """How an upload stands."""
    return requests.head(address, headers={"Tus-Resumable": "1.0.0"}, timeout=10)


def until_kept(address: str, more_than: int) -> None:
    """Wait until the service has kept so many bytes, which it does every few seconds."""
    wait_for(
        lambda: int(ask(address).headers["Upload-Offset"]) > more_than, 30, lambda: str(ask(address).headers)
    )


def test_an_upload_that_is_cut_goes_on_where_it_was(page: Page, line: Line, tmp_path: Path) -> None:
    song = tmp_path / "Long.wav"
    song.write_bytes(tone(440, seconds=30))  # 10 MB
    line.up = 500_000
    page.goto(f"http://localhost:{line.port}")
    began = offsets(page)
    address = begin_upload(page, song)
    until_sending(page, 5)
    # Whatever the service keeps: a browser itself sends once more what was cut, and while nothing is kept, all of it.
    until_kept(address, more_than=0)
    with page.expect_request(lambda request: request.method == "PATCH"):
        line.cut()
    assert began[0] == 0
    assert began[1] > 0, "it began anew"

    until_kept(address, more_than=began[1])
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    line.up = 100_000_000
    page.locator("#stem-files").set_input_files(song)
    expect(rows(page).locator("[data-words]")).to_have_text("Is kept here.")
    assert began[-1] > began[1], "what the page before had sent was sent again"


def test_an_upload_that_is_removed_is_forgotten(page: Page, line: Line, tmp_path: Path) -> None:
    song = tmp_path / "Long.wav"
    song.write_bytes(tone(440, seconds=20))
    page.goto(f"http://localhost:{line.port}")
    address = begin_upload(page, song)
    until_sending(page, 5)
    with page.expect_response(lambda response: response.request.method == "DELETE"):
        rows(page).locator("[data-remove]").click()
    assert ask(address).status_code == 404
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('tus'))")


def test_hostile_names_stay_text(page: Page) -> None:
    page.evaluate(DROP, [HOSTILE, "#stems-form"])
    expect(rows(page)).to_have_count(3)
    assert page.locator("#composer img").count() == 0
    assert all(len(name) <= 80 and "\u202e" not in name for name in names(page))
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_thumb_sets_the_levels_on_a_small_phone(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate(DROP, [["A.wav"], "#stems-form"])
    volume, pan = (rows(page).locator(f"[data-{name}]").bounding_box() for name in ("volume", "pan"))
    assert volume
    assert volume["width"] >= 80
    assert pan
    assert pan["width"] >= 60
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_rows_are_dragged_by_mouse_and_by_finger(page: Page) -> None:
    page.evaluate(DROP, [["A.wav", "B.wav", "C.wav"], "#stems-form"])
    # Until all is said about them: rows that still grow are elsewhere when the mouse comes.
    expect(page.locator("#stem-list > li:is([data-tone=good], [data-tone=bad])")).to_have_count(3)
    boxes = [rows(page).nth(place).locator("[data-grip]").bounding_box() for place in range(3)]
    (top, middle, bottom) = (
        (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box
    )
    page.mouse.move(*top)
    page.mouse.down()
    page.mouse.move(*middle, steps=3)
    page.mouse.move(bottom[0], bottom[1] + 8, steps=3)
    page.mouse.up()
    assert names(page) == ["B", "C", "A"]
    assert page.locator(".dragged").count() == 0

    finger = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [bottom]),
        ("touchMove", [middle]),
        ("touchMove", [top]),
        ("touchEnd", []),
    ):
        finger.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )
    expect(rows(page).first.locator("[data-name]")).to_have_value("A")
    assert names(page) == ["A", "B", "C"]


def test_a_share_has_room_for_32(page: Page, host: Host) -> None:
    page.evaluate(DROP, [[f"{number}.wav" for number in range(40)], "#stems-form"])
    expect(rows(page)).to_have_count(32)
    expect(page.locator("#composer-state")).to_contain_text("8 were left out")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect(page.locator("#composer")).to_be_hidden()
    expect(page.locator("#links")).to_be_focused()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1440, "light")])
def test_it_is_for_everybody(page: Page, host: Host, width: int, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    links = [host.url("/02_Bell.wav"), host.url("/missing.wav"), "nonsense"]
    page.get_by_label("Links to stems, one a line").fill("\n".join(links))
    page.get_by_role("button", name="Add links").click()
    expect(rows(page)).to_have_count(3)  # what is dropped comes after them
    page.evaluate(DROP, [["a.wav"], "#stems-form"])
    expect(rows(page)).to_have_count(4)
    expect(rows(page).first).to_have_attribute("data-tone", "good")
    rows(page).first.locator("summary").click()
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [
        (v["id"], v["help"], [node["html"][:120] for node in v["nodes"]]) for v in found["violations"]
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"


def test_it_works_without_javascript(browser: Browser, service: Service, host: Host) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(service.url)
        page.get_by_label("Links to stems, one a line").fill(
            f"{host.url('/01_Sub%20Bass.wav')}\n{host.url('/02_Bell.wav')}"
        )
        page.get_by_role("button", name="Get the link").click()
        expect(page.locator(".stem-names li")).to_have_text(["Sub Bass", "Bell"])
        assert re.search(r"#edit=[\w-]+$", page.url)
