"""What a pasted link means: the address of the sound itself, or why this host can't be played from. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qs, quote, unquote

from sharing import names
from sharing.errors import Problem
from sharing.hosted import urls
from sharing.hosted.problems import BadLink, Unplayable
from sharing.hosted.urls import Url


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it was pasted, without what stood around it, and what it leads to.

    `url` is the direct address, empty where there is none; `host` names the host for people; `name` is a guess at
    the stem's name; `refusal` says why it can't be used at all, and is None for nearly all links.
    """

    original: str
    url: str = ""
    host: str = ""
    name: str = ""
    refusal: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Host:
    """A kind of host: its name, which addresses are its, and what they become."""

    label: str
    owns: Callable[[Url], bool]
    direct: Callable[[Url], Url]

    @classmethod
    def at(cls, label: str, hosts: str, direct: Callable[[Url], Url]) -> Self:
        """A host known by its names, separated by spaces; `*.example.org` is all names below."""
        exact = {name for name in hosts.split() if not name.startswith("*")}
        below = tuple(name[1:] for name in hosts.split() if name.startswith("*"))
        return cls(label, lambda url: url.host in exact or url.host.endswith(below), direct)


def direct(text: str) -> Link:
    """What a pasted link leads to. Never raises: what is wrong is its `refusal`."""
    pasted = text.encode(errors="replace").decode()  # JSON may carry halves of characters
    original = pasted.strip().strip("<>\"'").strip()
    try:
        url = urls.read(_from_bucket(original))
    except BadLink as problem:
        return Link(original[: urls.MOST], refusal=problem)
    host = next((host for host in HOSTS if host.owns(url)), None)
    if host is None:
        return Link(original, str(url), url.host, names.from_url(str(url)))
    try:
        found = urls.read(str(host.direct(url)))  # which may be none, and is longer for some
    except (BadLink, Unplayable) as problem:
        return Link(original, "", host.label, names.from_url(str(url)), problem)
    return Link(original, str(found), host.label, names.from_url(str(found)))


def of_pointer(url: str) -> str | None:
    """Where GitHub keeps a large file of which a repository has only the pointer (Git LFS); None for other hosts."""
    found = urls.read(url)
    if found.host != "raw.githubusercontent.com":
        return None
    return str(replace(found, host="media.githubusercontent.com", path=f"/media{found.path}"))


def _from_bucket(text: str) -> str:
    """`s3://bucket/key` and `gs://bucket/key` as the web knows them."""
    match = re.match(r"(s3|gs)://([a-z0-9][a-z0-9._-]{1,220})/(.+)", text)
    if match is None:
        return text
    kind, bucket, key = match.groups()
    return _s3(bucket, key) if kind == "s3" else _gcs(bucket, key)


def _dropbox(url: Url) -> Url:
    """The host that answers other pages, with the whole query, since `rlkey` is the key. `www` doesn't answer them."""
    if re.match(r"/(?:s|scl/fi)/[^/]+/[^/]+", url.path):
        return replace(url, scheme="https", host="dl.dropboxusercontent.com", port=443)
    if re.match(r"/(?:sh|scl/fo)/", url.path):
        raise Unplayable(
            "This is a link to a Dropbox folder. Open the folder, and copy the link of each file in it.",
            code="folder",
        )
    raise Unplayable(
        "Only you can open this Dropbox address, or only for a short while. "
        'Choose "Share" and "Copy link" at the file, and paste that.',
        code="page",
    )


def _github(url: Url) -> Url:
    parts = url.path.split("/", 5)
    if len(parts) == 6 and parts[3] in {"blob", "raw"}:
        _, owner, repository, _, ref, path = parts
        return Url("https", "raw.githubusercontent.com", 443, f"/{owner}/{repository}/{ref}/{path}")
    if re.match(r"/[^/]+/[^/]+/releases/(?:latest/)?download/", url.path):
        return url
    raise Unplayable(
        "This is a page of GitHub. Open the file in it, and copy the address of that.", code="page"
    )


def _gist(url: Url) -> Url:
    match = re.match(r"/([^/]+)/([0-9a-f]{20,})(/raw/.+)?", url.path)
    if match is None:
        raise Unplayable(
            'This is a page of GitHub. Press "Raw" at the file, and copy that address.', code="page"
        )
    owner, gist, raw = match.groups()
    return Url("https", "gist.githubusercontent.com", 443, f"/{owner}/{gist}{raw or '/raw'}")


def _archive(url: Url) -> Url:
    match = re.match(r"/(?:details|download|serve)/([^/]+)/(.+[^/])\Z", url.path)
    if match is None:
        raise Unplayable(
            "This is a page of the Internet Archive with several files. Copy the address of one of its files.",
            code="page",
        )
    return replace(url, path=f"/download/{match[1]}/{match[2]}", query="")


def _nextcloud(url: Url) -> Url:
    return replace(url, path=f"{url.path.rstrip('/')}/download")


def _s3_console(url: Url) -> Url:
    match = re.match(r"/s3/object/([a-z0-9][a-z0-9.-]+)", url.path)
    query = parse_qs(url.query)
    if match is None or "prefix" not in query:
        raise Unplayable(
            'This is a page of the Amazon console. Copy the "Object URL" of the file.', code="page"
        )
    region = query.get("region", [""])[0]
    return urls.read(_s3(match[1], query["prefix"][0], region if re.fullmatch(r"[a-z0-9-]+", region) else ""))


def _gcs_console(url: Url) -> Url:
    if url.host == "storage.cloud.google.com":
        return replace(url, host="storage.googleapis.com", query="")
    match = re.match(r"/storage/browser/_details/([^/]+)/([^;]+)", url.path)
    if match is None:
        raise Unplayable(
            'This is a page of the Google Cloud console. Copy the "Public URL" of the file.', code="page"
        )
    return urls.read(_gcs(match[1], unquote(match[2])))


def _s3(bucket: str, key: str, region: str = "") -> str:
    where = f"s3.{region}" if region else "s3"
    path = quote(key.lstrip("/"))
    # A certificate for *.s3.amazonaws.com doesn't cover names with dots.
    if "." in bucket:
        return f"https://{where}.amazonaws.com/{bucket}/{path}"
    return f"https://{bucket}.{where}.amazonaws.com/{path}"


def _gcs(bucket: str, key: str) -> str:
    return f"https://storage.googleapis.com/{bucket}/{quote(key.lstrip('/'))}"


def _instead(old: str, new: str) -> Callable[[Url], Url]:
    """A part of the path stands for the page around a file, another one for the file."""
    return lambda url: replace(url, path=url.path.replace(old, new, 1), query="")


def _closed(_url: Url) -> Url:
    """A host whose files no other page may read."""
    raise Unplayable


def _page(_url: Url) -> Url:
    """A page that plays music, and gives no file."""
    raise Unplayable(
        "This is a page that plays music, not a sound file, and its sound can't be taken apart from it. "
        "Drop a file here instead.",
        code="page",
    )


# The first one that owns an address reads it. Plain hosts, buckets and all others are taken as they are.
HOSTS = (
    _Host.at("Dropbox", "dropbox.com www.dropbox.com m.dropbox.com dl.dropbox.com", _dropbox),
    _Host.at("Dropbox", "dl.dropboxusercontent.com *.dl.dropboxusercontent.com", _dropbox),
    _Host.at("GitHub", "github.com www.github.com", _github),
    _Host.at("GitHub Gist", "gist.github.com", _gist),
    _Host.at("Internet Archive", "archive.org www.archive.org", _archive),
    _Host("GitLab", lambda url: "/-/blob/" in url.path, _instead("/-/blob/", "/-/raw/")),
    _Host(
        "Codeberg", lambda url: url.host == "codeberg.org" and "/src/" in url.path, _instead("/src/", "/raw/")
    ),
    _Host(
        "Hugging Face",
        lambda url: url.host == "huggingface.co" and "/blob/" in url.path,
        _instead("/blob/", "/resolve/"),
    ),
    _Host.at("Amazon S3", "s3.console.aws.amazon.com *.console.aws.amazon.com", _s3_console),
    _Host.at("Google Cloud Storage", "console.cloud.google.com storage.cloud.google.com", _gcs_console),
    _Host.at("Google Drive", "drive.google.com docs.google.com drive.usercontent.google.com", _closed),
    _Host.at("OneDrive", "onedrive.live.com 1drv.ms onedrive.com *.1drv.com *.sharepoint.com", _closed),
    _Host.at("Box", "box.com www.box.com app.box.com *.app.box.com *.box.com", _closed),
    _Host.at("iCloud", "icloud.com www.icloud.com share.icloud.com *.icloud-content.com", _closed),
    _Host.at("WeTransfer", "wetransfer.com we.tl *.wetransfer.com *.wetransfer.net", _closed),
    _Host.at("MEGA", "mega.nz mega.io mega.co.nz", _closed),
    _Host.at("pCloud", "my.pcloud.com u.pcloud.link e.pcloud.link *.pcloud.link", _closed),
    _Host.at("MediaFire", "mediafire.com www.mediafire.com", _closed),
    _Host.at("Proton Drive", "drive.proton.me", _closed),
    _Host.at("YouTube", "youtube.com youtu.be *.youtube.com", _page),
    _Host.at("Spotify", "spotify.com *.spotify.com spotify.link", _page),
    _Host.at("SoundCloud", "soundcloud.com *.soundcloud.com", _page),
    _Host.at("Bandcamp", "bandcamp.com *.bandcamp.com", _page),
    _Host.at("Apple Music", "music.apple.com", _page),
    _Host.at("TIDAL", "tidal.com *.tidal.com", _page),
    _Host.at("Deezer", "deezer.com *.deezer.com deezer.page.link", _page),
    _Host.at("Mixcloud", "mixcloud.com *.mixcloud.com", _page),
    _Host.at("Vimeo", "vimeo.com *.vimeo.com", _page),
    _Host(
        "Nextcloud",
        lambda url: re.fullmatch(r"(?:/[\w.-]+){0,3}/s/[A-Za-z0-9]{8,32}/?", url.path) is not None,
        _nextcloud,
    ),
)
