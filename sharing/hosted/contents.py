"""Is what came sound at all? By its first bytes, and by its type where these say nothing."""

import re

from sharing import sniff
from sharing.hosted.problems import NotSound, WebPage

_HTML = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|\?xml|!--)", re.IGNORECASE
)
_PAGES = {"text/html", "application/xhtml+xml"}


def look(content_type: str, head: bytes) -> None:
    """Raise `WebPage` or `NotSound` unless a file that begins like this may be sound that can be played and kept."""
    try:
        sniff.look(head)
    except sniff.NotAudio as problem:
        if _HTML.match(head) or content_type in _PAGES:
            raise WebPage from problem
        raise NotSound(detail=problem.detail) from problem
