"""HTML that puts the player of a share into another page."""

from django.utils.html import format_html

from sharing.errors import Problem
from sharing.manifest import Manifest

HEAD, LANE = 164, 64  # heights of the player in CSS pixels: what is above its lanes, and one lane
FOLDED_HEAD, FOLDED_LANE = 155, 81  # the same where its lanes fold
FOLDS_BELOW = 658  # of which all but 18 are the player's own: its style folds lanes below 640


class UnknownFormat(Problem):
    """The format isn't one of oEmbed's two."""

    status, code = 501, "unknown_format"
    message = "The format can be json or xml."


def height(described: Manifest, width: int | None = None) -> int:
    """How tall the player is with all of its stems, in a frame of this width, in CSS pixels."""
    folds = width is not None and width < FOLDS_BELOW
    head, lane = (FOLDED_HEAD, FOLDED_LANE) if folds else (HEAD, LANE)
    return head + lane * len(described["stems"])


def code(described: Manifest, *, width: int | None = None, tall: int | None = None) -> str:
    """The frame: as wide as the page allows, at most `width`; `tall`, else tall enough for its stems."""
    return format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy"'
        ' allow="autoplay; clipboard-write" style="border:0{}"></iframe>',
        described["embed_url"],
        described["title"],
        width or "100%",
        tall or height(described, width),
        ";max-width:100%" if width else "",
    )
