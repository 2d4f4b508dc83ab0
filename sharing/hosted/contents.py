"""Is what came sound at all? By its first bytes, and by its type where these say nothing."""

import re

from sharing import sniff
from sharing.hosted.problems import NotSound, WebPage

_HTML = re.compile(rb"<(?:!doctype\s{1,9}html|html|head|body|script|\?xml|!--)", re.IGNORECASE)
_PAGES = {"text/html", "application/xhtml+xml"}


def look(content_type: str, head: bytes) -> None:
    """Raise `WebPage` or `NotSound` unless a file that begins like this may be sound that can be played and kept."""
    head = head[: sniff.LOOK]
    try:
        sniff.look(head)
    except sniff.NotAudio as problem:
        if _HTML.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()) or content_type in _PAGES:
            raise WebPage from problem
        raise NotSound(detail=problem.detail) from problem
