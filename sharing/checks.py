"""Settings that can't work are reported at start, in words, and not by the first visitor."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from limits import parse

LIMITS = ("STEMLINK_CREATE_LIMIT", "STEMLINK_MISS_LIMIT")


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
