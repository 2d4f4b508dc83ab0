"""Settings of the tests: those of the product, on a data folder that is deleted at the end."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="stemlink-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["STEMLINK_DATA"] = _folder

from config.settings import *  # noqa: E402, F403

# A file, as in the product: in memory, SQLite's threads share one lock and no WAL.
if not os.environ.get("DATABASE_URL"):
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}  # noqa: F405
STEMLINK_MEDIA_SECONDS = 0  # no test waits for media that it took away
STEMLINK_PAUSE_SECONDS = (0, 0)  # or for the next attempt
STATIC_ROOT.mkdir(parents=True)  # noqa: F405 - WhiteNoise warns when it isn't there
