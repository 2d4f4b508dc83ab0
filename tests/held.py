"""Answers that are long in coming."""

import time
from typing import Any

from playwright.sync_api import Page, Route

_LATE = 20  # seconds
PATIENT = "() => { AbortSignal.timeout = () => new AbortController().signal }"


class Held:
    """The first request of a page for what matches `pattern`, kept on its way as a slow line does, until a test lets
    it go. Those after it go through.

    A request goes with the document that sent it. Where another one is loaded, the page is to be elsewhere when this
    is made: what a document asks for after it was loaded may come at any time. What a page gives up by itself after a
    while, it waits for once it has evaluated PATIENT."""

    def __init__(self, page: Page, pattern: str, method: str = "GET") -> None:
        self._page, self._method = page, method
        self._route: Route | None = None
        page.route(pattern, self._keep)

    def _keep(self, route: Route) -> None:
        if self._route is None and route.request.method == self._method:
            self._route = route
        else:
            route.fallback()

    def wait(self) -> Route:
        """Until it was asked for."""
        late = time.monotonic() + _LATE
        while self._route is None:
            assert time.monotonic() < late, "the page didn't ask"
            self._page.wait_for_timeout(50)  # in which the browser is listened to
        return self._route

    def let_go(self) -> None:
        """It gets its answer."""
        self.wait().continue_()

    def answer(self, status: int, json: Any) -> None:
        """It gets this answer."""
        self.wait().fulfill(status=status, json=json)

    def heard(self) -> None:
        """The page has had its answer, and has shown what it makes of it."""
        answer = self.wait().request.response()
        assert answer is not None, f"it was given up: {self._route and self._route.request.url}"
        answer.finished()
        self._page.evaluate("() => new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)))")
