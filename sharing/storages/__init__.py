"""Where sound lives: one interface (`base`), and the storages that keep it: a folder or a bucket.

`sharing.media` is the only one who calls them, with keys that it made and checked.
"""

from sharing.storages.base import FOREVER, Entry, Incoming, MediaStorage, Opened, served_as

__all__ = ["FOREVER", "Entry", "Incoming", "MediaStorage", "Opened", "served_as"]
