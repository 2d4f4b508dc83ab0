"""How gunicorn serves: threads, since a long download must not keep others waiting; and `config.connections`."""

import resource
from contextlib import suppress
from logging.config import dictConfig
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from gunicorn import glogging

_host = f"[{settings.STEMLINK_BIND}]" if ":" in settings.STEMLINK_BIND else settings.STEMLINK_BIND
bind = f"{_host}:{settings.PORT}"
worker_class = "config.connections.Worker"
workers = 2  # one that is killed leaves the other
threads = 16  # that answer; uploads have others
worker_connections = 800  # so that it can do with the 1,024 files that a process may have open in most places
timeout = 60  # of a worker's own heartbeat: an upload may take as long as it takes
graceful_timeout = settings.STEMLINK_GRACE_SECONDS
keepalive = 5
control_socket_disable = True
# A client behind a proxy of this machine would get by SCRIPT_NAME at addresses which that proxy lets nobody see.
forwarder_headers = ""
accesslog = None  # who asked for what is told by sharing.observing, if at all
logger_class = "config.gunicorn.Logger"


FILES = 65_536


def on_starting(server: Any) -> None:  # noqa: ARG001 - as gunicorn calls it
    """May have more files open, as far as that may be had without asking: a client may cost more than one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):  # macOS names a limit that it doesn't take
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def post_worker_init(worker: Any) -> None:  # noqa: ARG001 - as gunicorn calls it
    """Import the store before the first visitor comes: Firestore's client takes seconds."""
    import_string(settings.STEMLINK_STORE)


class Logger(glogging.Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log goes where all logs go."""

    def setup(self, cfg: Any) -> None:
        """Called at start and at a reload."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        dictConfig(settings.LOGGING)
