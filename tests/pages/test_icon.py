"""The icon of all pages, as browsers ask for it where a page names none."""

import io

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from PIL import Image
from PIL.IcoImagePlugin import IcoImageFile
from playwright.sync_api import Browser

DRAWN = "<style>body {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{drawing}"


def test_it_is_at_the_address_that_browsers_guess(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/x-icon"
    assert answer["Cache-Control"] == "public, max-age=604800"
    assert len(answer.content) < 3_000
    again = client.get("/favicon.ico", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("size", [16, 32, 48])
def test_it_is_the_same_drawing_as_the_svg(client: Client, browser: Browser, size: int) -> None:
    """There is one source: as the file was made, which fits any other Chromium to a few shades."""
    drawing = (settings.STATIC_SOURCE / "icons" / "favicon.svg").read_text()
    page = browser.new_page()
    page.set_content(DRAWN.format(size=size, drawing=drawing))
    drawn = Image.open(io.BytesIO(page.locator("svg").screenshot(omit_background=True)))
    page.close()
    icon = Image.open(io.BytesIO(client.get("/favicon.ico").content))
    assert isinstance(icon, IcoImageFile)
    shown = icon.ico.getimage((size, size))
    apart = np.asarray(shown.convert("RGBA"), int) - np.asarray(drawn.convert("RGBA"), int)
    assert np.abs(apart).mean() < 2
