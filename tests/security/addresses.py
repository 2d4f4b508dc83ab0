"""Every address that the URL configuration knows, with something in the place of its arguments."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

ARGUMENTS = {
    "share_id": "2222222222A",
    "attempt": "1",
    "stem": "vocals",
    "name": "flac/0.flac",
    "format": "flac",
    "upload_id": "2222222222222222222222",
}


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each pattern with an address that leads to it."""
    for entry in (resolver or get_resolver()).url_patterns:
        text, names = normalize(entry.pattern.regex.pattern)[0]
        path = before + text % {name: ARGUMENTS[name] for name in names}
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        else:
            yield "/" + path, entry
