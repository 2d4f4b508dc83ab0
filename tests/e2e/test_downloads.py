"""Stems as files, as a person gets them: from the player's menu, as long as the owner allows it."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.running import Service
from tests.sharing.recordings import RATE, decoded

DEMO = "TryTheStems"


@pytest.fixture
def created(service: Service, short_song: Path) -> dict[str, Any]:
    """A share that is done."""
    made = service.upload(short_song, title="Töne: 1/2", model="classical")
    service.until(made["id"], lambda manifest: manifest["state"] == "done")
    return made


def open_downloads(page: Page) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Download").click()


def test_stems_and_the_zip_are_saved_under_their_names(page: Page, created: dict[str, Any]) -> None:
    page.goto(created["url"])
    open_downloads(page)
    links = page.get_by_role("dialog").get_by_role("link", name="MP3")
    with page.expect_download() as download:
        links.nth(1).click()
    assert download.value.suggested_filename == "Töne_ 1_2 - Vocals.mp3"
    assert decoded(download.value.path().read_bytes()).shape == (2, 10 * RATE)
    with page.expect_download() as download:
        links.nth(0).click()
    assert download.value.suggested_filename == "Töne_ 1_2.zip"
    with zipfile.ZipFile(download.value.path()) as packed:
        assert packed.testzip() is None
        assert "Töne_ 1_2 - Drums.mp3" in packed.namelist()


def test_a_wav_is_resumed_over_the_real_web_server(service: Service) -> None:
    url = f"{service.url}/api/shares/{DEMO}/stems/bass.wav"
    whole = requests.get(url, timeout=30)
    assert whole.headers["Content-Length"] == str(len(whole.content))
    rest = requests.get(
        url, headers={"Range": "bytes=100000-", "If-Range": whole.headers["ETag"]}, timeout=30
    )
    assert (rest.status_code, rest.content) == (206, whole.content[100_000:])


def test_a_zip_of_unknown_length_comes_whole(service: Service) -> None:
    answer = requests.get(f"{service.url}/api/shares/{DEMO}/stems.zip?format=flac", timeout=60)
    assert "Content-Length" not in answer.headers
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    head = requests.head(f"{service.url}/api/shares/{DEMO}/stems.zip", timeout=30)
    assert (head.status_code, head.headers.get("Content-Length")) == (200, None)


def test_the_owner_ends_downloads(page: Page, service: Service, created: dict[str, Any]) -> None:
    page.goto(created["manage_url"])
    box = page.get_by_role("checkbox", name="Others may download the stems")
    expect(box).to_be_checked()
    box.click()
    expect(page.locator("#said")).to_have_text("Saved")
    answer = requests.get(f"{service.url}/api/shares/{created['id']}/stems.zip", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (403, "downloads_off")
    page.reload()
    expect(box).not_to_be_checked()
    page.get_by_role("button", name="More").click()
    page.get_by_text("Reset the mix").wait_for()
    expect(page.get_by_role("button", name="Download")).to_be_hidden()
