"""What tests in a browser need, unless they have a page of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.visiting import visitor


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A visitor."""
    with visitor(browser) as context:
        yield context.new_page()
