"""Visiting pages: a visitor of some kind, a share in whatever state, a share that is known to the browser."""

import json
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.running import Service

SHARES = "stemlink.shares"


def visitor(browser: Browser, **options: Any) -> BrowserContext:
    """Somebody who never was here."""
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, "locale": "en", **options})
    context.set_default_timeout(20_000)
    return context


def known(page: Page) -> list[dict[str, Any]]:
    """The shares that this browser keeps."""
    kept: list[dict[str, Any]] = json.loads(page.evaluate(f"localStorage.getItem('{SHARES}') ?? '[]'"))
    return kept


def remember(context: BrowserContext, created: Mapping[str, Any], title: str) -> None:
    """As if the share had been made in this browser, once."""
    mine = {
        "id": created["id"],
        "url": created["url"],
        "token": created["edit_token"],
        "title": title,
        "state": "queued",
        "created": 1_700_000_000_000,
    }
    context.add_init_script(
        f"""if (!sessionStorage.getItem('told {mine["id"]}')) {{
          sessionStorage.setItem('told {mine["id"]}', '1')
          const all = JSON.parse(localStorage.getItem('{SHARES}') ?? '[]')
          localStorage.setItem('{SHARES}', JSON.stringify([...all, {json.dumps(mine)}]))
        }}"""
    )


def pretend(page: Page, service: Service, share_id: str, **changes: Any) -> None:
    """Let the API tell something else of a share from now on, as of a song; stems that it has keep their sound."""
    manifest = {**service.manifest(share_id), "job": "separate", **changes}

    def answer(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(json=manifest)
        else:
            route.fallback()

    # The last one counts. To take away the one before first would let the truth through in between.
    page.route(f"**/api/shares/{share_id}/", answer)


def delete(page: Page, created: Mapping[str, Any]) -> None:
    """Delete a share behind the page's back."""
    status = page.evaluate(
        """async ([id, token]) => {
          const headers = {Authorization: `Bearer ${token}`}
          return (await fetch(`/api/shares/${id}/`, {method: 'DELETE', headers})).status
        }""",
        [created["id"], created["edit_token"]],
    )
    assert status == 204
