"""Settings from the environment, strictly: a value that can't be read is an error at start, never a guess."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable as it is; `NAME_FILE` names a file that holds it (Docker secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: can't read {path}: {error.strerror}.") from error
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool) -> bool:
    """A yes or no: 1/0, true/false, yes/no, on/off."""
    value = text(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: write 1 or 0.")


def number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number, at least `least`."""
    value = text(name, str(default))
    if not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number, {least} or more.")
    return int(value)


def choice(name: str, options: tuple[str, ...]) -> str:
    """One of a few words; the first is the default."""
    value = text(name, options[0])
    if value not in options:
        raise ImproperlyConfigured(f"{name} is {value!r}: write {' or '.join(options)}.")
    return value


def words(name: str) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def secret_key(folder: Path) -> str:
    """`SECRET_KEY`, or one generated once into `folder`, so that a fresh machine needs no set-up."""
    if key := text("SECRET_KEY"):
        return key
    try:
        return _kept_key(folder)
    except OSError as error:
        raise ImproperlyConfigured(
            f"STEMLINK_DATA is {folder}, which can't keep a secret key: {error.strerror}."
        ) from error


def _kept_key(folder: Path) -> str:
    path = folder / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # all of it is for this user alone
    # Written aside, then linked into place: of two processes that start together one wins and both read it.
    aside = folder / f".secret_key.{secrets.token_hex(8)}"
    aside.touch(mode=0o600)
    aside.write_text(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    return path.read_text().strip()
