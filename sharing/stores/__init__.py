"""Where share documents live: one contract (`base`), and the stores that keep it."""

from functools import cache

from sharing.stores.base import Change, Store

__all__ = ["Change", "Store", "get_store"]


@cache
def get_store() -> Store:
    """The store of this process, made on first use: after a fork, never at import."""
    from sharing.stores.embedded import EmbeddedStore  # noqa: PLC0415 - Django's models need loaded settings

    return EmbeddedStore()
