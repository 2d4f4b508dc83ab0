"""Who may ask how often. Counts live in Redis, so that all processes share them; while it is away, in the process.

A client is known by an HMAC of its address: no plain address is stored anywhere.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic, time
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from sharing.errors import ShareNotFound, TooMany

log = logging.getLogger(__name__)

RETRY_REDIS_SECONDS = 10
_BLOCKED_SIZE = 10_000
_WITH_PORT = re.compile(r"\[(.+)\](?::[0-9]+)?|([0-9.]+):[0-9]+")
_redis_down_until = 0.0
_blocked: dict[str, float] = {}  # clients that guessed too often: until when (monotonic)


def client_key(request: HttpRequest) -> str:
    """A name for whoever asks: neither an address nor anything that an address can be read from."""
    return salted_hmac("sharing.client", _address(request), algorithm="sha256").hexdigest()[:32]


def limit_creation(request: HttpRequest) -> None:
    """Count one new share of this client. Raises `TooMany`."""
    if wait := _hit(settings.STEMLINK_CREATE_LIMIT, "create", client_key(request)):
        raise TooMany(wait, f"You have made many shares in a short time. Try again in {_in_words(wait)}.")


def limit_downloads(request: HttpRequest) -> None:
    """Count one download of this client. Raises `TooMany`."""
    if wait := _hit(settings.STEMLINK_DOWNLOAD_LIMIT, "download", client_key(request)):
        raise TooMany(wait, f"That were many downloads in a short time. Try again in {_in_words(wait)}.")


def limit_checks(request: HttpRequest, links: int) -> None:
    """Count so many links that this client has looked at. Raises `TooMany`."""
    if wait := _hit(settings.STEMLINK_CHECK_LIMIT, "check", client_key(request), links):
        raise TooMany(wait, f"You have checked many links in a short time. Try again in {_in_words(wait)}.")


def limit_uploads(request: HttpRequest) -> None:
    """Count one file that begins to come in from this client. Raises `TooMany`."""
    if wait := _hit(settings.STEMLINK_UPLOAD_LIMIT, "upload", client_key(request)):
        raise TooMany(wait, f"You have sent many files in a short time. Try again in {_in_words(wait)}.")


@contextmanager
def watch_guesses(request: HttpRequest) -> Iterator[None]:
    """Around the look-up of an id in a view: `refuse_guessers` before it, `count_miss` when nothing is found."""
    refuse_guessers(request)
    try:
        yield
    except ShareNotFound:
        count_miss(request)
        raise


def refuse_guessers(request: HttpRequest) -> None:
    """Raise `TooMany` for a client that guessed ids too often a moment ago, even when it guesses right now.

    Only misses are counted in Redis, and a block is remembered in the process: a listener costs nothing.
    """
    until = _blocked.get(client_key(request), 0.0)
    if until > monotonic():
        raise TooMany(ceil(until - monotonic()))


def count_miss(request: HttpRequest) -> None:
    """Count one look-up of an id that nobody has. Raises `TooMany` when there were too many."""
    client = client_key(request)
    if wait := _hit(settings.STEMLINK_MISS_LIMIT, "miss", client):
        if len(_blocked) >= _BLOCKED_SIZE:
            _blocked.clear()
        _blocked[client] = monotonic() + wait
        raise TooMany(wait)


def redis_answers() -> bool:
    """Whether Redis is there, for the health check."""
    try:
        return bool(_redis().check())
    except Exception:
        return False


def _hit(limit: str, name: str, client: str, cost: int = 1) -> int:
    """Count; 0 if that is within the limit, else the seconds to wait."""
    global _redis_down_until  # noqa: PLW0603
    item = parse(limit)
    if monotonic() >= _redis_down_until:
        try:
            return _count(_redis(), item, name, client, cost)
        except Exception as error:  # whatever is wrong with Redis, visitors needn't suffer from it
            _redis_down_until = monotonic() + RETRY_REDIS_SECONDS
            log.warning("Redis doesn't answer; limits are kept in this process for a while: %s", error)
    return _count(_memory(), item, name, client, cost)


def _count(storage: Storage, item: RateLimitItem, name: str, client: str, cost: int) -> int:
    limiter = FixedWindowRateLimiter(storage)
    if limiter.hit(item, name, client, cost=cost):
        return 0
    return max(1, ceil(limiter.get_window_stats(item, name, client).reset_time - time()))


@cache
def _redis() -> Storage:
    storage = storage_from_string(settings.LIMITS_URL, socket_connect_timeout=0.3, socket_timeout=0.5)
    return cast(Storage, storage)


@cache
def _memory() -> MemoryStorage:
    return MemoryStorage()


def _address(request: HttpRequest) -> str:
    """The client's address, as far as it can be known: what our own proxies say, and nothing that others claim.

    With n trusted proxies the n-th entry of X-Forwarded-For from the right is what the outermost of them saw.
    An IPv6 client owns a whole /64, so that network counts as one client. Some proxies name the client's port as well.
    """
    proxies = settings.STEMLINK_TRUSTED_PROXIES
    chain = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",")]
    text = str(request.META.get("REMOTE_ADDR", ""))
    if proxies and chain[-1]:
        text = chain[-min(proxies, len(chain))]
    if with_port := _WITH_PORT.fullmatch(text):
        text = with_port[1] or with_port[2]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or int(address) >> 64)
    return str(address)


def _in_words(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    return "a minute" if minutes <= 1 else f"{minutes} minutes"
