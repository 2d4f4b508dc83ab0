"""HTML that puts the player of a share into another page."""

from django.utils.html import format_html

from sharing.errors import Problem
from sharing.manifest import Manifest

# Heights of the player in CSS pixels: what is above its lanes, and one lane, folded or not.
HEAD, LANE = 164, 64


class UnknownFormat(Problem):
    """The format isn't one of oEmbed's two."""

    status, code = 501, "unknown_format"
    message = "The format can be json or xml."


def height(described: Manifest) -> int:
    """How tall the player is with all of its stems, in CSS pixels, at any width: nobody knows how wide a frame gets."""
    return HEAD + LANE * len(described["stems"])


def code(described: Manifest, *, width: int | None = None, tall: int | None = None) -> str:
    """The frame: as wide as the page allows, at most `width`; `tall`, else tall enough for its stems."""
    return format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy"'
        ' allow="autoplay; clipboard-write" style="border:0{}"></iframe>',
        described["embed_url"],
        described["title"],
        width or "100%",
        tall or height(described),
        ";max-width:100%" if width else "",
    )
