"""Ids that can't be guessed, and edit tokens of which only a fingerprint is kept."""

import hashlib
import secrets
from hmac import compare_digest

import shortuuid

ID_LENGTH = 11  # 57 ** 11: 64 bits
ALPHABET = shortuuid.get_alphabet()  # no look-alikes: neither 0, O, 1, I nor l
ID_PATTERN = f"[{ALPHABET}]{{{ID_LENGTH}}}"


def new_id() -> str:
    """A fresh share id."""
    return str(shortuuid.random(length=ID_LENGTH))


def new_token() -> str:
    """A fresh edit token: 256 bits, safe in a URL fragment."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """The SHA-256 of an edit token. The token is random and long, so it needs neither salt nor stretching."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def token_matches(token: str, kept: str) -> bool:
    """Whether `token` has the fingerprint `kept`, in a time that doesn't depend on where they differ."""
    return compare_digest(fingerprint(token), kept)
