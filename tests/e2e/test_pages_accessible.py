"""Pages that everybody can use: axe-core finds nothing serious, nothing jumps, nothing is wider than the screen."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.visiting import pretend, remember, visitor
from tests.running import ROOT, Service

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DEMO = "TryTheStems"
PATHS = {
    "home": "/",
    "done": f"/{DEMO}",
    "queued": f"/{DEMO}",
    "running": f"/{DEMO}",
    "failed": f"/{DEMO}",
    "missing": "/23456789abc",
    "nowhere": "/no/such/page",
}
# What scripts put into them, once they have heard of it.
HOME = (".mine-state.done", ".mine-state.gone", ".pl-lane")
SHARE = ("#share[data-state={}]", "#stem-list > li", ".pl-lane")
STATES: dict[str, dict[str, Any]] = {
    "queued": {"state": "queued", "queue_position": 2},
    "running": {"state": "running", "progress": 0.4, "seconds_left": 70},
    "failed": {"state": "failed", "error": {"code": "damaged", "message": "The file breaks off."}},
}
SHIFTS = """
window.shifts = []
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.shifts.push([entry.value, entry.sources.map((s) => s.node?.className ?? s.node?.nodeName).join(', ')])
  }
}).observe({type: 'layout-shift', buffered: true})
"""


@pytest.fixture(params=[(320, "dark"), (1440, "light")], ids=["telephone-dark", "desktop-light"])
def page(request: pytest.FixtureRequest, browser: Browser, service: Service) -> Iterator[Page]:
    """A visitor who has made shares, on a small dark or a large light screen."""
    width, scheme = request.param
    with visitor(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        for share_id, title in (
            (DEMO, "A song with a title that needs more than one line"),
            ("unknown", "Gone"),
        ):
            created = {"id": share_id, "url": f"{service.url}/{share_id}", "edit_token": "x"}
            remember(context, created, title)
        context.add_init_script(SHIFTS)
        yield context.new_page()


def open_all(page: Page, service: Service, kind: str) -> None:
    """Open a page, and wait until nothing more comes."""
    page.goto(service.url + PATHS[kind])
    shown = HOME if kind == "home" else SHARE if PATHS[kind] == f"/{DEMO}" else ()
    for selector in shown:
        page.locator(selector.format(kind)).first.wait_for(state="attached")
    page.wait_for_timeout(300)


@pytest.mark.parametrize("kind", PATHS)
def test_it_works(page: Page, service: Service, kind: str) -> None:
    if kind in STATES:
        pretend(page, service, DEMO, **STATES[kind])
    open_all(page, service, kind)
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (violation["id"], violation["help"], [node["html"][:120] for node in violation["nodes"]])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"


@pytest.mark.parametrize("kind", ["home", "done"])
def test_nothing_jumps_when_it_loads(page: Page, service: Service, kind: str) -> None:
    open_all(page, service, kind)
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.01, shifts


def test_the_page_is_small(browser: Browser, service: Service) -> None:
    """Everything the first page loads, as it travels: pages, style, scripts, but no sound."""
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(service.url)
        page.locator(".pl-lane").first.wait_for()
        sizes = page.evaluate(
            """() => performance.getEntries()
              .filter(({entryType}) => ['navigation', 'resource'].includes(entryType))
              .filter(({name}) => !name.includes('/media/'))
              .map((entry) => [new URL(entry.name).pathname, entry.encodedBodySize])"""
        )
    assert sum(size for _, size in sizes) < 120_000, sizes
