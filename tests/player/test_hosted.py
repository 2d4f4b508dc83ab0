"""Stems on other hosts, of every kind: played the best way each allows, and what can't be had says so on its row."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.hosts import File, Host, redirect, status
from tests.player.encoding import encode
from tests.player.hosted_songs import HostedSong, hosted
from tests.player.listening import expect_failure, level, play, stem, update, visit, wait_until_past, where
from tests.player.studio import RATE, SEGMENT, Song, Studio, square
from tests.player.test_access import AXE, VIOLATIONS
from tests.running import wait_for

FOUND = """async () => {
  const {playerOf} = await import('/static/player/index.js')
  const player = playerOf(document.querySelector('.player'))
  window.found = {}
  player.on('stem', ({id, way, seconds, error}) => (window.found[id] = {way, seconds, code: error?.code ?? null}))
  player.update(player.manifest)
}"""
INK = """(canvas) => {
  const {data, width, height} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const column = (x) => Array.from({length: height}, (_, y) => data[(y * width + x) * 4 + 3])
  const inked = (x) => column(x).filter((alpha) => alpha > 0).length
  return [0.1, 0.9].map((part) => inked(Math.round(width * part)) > height / 4)
}"""


def tone(seconds: float, loud: float = 0.2) -> Any:
    """Every sample is as loud as the loudest."""
    return square(round(seconds * RATE), loud) / 32_767


def file(seconds: float = 12, loud: float = 0.2, kind: str = "wav", **behaviour: Any) -> File:
    """A file, and how its host behaves."""
    return hosted(encode(tone(seconds, loud), kind), **behaviour)


def open_page(page: Page, studio: Studio, song: Song, query: str = "") -> None:
    """Open the share and note what the player finds out."""
    studio.song = song
    visit(page, studio, query)
    page.evaluate(FOUND)


def found(page: Page, name: str) -> dict[str, Any]:
    """What is known of a stem."""
    page.wait_for_function("(id) => window.found[id]?.way || window.found[id]?.code", arg=name)
    known: dict[str, Any] = page.evaluate("(id) => window.found[id]", name)
    return known


def test_every_host_is_played_the_best_way_it_allows(
    page: Page, studio: Studio, host: Host, other: Host
) -> None:
    links = {
        "ranges": host.at("/ranges.wav", file()),
        "moved": host.at("/moved", redirect(other.at("/there.flac", file(kind="flac")), cors="*")),
        "mistyped": host.at("/typed.mp3", hosted(encode(tone(12), "mp3"), type="text/plain")),
        "plain": host.at("/plain.wav", file(ranged=False)),
        "closed": host.at("/closed.wav", file(cors=None)),
        "slow": host.at("/slow.wav", file(delay=1.0)),
        "page": host.at(
            "/page.wav", hosted(b"<!doctype html><title>Sign in</title>", type="text/html; charset=utf-8")
        ),
        "gone": host.at("/gone.wav", status(404, cors="*")),
        "noise": host.at("/noise.wav", hosted(np.random.default_rng(1).bytes(50_000))),
    }
    open_page(page, studio, HostedSong(links=links, seconds=dict.fromkeys(links, 12.0)))
    play(page)
    wait_until_past(page, 0.5, timeout=20)
    ways = {name: found(page, name)["way"] for name in links}
    streamed = dict.fromkeys(("ranges", "moved", "mistyped", "slow"), "stream")
    assert ways == streamed | {
        "plain": "whole",
        "closed": "element",
        "page": None,
        "gone": None,
        "noise": None,
    }
    expect_failure(page, "Page", "a web page")
    expect_failure(page, "Gone", "leads nowhere")
    expect_failure(page, "Noise", "no sound")
    expect(stem(page, "Closed")).to_contain_text("no pan, may drift")
    expect(stem(page, "Closed").get_by_role("slider", name="Pan of Closed")).to_be_disabled()
    for name in ("Ranges", "Moved", "Mistyped", "Plain", "Slow"):
        stem(page, name).get_by_role("button", name=f"Solo {name}").click()
        page.wait_for_timeout(100)
        assert level(page) > 0.1, name
        stem(page, name).get_by_role("button", name=f"Solo {name}").click()


def test_a_host_that_dies_is_marked_and_comes_back(page: Page, studio: Studio, host: Host) -> None:
    dying = file(20, breaks=1_200_000)
    links = {"dying": host.at("/dying.wav", dying), "well": host.at("/well.wav", file(20, 0.1))}
    open_page(page, studio, HostedSong(links=links, seconds=dict.fromkeys(links, 20.0)), "?t=5.5")
    play(page)
    wait_until_past(page, 6, timeout=30)
    expect(stem(page, "Dying").locator(".pl-failure")).to_be_visible(timeout=30_000)
    wait_until_past(page, where(page) + 0.5, timeout=20)
    assert level(page) == pytest.approx(0.1, abs=0.02)
    host.at("/dying.wav", file(20))
    stem(page, "Dying").get_by_role("button", name="Retry").click()
    expect(stem(page, "Dying").locator(".pl-failure")).to_be_hidden()
    stem(page, "Well").get_by_role("button", name="Mute Well").click()
    page.keyboard.press("Home")
    wait_until_past(page, 0.4, timeout=20)
    assert level(page) == pytest.approx(0.2, abs=0.02)


def test_what_has_to_be_loaded_whole_is_asked_for_when_it_is_large(
    page: Page, studio: Studio, host: Host
) -> None:
    links = {
        "huge": host.at("/huge.wav", file(6, ranged=False)),
        "small": host.at("/small.wav", file(6, 0.1, ranged=False, drip=1.0)),
    }
    song = HostedSong(links=links, seconds={"huge": 1_000.0, "small": 6.0})
    open_page(page, studio, song)
    page.get_by_role("button", name="Play", exact=True).hover()
    assert found(page, "small")["way"] == "whole"
    page.wait_for_timeout(300)
    assert [one.path for one in host.asked].count("/small.wav") == 1, (
        "nothing is loaded whole before somebody wants to hear it"
    )
    play(page)
    expect(stem(page, "Small")).to_contain_text("Loading all of this stem")
    expect_failure(page, "Huge", "loaded whole: about 353 MB")
    wait_until_past(page, 0.3)
    assert level(page) == pytest.approx(0.1, abs=0.02)
    stem(page, "Huge").get_by_role("button", name="Load").click()
    expect(stem(page, "Huge").locator(".pl-failure")).to_be_hidden()
    page.keyboard.press("Home")
    wait_until_past(page, 0.3)
    assert level(page) == pytest.approx(0.3, abs=0.02)


def test_the_song_is_as_long_as_its_longest_stem(page: Page, studio: Studio, host: Host) -> None:
    """A hint that was wrong, a stem that ends early, and one that nobody has measured."""
    links = {
        "long": host.at("/long.wav", file(9, 0.1)),
        "short": host.at("/short.flac", file(2.5, 0.2, "flac")),
    }
    kept = square(SEGMENT + SEGMENT // 2, 0.05)
    song = HostedSong({"kept": kept}, links=links, seconds={"long": 7.0, "short": 3.0})
    open_page(page, studio, song)
    ruler = page.get_by_role("slider", name="Position")
    expect(ruler).to_have_attribute("aria-valuemax", "7")
    page.get_by_role("button", name="Play", exact=True).hover()
    expect(ruler).to_have_attribute("aria-valuemax", "9")
    play(page)
    wait_until_past(page, 0.5)
    assert level(page) == pytest.approx(0.35, abs=0.03)
    wait_until_past(page, 3.2)
    assert level(page) == pytest.approx(0.15, abs=0.03)
    wait_until_past(page, 6.6)
    assert level(page) == pytest.approx(0.1, abs=0.03)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=10_000)
    assert where(page) == pytest.approx(9, abs=0.05)
    unknown = HostedSong(links={"long": links["long"]})
    open_page(page, studio, unknown)
    expect(page.get_by_role("slider", name="Position")).to_have_attribute("aria-valuemax", "9")


def test_outlines_fill_in_as_far_as_sound_was_decoded(page: Page, studio: Studio, host: Host) -> None:
    links = {
        "stream": host.at("/a.wav", file(60, 0.7)),
        "whole": host.at("/b.wav", file(60, 0.7, ranged=False)),
    }
    open_page(page, studio, HostedSong(links=links, seconds=dict.fromkeys(links, 60.0)))
    play(page)

    def inked(name: str, halves: list[bool]) -> bool:
        return bool(stem(page, name).locator("canvas").evaluate(INK) == halves)

    wait_for(lambda: inked("Whole", [True, True]))
    wait_for(lambda: inked("Stream", [True, False]))


def test_without_webcodecs_pcm_is_streamed_and_the_rest_loaded_whole(
    page: Page, studio: Studio, host: Host
) -> None:
    """As on plain HTTP from another machine."""
    page.add_init_script(
        "delete window.AudioDecoder; delete window.EncodedAudioChunk; delete window.AudioData"
    )
    links = {"wav": host.at("/a.wav", file(6, 0.1)), "mp3": host.at("/a.mp3", file(6, 0.1, "mp3"))}
    open_page(page, studio, HostedSong(links=links))
    play(page)
    wait_until_past(page, 0.5)
    assert [found(page, name)["way"] for name in ("wav", "mp3")] == ["stream", "whole"]
    assert level(page) > 0.15


def test_a_draft_plays_links_and_files_before_they_are_shared(page: Page, studio: Studio, host: Host) -> None:
    studio.song = HostedSong()
    page.goto(f"{studio.base}/blank")
    link = host.at("/a.wav", file(9, 0.1))
    bytes_at = host.at("/b.mp3", file(9, 0.2, "mp3"))
    page.evaluate(
        """async ([link, at]) => {
          const {draft, mountPlayer} = await import('/static/player/draft.js')
          const url = URL.createObjectURL(new File([await (await fetch(at)).arrayBuffer()], 'Bass.mp3'))
          window.stems = [{id: 'lead', name: 'Lead', url: link}, {id: 'bass', name: 'Bass', url}]
          const manifest = draft({title: 'New', stems: window.stems})
          window.player = mountPlayer(document.querySelector('.player'), {manifest})
        }""",
        [link, bytes_at],
    )
    expect(page.get_by_role("slider", name="Position")).to_have_attribute("aria-valuemax", "9")
    play(page)
    wait_until_past(page, 0.5)
    assert level(page) == pytest.approx(0.3, abs=0.05)
    asked = len(host.asked)
    page.evaluate(
        """async () => {
          const {draft} = await import('/static/player/draft.js')
          window.player.mix.set('bass', {muted: true})
          window.stems.reverse()[1].name = 'Lead vox'
          window.player.update(draft({title: 'New', stems: window.stems}))
        }"""
    )
    expect(page.locator(".pl-lane").nth(1)).to_contain_text("Lead vox")
    assert page.evaluate("window.player.mix.channel('bass').muted")
    assert level(page) == pytest.approx(0.1, abs=0.03)
    assert len(host.asked) <= asked + 1, "what is open stays open"
    assert page.evaluate("Object.keys(localStorage)") == []
    assert not studio.asked("/api/")


def test_the_mix_is_saved_with_the_hosted_stems_that_can_be_read(
    page: Page, studio: Studio, host: Host
) -> None:
    links = {
        "streamed": host.at("/a.flac", file(6, 0.1, "flac")),
        "closed": host.at("/b.wav", file(6, 0.4, cors=None)),
    }
    song = HostedSong({"kept": square(SEGMENT, 0.05)}, links=links, seconds=dict.fromkeys(links, 6.0))
    open_page(page, studio, song)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Download").click()
    dialog = page.get_by_role("dialog", name="Download")
    expect(dialog.get_by_role("link", name=f"{host.address}:{host.port}")).to_have_count(2)
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Save the mix").click()
    samples = np.frombuffer(saved.value.path().read_bytes()[44:], np.int16).reshape(-1, 2)
    assert len(samples) == 6 * RATE
    assert np.abs(samples[1_000]).max() == pytest.approx(0.15 * 32_768, abs=3)
    assert np.abs(samples[5 * RATE]).max() == pytest.approx(0.1 * 32_768, abs=3)
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Download").click()
    expect(dialog).to_contain_text("Not in the mix, as no page may read it: Closed.")


def test_stems_that_were_stored_softer_sound_in_proportion(page: Page, studio: Studio) -> None:
    """One was halved before it was stored, the other wasn't: the song is as soft as the softer one."""
    studio.song = Song(
        {"halved": square(SEGMENT * 2, 0.1), "full": square(SEGMENT, 0.2)}, gains={"halved": 0.5, "full": 1.0}
    )
    visit(page, studio)
    play(page)
    wait_until_past(page, 0.5)
    assert level(page) == pytest.approx(0.2, abs=0.01)
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert level(page) == pytest.approx(0.1, abs=0.001)


@pytest.mark.parametrize("width", [320, 1000])
def test_rows_of_hosted_stems_are_accessible_on_any_screen(
    browser: Browser, studio: Studio, host: Host, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700}, bypass_csp=True)
    page = context.new_page()
    links = {
        "whole": host.at("/a.wav", file(6, ranged=False)),
        "closed": host.at("/b.wav", file(6, cors=None)),
        "gone": host.at("/c.wav", status(404, cors="*")),
        "large": host.at("/d.wav", file(2, ranged=False)),
    }
    studio.song = HostedSong(links=links, seconds={"whole": 6, "closed": 6, "gone": 6, "large": 1_000})
    visit(page, studio)
    play(page)
    expect_failure(page, "Large", "loaded whole")
    expect(stem(page, "Closed")).to_contain_text("may drift")
    wait_until_past(page, 0.2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    load = stem(page, "Large").get_by_role("button", name="Load")
    load.focus()
    page.evaluate(AXE.read_text())
    violations = page.evaluate(VIOLATIONS)
    page.keyboard.press("Enter")
    expect(stem(page, "Large").locator(".pl-failure")).to_be_hidden()
    context.close()
    assert violations == []


def test_what_was_found_of_a_link_says_nothing_of_what_replaces_it(
    page: Page, studio: Studio, host: Host
) -> None:
    gone, closed = host.at("/gone.wav", status(404, cors="*")), host.at("/closed.wav", file(cors=None))
    open_page(page, studio, HostedSong(links={"lead": gone, "bass": closed}))
    expect_failure(page, "Lead", "leads nowhere")
    bass = stem(page, "Bass")
    expect(bass.get_by_role("slider", name="Pan of Bass")).to_be_disabled()
    expect(bass.locator(".pl-note")).to_be_visible()
    sound = square(SEGMENT * 3, 0.2)
    studio.song = HostedSong(stems={"bass": sound}, links={"lead": host.at("/there.wav", file())})
    update(page, studio)
    expect(stem(page, "Lead").locator(".pl-failure")).to_be_hidden()
    expect(bass.get_by_role("slider", name="Pan of Bass")).to_be_enabled()
    expect(bass.locator(".pl-note")).to_be_hidden()
    play(page)
    wait_until_past(page, 0.3)
    expect(page.locator(".pl-failure:visible, .pl-note:visible")).to_have_count(0)
