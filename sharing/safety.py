"""Settings that would work and do harm: refused (errors) or told (warnings) before anything is served."""

import shutil
import stat
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name

from config.hosts import LOOPBACK
from sharing.hosted.addresses import is_local_name

LEAST_SECRET, LEAST_LETTERS, LEAST_KEY = 32, 10, 16
MAKE_ONE = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"


@register(Tags.security)
def check_safety(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """All of them; the numbers are stable."""
    return [*_exposure(), *_secrets(), *_addresses(), *_caps()]


def _exposure() -> Iterator[CheckMessage]:
    """What is fine on one's own machine and nowhere else."""
    if settings.STEMLINK_BIND in LOOPBACK and is_home(_host(settings.PUBLIC_URL)):
        return
    if settings.DEBUG:
        hint = "Set DEBUG=0: its error pages show settings and code to everybody."
        yield Error("DEBUG is on, and other machines can connect.", hint=hint, id="sharing.E010")
    if {"*", "."} & set(settings.ALLOWED_HOSTS):
        hint = (
            "Name the hosts instead, separated by commas: links are made with the name that a visitor sends."
        )
        yield Error("ALLOWED_HOSTS allows any name.", hint=hint, id="sharing.E011")


def _secrets() -> Iterator[CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) < LEAST_SECRET or len(set(key)) < LEAST_LETTERS or key.startswith("django-insecure"):
        hint = f"Leave it out, then one is generated; or make one: {MAKE_ONE}"
        yield Error("SECRET_KEY is too short or too simple.", hint=hint, id="sharing.E012")
    metrics = settings.STEMLINK_METRICS_KEY
    if metrics and len(metrics) < LEAST_KEY:
        hint = f"Use {LEAST_KEY} characters or more, for instance of: {MAKE_ONE}"
        yield Error("STEMLINK_METRICS_KEY is too short.", hint=hint, id="sharing.E013")
    folder = Path(settings.STEMLINK_DATA)
    file = folder / "secret_key"
    if _mode(file) & stat.S_IROTH:
        hint = f"Run: chmod 600 {file}"
        yield Error("Every user of this machine can read the secret key.", hint=hint, id="sharing.E014")
    if _mode(folder) & stat.S_IWOTH:
        hint = f"Run: chmod o-w {folder}"
        yield Error("Every user of this machine can write to STEMLINK_DATA.", hint=hint, id="sharing.E015")


def _addresses() -> Iterator[CheckMessage]:
    host, proxies = _host(settings.PUBLIC_URL), settings.STEMLINK_TRUSTED_PROXIES
    encrypted = settings.PUBLIC_URL.startswith("https:")
    if not encrypted and not is_home(host):
        hint = "Put a proxy with HTTPS in front of it, as docs/deployment.md shows, and write PUBLIC_URL=https://..."
        yield Warning(f"PUBLIC_URL is plain HTTP on {host}.", hint=hint, id="sharing.W010")
    elif not encrypted and proxies:
        hint = (
            "Write PUBLIC_URL=https://..., or STEMLINK_TRUSTED_PROXIES=0 if there is no proxy in front of it."
        )
        yield Warning(
            "STEMLINK_TRUSTED_PROXIES is set, and PUBLIC_URL isn't HTTPS: anybody may claim an address.",
            hint=hint,
            id="sharing.W011",
        )
    if encrypted and not proxies:
        hint = "Write STEMLINK_TRUSTED_PROXIES=1 (the number of proxies of yours): else all visitors look like one."
        yield Warning("PUBLIC_URL is HTTPS, and no proxy is trusted.", hint=hint, id="sharing.W012")
    redis = urlsplit(settings.REDIS_URL)
    if redis.scheme == "redis" and not is_home(redis.hostname or ""):
        hint = "Use rediss:// (TLS), or reach it through a private network such as WireGuard."
        yield Warning(f"REDIS_URL is unencrypted to {redis.hostname}.", hint=hint, id="sharing.W013")


def _caps() -> Iterator[CheckMessage]:
    """What can't work together."""
    beats = settings.STEMLINK_LEASE_SECONDS / settings.STEMLINK_HEARTBEAT_SECONDS
    if beats < 3:
        hint = (
            f"Write STEMLINK_LEASE_SECONDS={3 * settings.STEMLINK_HEARTBEAT_SECONDS} or more: "
            "else one late heartbeat ends an attempt."
        )
        yield Error("A lease is shorter than three heartbeats.", hint=hint, id="sharing.E016")
    if settings.MEDIA.folder is None:
        return
    cap, disk = settings.STEMLINK_MAX_UPLOAD_BYTES, shutil.disk_usage(_existing(Path(settings.MEDIA_ROOT)))
    if cap + settings.STEMLINK_MIN_FREE_BYTES > disk.total:
        hint = (
            f"The disk has {disk.total / 1e6:,.0f} MB. Lower STEMLINK_MAX_UPLOAD_MB or STEMLINK_MIN_FREE_MB."
        )
        yield Error("One song of the largest size would fill the disk.", hint=hint, id="sharing.E017")


def is_home(host: str) -> bool:
    """Whether this is a name or an address of one's own machine or network, which strangers can't reach."""
    try:
        address = ip_address(host)
    except ValueError:
        return is_local_name(host.lower().rstrip("."))
    return address.is_private or address.is_link_local


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())
