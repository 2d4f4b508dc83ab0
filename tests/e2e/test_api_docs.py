"""`/api/docs/` in a real Chromium: readable on a telephone, without scripts, and within our own policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.visiting import visitor
from tests.running import ROOT, Service

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """
window.violations = []
addEventListener('securitypolicyviolation', ({violatedDirective, blockedURI}) => {
  window.violations.push(`${violatedDirective} ${blockedURI}`)
})
"""


@pytest.fixture(params=[(360, "dark"), (1440, "light")], ids=["telephone-dark", "desktop-light"])
def page(request: pytest.FixtureRequest, browser: Browser, service: Service) -> Iterator[Page]:
    """The page as it is loaded."""
    width, scheme = request.param
    with visitor(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        context.add_init_script(VIOLATIONS)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(f"console: {message.text}"))
        page.goto(f"{service.url}/api/docs/")
        assert [one for one in asked if not one.startswith(service.url)] == []
        yield page


def test_it_is_readable_and_keeps_to_the_policy(page: Page, service: Service) -> None:
    assert page.evaluate("window.violations") == []
    assert page.locator("script, style, [style]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]] == []


def test_every_link_leads_somewhere(page: Page, service: Service) -> None:
    missing = page.evaluate(
        """() => [...document.querySelectorAll('a[href^="#"]')].map((link) => link.hash.slice(1))
          .filter((id) => !document.getElementById(id))"""
    )
    assert missing == []
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(({id}) => id)")
    assert len(ids) == len(set(ids))


def test_its_examples_are_for_this_installation(page: Page, service: Service) -> None:
    text = page.locator("#examples").inner_text()
    assert f"base={service.url}" in text
    assert page.locator("article.operation").count() > 20
