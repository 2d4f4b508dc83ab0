"""Outlines are a picture of the sound, and never in its way."""

import re

from playwright.sync_api import Page, expect

from tests.player.listening import play, visit, wait_until_past
from tests.player.studio import PEAK, RATE, Song, Studio, noise

# At both ends.
DRAWN = """() => [...document.querySelectorAll('.pl-wave canvas')].every((canvas) => {
  const {data, width, height} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const column = (x) => Array.from({length: height}, (_, y) => data[(y * width + x) * 4 + 3]).filter(Boolean).length
  return [0.02, 0.97].every((part) => column(Math.floor(width * part)) > 3)
})"""


def long_song(studio: Studio) -> None:
    """Two stems of twenty minutes, whose outlines come in pieces; only the first segments can be heard."""
    frames = 20 * 60 * RATE
    studio.song = Song({"vocals": noise(frames, 1, channels=1), "drums": noise(frames, 2, channels=1)})


def test_outlines_of_a_long_song_come_in_pieces_and_whole(page: Page, studio: Studio) -> None:
    long_song(studio)
    ranges: list[tuple[str, int, int]] = []

    def note(request: object) -> None:
        url, asked = request.url, request.headers.get("range", "")  # type: ignore[attr-defined]
        if "peaks.bin" in url and (found := re.fullmatch(r"bytes=(\d+)-(\d+)", asked)):
            ranges.append((url.split("/")[-2], int(found[1]), int(found[2])))

    page.on("request", note)
    visit(page, studio)
    page.wait_for_function(DRAWN)
    size = 2 * -(-20 * 60 * RATE // PEAK)
    for stem in studio.song.stems:
        mine = [(begin, end) for name, begin, end in ranges if name == stem]
        assert [begin for begin, _ in mine] == [0, *(end + 1 for _, end in mine[:-1])]
        assert mine[-1][1] >= size - 1


def test_they_wait_while_sound_is_waited_for(page: Page, studio: Studio) -> None:
    long_song(studio)
    studio.delays["peaks.bin"] = 1
    studio.delays["flac"] = 4
    visit(page, studio)
    play(page)
    expect(page.locator(".pl-status")).to_have_text("Loading…")
    page.wait_for_timeout(500)  # in which what was on its way arrives
    asked = len(studio.asked("peaks.bin"))
    page.wait_for_timeout(1_000)
    assert len(studio.asked("peaks.bin")) == asked
    wait_until_past(page, 0.2)
    page.wait_for_timeout(1_000)
    assert len(studio.asked("peaks.bin")) > asked


def test_they_come_once_the_server_is_well_again(page: Page, studio: Studio) -> None:
    studio.song = Song({"vocals": noise(RATE * 8, 1)})
    studio.answers["peaks.bin"] = 503
    visit(page, studio)
    page.wait_for_timeout(500)
    assert studio.asked("peaks.bin")
    studio.answers.clear()
    page.wait_for_function(DRAWN)
