"""What a page asks for in advance is what its scripts import, no more and no less."""

import re

import pytest
from playwright.sync_api import BrowserContext

from sharing.scripts import imports_of
from tests.player.studio import STATIC, Studio


@pytest.mark.parametrize("entry", ["player/embed.js", "site/share.js", "site/home.js"])
def test_imports_are_those_that_the_browser_finds(
    context: BrowserContext, studio: Studio, entry: str
) -> None:
    """Asked of the browser itself; on an empty page the scripts complain, but have been fetched."""
    page = context.new_page()
    page.goto(f"{studio.base}/blank")
    page.evaluate(
        """async (url) => {
          const script = document.createElement('script')
          script.type = 'module'
          script.src = url
          const run = new Promise((resolve) => script.onload = script.onerror = resolve)
          document.body.replaceChildren(script)
          await run
        }""",
        f"/static/{entry}",
    )
    asked = [path.removeprefix("/static/") for path in studio.asked("/static/") if path.endswith(".js")]
    assert sorted(asked) == sorted(imports_of(entry))


def test_the_engine_is_asked_for_side_by_side_and_whole() -> None:
    """The list in session.js is what the engine and the sources import, but for what the page has already."""
    session = (STATIC / "player/session.js").read_text()
    listed = re.search(r"const fetchEngine = .*?\n\n", session, re.DOTALL)
    assert listed
    asked = {f"player/{path}" for path in re.findall(r"import\('\./([^']+)'\)", listed[0])}
    needed = set(imports_of("player/engine/engine.js", "player/sources/of-share.js"))
    assert asked == needed - set(imports_of("player/embed.js"))
