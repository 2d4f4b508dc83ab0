"""How gunicorn serves: threads, since a slow upload or a long download must not keep others waiting."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

_host = f"[{settings.STEMLINK_BIND}]" if ":" in settings.STEMLINK_BIND else settings.STEMLINK_BIND
bind = f"{_host}:{settings.PORT}"
worker_class = "gthread"
workers = 2  # one that is killed leaves the other
threads = 16
timeout = 60  # of a worker's own heartbeat: an upload may take as long as it takes
graceful_timeout = 5
keepalive = 5
control_socket_disable = True
accesslog = "-"
# Neither a query (it may hold a title), nor a client's address, nor a referrer; edit tokens travel in a header.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


def post_worker_init(worker: Any) -> None:  # noqa: ARG001 - as gunicorn calls it
    """Import the store before the first visitor comes: Firestore's client takes seconds."""
    import_string(settings.STEMLINK_STORE)
