"""The players of the comparison: how each is set up, pressed and made to seek."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from sharing.scripts import imports_of

HERE: Final = Path(__file__).parent

# One skeleton for all: what differs is the code and the style sheets of the player itself.
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A song made by code</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
<div id="player"></div>
{foot}
</body>
</html>
"""


@dataclass(frozen=True)
class Player:
    """One player. `button` is what a user presses first; `press` does all the pressing it takes to hear something."""

    key: str
    name: str
    audio: str
    styles: tuple[str, ...]
    modules: tuple[str, ...]  # asked for in advance, as the page that the service makes does
    script: str  # the body of the page's module script, or the address of a bundle
    button: str
    press: Callable[[Page], None]
    seek: Callable[[Page, float], None]  # to a fraction of the song

    def page(self, **words: str) -> str:
        """The HTML of the page; `words` fill the placeholders of `script`."""
        links = [f'<link rel="stylesheet" href="{style}">' for style in self.styles]
        links += [f'<link rel="modulepreload" href="{module}">' for module in self.modules]
        head = "\n".join(links)
        script = self.script
        for word, value in words.items():
            script = script.replace(f"[{word}]", value)
        bundled = script.startswith("/")
        foot = (
            f'<script defer src="{script}"></script>'
            if bundled
            else f'<script type="module">\n{script}\n</script>'
        )
        return _PAGE.format(head=head, foot=foot)


def click(page: Page, selector: str) -> None:
    """Press the middle of an element at once: no waiting for animations to settle, as Playwright's own click does."""
    box = page.locator(selector).first.bounding_box()
    assert box
    page.mouse.click(
        box["x"] + box["width"] / 2, box["y"] + (box["height"] or 16) / 2
    )  # 0: drawn by ::before


def _press_trackswitch(page: Page) -> None:
    """Activate loads everything; the play button can be reached when the overlay goes away."""
    click(page, ".overlay .activate")
    page.locator(".overlay").wait_for(state="detached", timeout=120_000)
    click(page, ".playpause")


def _seek_trackswitch(page: Page, fraction: float) -> None:
    box = page.locator(".main-control .seekwrap").bounding_box()
    assert box
    page.mouse.click(box["x"] + fraction * box["width"], box["y"] + box["height"] / 2)


PLAYERS: Final = (
    Player(
        key="stemlink",
        name="Stemlink",
        audio="FLAC, pieces of 4 s",
        styles=("/static/theme.css", "/static/player/player.css"),
        modules=tuple(f"/static/{path}" for path in imports_of("player/index.js")),
        script=(
            "import { mountPlayer } from '/static/player/index.js'\n"
            "window.player = mountPlayer(document.querySelector('#player'), { manifestUrl: '/api/shares/[share]/' })"
        ),
        button=".pl-play:not([disabled])",
        press=lambda page: click(page, ".pl-play"),
        seek=lambda page, fraction: page.evaluate("(f) => player.seek(f * player.duration)", fraction),
    ),
    Player(
        key="stemplayer",
        name="@stemplayer-js/stemplayer-js",
        audio="MP3 128 kbit/s, pieces of 10 s",
        styles=(),
        modules=(),
        script="/peers/stemplayer.js",
        button="stemplayer-js-controls fc-player-button",
        press=lambda page: click(page, "stemplayer-js-controls fc-player-button"),
        seek=lambda page, fraction: page.evaluate(
            "(f) => { document.querySelector('stemplayer-js').pct = f }", fraction
        ),
    ),
    Player(
        key="waveform-playlist",
        name="@waveform-playlist/browser",
        audio="Opus 96 kbit/s, whole files",
        styles=(),
        modules=(),
        script="/peers/waveform-playlist.js",
        button="body:has([data-playlist-state=ready]) button:text('Play')",
        press=lambda page: click(page, "button:text('Play')"),
        seek=lambda page, fraction: page.evaluate("(f) => benchSeek(f * 300)", fraction),
    ),
    Player(
        key="trackswitch",
        name="trackswitch",
        audio="MP3 128 kbit/s, whole files",
        styles=("/peers/trackswitch.css",),
        modules=(),
        script="/peers/trackswitch.js",
        button=".overlay .activate",
        press=_press_trackswitch,
        seek=_seek_trackswitch,
    ),
)


def build_peers(cache: Path) -> Path:
    """Install the peers from the lockfile (npm ci) and bundle them with esbuild; answer with the bundles' folder.

    They live in `cache`, not in the checkout. Raises subprocess.CalledProcessError with npm's own words shown.
    """
    home = cache / "peers"
    lock = (HERE / "package-lock.json").read_bytes()
    installed = home / "node_modules" / ".lock-of-bench"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / "pages", home / "pages", dirs_exist_ok=True)
    if not installed.exists() or installed.read_bytes() != lock:
        print("installing the other players (npm ci) ...", flush=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, home / name)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=home, check=True)
        installed.write_bytes(lock)
    fonts = [f"--loader:.{kind}=file" for kind in ("eot", "svg", "ttf", "woff", "woff2")]
    subprocess.run(
        [
            "node_modules/.bin/esbuild",
            *(f"pages/{name}" for name in ("stemplayer.js", "waveform-playlist.jsx", "trackswitch.js")),
            *(
                "--bundle",
                "--minify",
                "--format=iife",
                "--jsx=automatic",
                "--target=chrome130",
                "--outdir=dist",
            ),
            '--define:process.env.NODE_ENV="production"',
            "--log-level=warning",
            *fonts,
        ],
        cwd=home,
        check=True,
    )
    return home / "dist"


def version(cache: Path, player: Player) -> str:
    """The installed version of a peer; ours is what is in the checkout."""
    if player.key == "stemlink":
        return "this checkout"
    return str(
        json.loads((cache / "peers/node_modules" / player.name / "package.json").read_text())["version"]
    )
