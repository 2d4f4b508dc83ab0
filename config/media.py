"""Where sound lives: a folder, or a bucket, by `MEDIA_STORAGE`."""

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

EXAMPLES = "file:///srv/stemlink, s3://bucket/prefix or gs://bucket/prefix"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9._/-]{0,200}")


@dataclass(frozen=True, slots=True)
class Media:
    """Django's settings of the storage, the folder if it is one, and where browsers may read if they are sent there."""

    storage: dict[str, Any]
    folder: Path | None = None
    origin: str | None = None


def media(data: Path) -> Media:
    """What `MEDIA_STORAGE` names. Raises ImproperlyConfigured for what can't be used."""
    url = env.text("MEDIA_STORAGE")
    if not url:
        return _folder(data / "media")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _unreadable() from error
    match parts.scheme:
        case "file" if not parts.netloc and parts.path.startswith("/") and not parts.query:
            return _folder(Path(unquote(parts.path)))
        case "s3":
            return _s3(parts)
        case "gs":
            return _gcs(parts)
    raise _unreadable()


def _folder(folder: Path) -> Media:
    return Media({"BACKEND": "sharing.storages.folder.FolderStorage"}, folder=folder)


def _s3(parts: SplitResult) -> Media:
    bucket, prefix, options = _bucket(parts, {"endpoint", "region", "public"})
    _needs("boto3")
    # Both are names of Amazon's own tools; boto3 itself knows only some of them.
    endpoint = options.get("endpoint") or env.text("AWS_ENDPOINT_URL_S3") or env.text("AWS_ENDPOINT_URL")
    region = options.get("region") or env.text("AWS_REGION") or env.text("AWS_DEFAULT_REGION")
    public = options.get("public", "")
    origin: str | None
    if endpoint or public:
        origin = _origin(public or endpoint)
    else:
        host = f"s3.{region}.amazonaws.com"
        origin = (f"https://{host}" if "." in bucket else f"https://{bucket}.{host}") if region else None
    storage = {
        "bucket_name": bucket,
        "location": prefix,
        "endpoint_url": endpoint or None,
        "region_name": region or ("us-east-1" if endpoint else None),
        "public_url": public or None,
    }
    return Media({"BACKEND": "sharing.storages.s3.S3Media", "OPTIONS": storage}, origin=origin)


def _gcs(parts: SplitResult) -> Media:
    bucket, prefix, _options = _bucket(parts, set())
    _needs("google.cloud.storage")
    storage = {"bucket_name": bucket, "location": prefix}
    origin = _origin(env.text("STORAGE_EMULATOR_HOST") or "https://storage.googleapis.com")
    return Media({"BACKEND": "sharing.storages.gcs.GcsMedia", "OPTIONS": storage}, origin=origin)


def _bucket(parts: SplitResult, known: set[str]) -> tuple[str, str, dict[str, str]]:
    prefix, options = parts.path.strip("/"), dict(parse_qsl(parts.query))
    if not _BUCKET.fullmatch(parts.netloc) or not _PREFIX.fullmatch(prefix) or ".." in prefix:
        raise _unreadable()
    if unknown := set(options) - known:
        raise ImproperlyConfigured(
            f"MEDIA_STORAGE: there is no option {min(unknown)!r} of {parts.scheme}://."
        )
    return parts.netloc, prefix, options


def _origin(url: str | None) -> str:
    """Scheme, host and port of an address. Raises ImproperlyConfigured."""
    found = urlsplit(url or "")
    if found.scheme not in {"http", "https"} or not found.hostname or "@" in found.netloc:
        raise ImproperlyConfigured("MEDIA_STORAGE: an endpoint is an address: write it as https://host:port.")
    return f"{found.scheme}://{found.netloc}"


def _needs(module: str) -> None:
    try:
        found = find_spec("storages") and find_spec(module)
    except ModuleNotFoundError:
        found = None
    if not found:
        raise ImproperlyConfigured(
            f"MEDIA_STORAGE needs django-storages and {module}, which aren't installed. "
            "Run `make setup` with MEDIA_STORAGE set."
        )


def _unreadable() -> ImproperlyConfigured:
    """The address isn't repeated: somebody may have written a password into it."""
    return ImproperlyConfigured(f"MEDIA_STORAGE can't be read: write it as {EXAMPLES}.")
