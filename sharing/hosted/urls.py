"""A link, read strictly: one spelling in, one spelling out, so that no two readers can take it for different hosts."""

import re
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

import idna

from sharing.hosted.problems import BadLink

MOST = 2_000  # characters; browsers and proxies begin to cut at little more
PORTS = {"http": 80, "https": 443}

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HOST_AND_MORE = re.compile(r"[^\s/?#@:\\]+(?::\d{1,5})?(?:[/?#]|\Z)")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s\[\]@:/?#\\%]+)(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
FILE = re.compile(r"\.(?:wav|wave|flac|mp3|m4a|mp4|aac|ogg|oga|opus|aiff?|aifc|w64|zip)\Z", re.IGNORECASE)
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")


class TooLong(BadLink):
    """Nobody would take it."""

    code = "too_long"
    message = f"This link is too long: at most {MOST:,} characters are taken."


@dataclass(frozen=True, slots=True)
class Url:
    """A web address, taken apart. `host` is ASCII, lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""

    @property
    def netloc(self) -> str:
        """Host and, unless it is the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """As browsers write it."""
        return f"{self.scheme}://{self.netloc}"

    def encrypted(self) -> "Url":
        """The same by https."""
        return replace(self, scheme="https", port=PORTS["https"])

    @property
    def target(self) -> str:
        """What is asked of the host."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        return self.origin + self.target


def read(text: str) -> Url:
    """An address as a person wrote it. `https://` may be missing, spaces may be in its path. Raises `BadLink`."""
    if not text:
        raise BadLink("There is no link here.")
    if len(text) > MOST:
        raise TooLong
    if _CONTROL.search(text) or "\\" in text:
        raise BadLink("This link has characters in it that no link may have. Copy it again.")
    scheme, rest = _scheme(text)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise BadLink(
            "This link has a name or password in it, which everybody who listens would see. "
            "Use one that works without.",
            code="credentials",
        )
    parsed = _AUTHORITY.fullmatch(authority)
    if parsed is None:
        raise BadLink
    port = int(parsed["port"] or PORTS[scheme])
    if not 0 < port < 65_536:
        raise BadLink
    parts = urlsplit(f"//x{rest[len(authority) :]}")
    path, query = _quoted(parts.path or "/"), _quoted(parts.query, also="?")
    url = Url(scheme, _host(parsed["host"]), port, path, query)
    if len(str(url)) > MOST:  # spelled out it may have more characters
        raise TooLong
    return url


def follow(url: Url, location: str) -> Url:
    """Where a redirect leads. Raises `BadLink`."""
    try:
        return read(urljoin(str(url), location.strip()))
    except ValueError as error:  # of urljoin, for brackets that don't match
        raise BadLink from error


def _scheme(text: str) -> tuple[str, str]:
    """The scheme, and what follows its two slashes."""
    if text.startswith("//"):
        return "https", text[2:]
    named = _SCHEME.match(text)
    if named and named[1].lower() in PORTS:
        rest = text[named.end() :]
        if not rest.startswith("//"):
            raise BadLink
        return named[1].lower(), rest[2:]
    if _HOST_AND_MORE.match(text) and ("." in text or text.startswith("localhost")):
        if FILE.search(text) and not re.search("[/?#]", text):
            raise BadLink("This is the name of a file, not a link. Drop the file itself here.")
        return "https", text
    if named and " " not in text:
        raise BadLink(
            f"Links that begin with {named[1].lower()}: can't be played here. Use one with https://.",
            code="bad_scheme",
        )
    raise BadLink


def _host(text: str) -> str:
    """A host in its one spelling: a name in ASCII, or an address as its standard writes it."""
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except AddressValueError as error:
            raise BadLink from error
    plain = text.isascii()
    try:
        # Maps what browsers map: case, full-width letters and digits, ideographic full stops.
        name = text.lower() if plain else idna.encode(text, uts46=True, std3_rules=True).decode()
        name = name.removesuffix(".")
        labels = name.split(".")
        for label in labels:
            if label.startswith("xn--"):
                idna.decode(label)
    except (idna.IDNAError, UnicodeError) as error:
        raise BadLink from error
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadLink
    if _NUMBER.fullmatch(labels[-1]):  # then browsers read it as an address, in one of many old spellings
        try:
            if str(IPv4Address(name)) != name or not plain:
                raise BadLink
        except AddressValueError as error:
            raise BadLink from error
    return name


def _quoted(text: str, also: str = "") -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=f"/%:@!$&'()*+,;=~-._{also}")
