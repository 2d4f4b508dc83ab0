"""How Firestore is called: one client for each process, a deadline and retries on every call, errors in words.

Imported only where `STORE=firestore`: the client brings gRPC with it, which takes a second and a hundred megabytes.
"""

import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud.firestore import Client

from sharing import metrics
from sharing.errors import OutcomeUnknown, StoreUnavailable

log = logging.getLogger(__name__)

ATTEMPT_SECONDS = 4.0  # for one answer
PATIENCE_SECONDS = 8.0  # after so long no further attempt begins: whoever waits should hear of it
TRANSIENT = (
    exceptions.Aborted,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.ServiceUnavailable,
    exceptions.Unknown,
)
PLUGIN_FAILED = "metadata from plugin failed"  # so says gRPC when no token could be had

_times: dict[str, Any] = {"initial": 0.05, "maximum": 0.5, "multiplier": 1.5, "timeout": PATIENCE_SECONDS}
# What is repeated is the whole step, a read and the write that rests on it; so the client itself repeats nothing.
patiently = Retry(predicate=if_exception_type(*TRANSIENT), **_times)
until_undisturbed = Retry(predicate=if_exception_type(*TRANSIENT, exceptions.FailedPrecondition), **_times)
ONCE: dict[str, Any] = {"retry": Retry(predicate=if_exception_type()), "timeout": ATTEMPT_SECONDS}


def connect() -> Client:
    """A client as the settings want it; nothing is sent yet."""
    if host := settings.FIRESTORE_EMULATOR_HOST:
        os.environ["FIRESTORE_EMULATOR_HOST"] = host  # the client asks nowhere else
    else:
        os.environ.pop("FIRESTORE_EMULATOR_HOST", None)  # the client takes an empty one for an address
    with reachable():
        return Client(project=settings.GOOGLE_CLOUD_PROJECT, database=settings.FIRESTORE_DATABASE)


@contextmanager
def reachable(lost: Collection[object] = ()) -> Iterator[None]:
    """Whatever Firestore says about itself becomes `StoreUnavailable`, and a line in the log for the operator.

    `lost` holds the writes to which no answer came: with any it is `OutcomeUnknown`, whatever was answered later.
    """
    try:
        yield
    except (exceptions.GoogleAPIError, GoogleAuthError) as error:
        log.error("%s", explain(error))
        metrics.STORE_ERRORS.inc()
        if lost:
            raise OutcomeUnknown from error
        raise StoreUnavailable from error


def explain(error: BaseException | None) -> str:
    """What the operator has to know and to do, in one line."""
    cause = _cause(error)
    return f"{_advice(cause)} [{type(cause).__name__}: {' '.join(str(cause).split()):.200}]"


def _cause(error: BaseException | None) -> BaseException | None:
    return error.cause if isinstance(error, exceptions.RetryError) else error


def _advice(error: BaseException | None) -> str:
    where = f"project {settings.GOOGLE_CLOUD_PROJECT}, database {settings.FIRESTORE_DATABASE}"
    if isinstance(error, GoogleAuthError | exceptions.Unauthenticated) or PLUGIN_FAILED in str(error):
        return (
            "Google doesn't accept our credentials. Set GOOGLE_APPLICATION_CREDENTIALS to the key file of a "
            "service account, or run: gcloud auth application-default login"
        )
    match error:
        case exceptions.PermissionDenied():
            return (
                f"Our service account may not use Firestore ({where}). Give it the role roles/datastore.user, "
                "and see that the Firestore API is enabled."
            )
        case exceptions.NotFound():
            return (
                f"There is no such Firestore database ({where}). Check GOOGLE_CLOUD_PROJECT and FIRESTORE_DATABASE, "
                "or create it: gcloud firestore databases create --location=LOCATION"
            )
        case exceptions.ResourceExhausted():
            return (
                f"Firestore's quota is used up ({where}). Raise it, or enable billing, in Google's console."
            )
        case exceptions.InvalidArgument() | exceptions.FailedPrecondition():
            return f"Firestore refuses a request of ours ({where}). Is it a database in native mode?"
        case _:
            return f"Firestore doesn't answer ({where}). Is this machine connected, and Google's status page green?"
