"""Settings that can't work are reported at start, in words, and not by the first visitor."""

import os
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from limits import parse

from sharing import media
from sharing.errors import StoreUnavailable
from sharing.hosted.addresses import networks
from sharing.stores import get_store

LIMITS = (
    "STEMLINK_CREATE_LIMIT",
    "STEMLINK_MISS_LIMIT",
    "STEMLINK_DOWNLOAD_LIMIT",
    "STEMLINK_UPLOAD_LIMIT",
    "STEMLINK_CHECK_LIMIT",
)


@register()
def check_limits(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Rate limits can be read."""
    problems: list[CheckMessage] = []
    for name in LIMITS:
        try:
            parse(getattr(settings, name))
        except ValueError:
            hint = 'Write a number and a time, for instance "30/hour" or "5/10 minutes".'
            problems.append(Error(f"{name} is {getattr(settings, name)!r}.", hint=hint, id="sharing.E001"))
    return problems


@register()
def check_networks(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Networks that may be fetched from can be read."""
    try:
        networks(tuple(settings.STEMLINK_FETCH_NETWORKS))
    except ValueError as error:
        hint = "Write networks with commas between them, for instance 192.168.1.0/24,fd12:3456::/32."
        return [Error(f"STEMLINK_FETCH_NETWORKS: {error}.", hint=hint, id="sharing.E005")]
    return []


@register()
def check_firestore_settings(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **_options: Any,
) -> list[CheckMessage]:
    """Firestore has a name and a key, as far as that can be seen without asking it."""
    if settings.STORE != "firestore" or settings.FIRESTORE_EMULATOR_HOST:
        return []
    problems: list[CheckMessage] = []
    if not settings.GOOGLE_CLOUD_PROJECT:
        hint = "Set GOOGLE_CLOUD_PROJECT to the id of the project that the database is in."
        problems.append(Error("STORE=firestore needs a project.", hint=hint, id="sharing.E002"))
    key = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if key and not os.access(key, os.R_OK):
        hint = "Name the key file of a service account that this user may read."
        problems.append(
            Error(f"GOOGLE_APPLICATION_CREDENTIALS: can't read {key}.", hint=hint, id="sharing.E003")
        )
    return problems


@register(Tags.database)
def check_firestore(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_options: Any,
) -> list[CheckMessage]:
    """Firestore answers us. It is asked with `check --database default`, and before the service starts."""
    if settings.STORE != "firestore" or not databases:
        return []
    try:
        get_store().ping()
    except StoreUnavailable as problem:
        from sharing.stores.firestore_calls import explain  # noqa: PLC0415 - brings gRPC

        return [Error(explain(problem.__cause__), id="sharing.E004")]
    return []


@register(Tags.database, "media")
def check_media(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_options: Any,
) -> list[CheckMessage]:
    """Sound can be written, and links to it made where players need them. It is asked when the store is."""
    if not databases:
        return []
    try:
        media.storage().check()
    except OSError as error:
        return [Error(f"Sound can't be stored: {error}. See MEDIA_STORAGE.", id="sharing.E009")]
    return []
