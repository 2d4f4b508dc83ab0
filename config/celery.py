"""The Celery application: a doorbell, not a ledger. What is to be done stands in the store."""

import logging
import os
import warnings
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import celeryd_init, setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stemlink")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    task_default_queue=settings.CELERY_QUEUE,
    task_ignore_result=True,
    task_acks_late=False,  # acknowledged on receipt: recovery is the lease's and the reaper's
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=True,  # a song mustn't wait behind a long one while another worker is free
    worker_concurrency=1,
    # A child that takes the place of another imports torch before it says that it is up. On a slow disk or a busy
    # machine Celery's 4 s are too few: it would kill this one, and each one after it.
    worker_proc_alive_timeout=300,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 10, "visibility_timeout": 3600},
    # A doorbell that can't be rung must not keep the visitor waiting: the reaper rings again.
    task_publish_retry=False,
    accept_content=["json"],
    imports=["separation.tasks"],
)


@celeryd_init.connect  # type: ignore[untyped-decorator]
@setup_logging.connect  # type: ignore[untyped-decorator]
def log(**_signal: Any) -> None:
    """Celery's log goes where all logs go; whoever connects here stops Celery from setting up its own."""
    # Whoever runs it as root meant it; no message is executed.
    warnings.simplefilter("ignore", SecurityWarning)
    logging.captureWarnings(True)
    dictConfig(settings.LOGGING)
