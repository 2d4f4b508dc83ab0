"""Where share documents live: one contract (`base`), and the stores that keep it."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from sharing.stores.base import Change, Page, Store

__all__ = ["Change", "Page", "Store", "get_store"]


@cache
def get_store() -> Store:
    """The store of this process, made on first use: after a fork, never at import."""
    store: type[Store] = import_string(settings.STEMLINK_STORE)
    return store()
