"""What can go wrong, in words for a person: each problem has a stable code, a sentence, and an HTTP status."""

from collections.abc import Mapping
from typing import Any


class Problem(Exception):  # noqa: N818 - a problem is what people are told, not always an error
    """A refusal or failure that a person may read: `message` says what happened and what to do next.

    `code` is stable and meant for programs, `status` is the HTTP status, `detail` says more where there is
    more (for instance which field), and `headers` go with the answer.
    """

    status = 500
    code = "server_error"
    message = "Something went wrong on this server. Try again in a minute."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        status: int | None = None,
        detail: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.detail = dict(detail or {})
        self.headers = dict(headers or {})
        super().__init__(self.message)


class ShareNotFound(Problem):
    """No share has this id."""

    status, code = 404, "not_found"
    message = "There is no share at this link. Check that you copied all of it."


class ShareGone(Problem):
    """The share was there and is deleted or expired."""

    status, code = 410, "gone"
    message = "This share was deleted or has expired. Ask its owner for a new link."


class TakenDown(ShareGone):
    """Whoever runs this server has taken the share down, and said why."""

    status, code = 451, "taken_down"
    message = "This share was taken down by whoever runs this server."

    def __init__(self, reason: str) -> None:
        super().__init__(f"{TakenDown.message} Reason: {reason}", detail={"reason": reason})


class IdTaken(Problem):
    """The id of a new share is in use, or was until a short while ago."""

    status, code = 503, "id_taken"
    message = "The link could not be made this time. Please try again."


class RevisionMismatch(Problem):
    """The share was edited since the caller read it."""

    status, code = 412, "edited_meanwhile"
    message = "This share was changed somewhere else meanwhile. Load it again, then repeat your change."


class RevisionRequired(Problem):
    """A change came without saying which revision it is a change of."""

    status, code = 428, "revision_required"
    message = 'Say which revision you are changing: send the header If-Match with the manifest\'s "revision".'


class TokenRequired(Problem):
    """A change came without an edit token."""

    status, code = 401, "token_required"
    message = (
        "Only the owner can do this. Open the manage link that you got when you made the share, or send its edit "
        "token: Authorization: Bearer <edit token>."
    )

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class TokenWrong(Problem):
    """The edit token isn't this share's."""

    status, code = 403, "token_wrong"
    message = (
        "This edit token doesn't belong to this share. Open the manage link that you got when you made it."
    )


class NotRunning(Problem):
    """There is nothing to cancel."""

    status, code = 409, "not_running"
    message = "This share is no longer being worked on, so there is nothing to cancel. You can delete it."


class BeingMade(Problem):
    """The stems of a separation can't be replaced or removed before they are there."""

    status, code = 409, "being_made"
    message = (
        "This song is still being separated. Wait until its stems are there, then replace or remove them."
    )


class BadRequest(Problem):
    """The request can't be understood."""

    status, code = 400, "bad_request"
    message = "This request could not be understood. Check it against the API's description."


class Invalid(Problem):
    """The request was understood, but a value in it can't be accepted; `detail` names the fields."""

    status, code = 422, "invalid"
    message = "A value in this request can't be accepted."


class TooMany(Problem):
    """The client asks too often; it should wait for `retry_after` seconds."""

    status, code = 429, "too_many_requests"
    message = "That was a lot in a short time. Please wait a little and try again."

    def __init__(self, retry_after: int, message: str | None = None) -> None:
        super().__init__(message, headers={"Retry-After": str(max(1, retry_after))})


class StoreUnavailable(Problem):
    """The store can't be reached or doesn't answer."""

    status, code = 503, "store_unavailable"
    message = "The database is not reachable right now. Nothing was changed; try again in a minute."

    def __init__(self, message: str | None = None, *, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"Retry-After": "10"})


class OutcomeUnknown(StoreUnavailable):
    """The answer to a write never came: all of it was done, or nothing."""

    message = (
        "The database didn't answer in time, so it isn't known whether this was done. "
        "Look again in a minute, and repeat it if need be."
    )


class Unreadable(StoreUnavailable):
    """The share's document is damaged, or of a newer version of ours."""


class MediaUnavailable(Problem):
    """Media can't be written or read: full, read-only or away."""

    status, code = 503, "media_unavailable"
    message = "This server can't store sound right now (its disk may be full). Tell whoever runs it."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, headers={"Retry-After": "60"})


class SourceGone(Problem):
    """The song of a separation isn't in media (any more)."""

    status, code = 410, "source_gone"
    message = "The song is no longer on the server. Upload it again."


class DiskFull(MediaUnavailable):
    """What is left of the disk is for what was begun, and for the database."""

    code = "disk_full"
    message = (
        "This server's disk is nearly full, so nothing more can be kept right now. Tell whoever runs it."
    )


class Stopped(Problem):
    """A worker must stop and forget its attempt: its claim is no longer valid."""

    status, code = 409, "stopped"
    message = "This attempt is no longer wanted."


class LeaseLost(Stopped):
    """Another attempt took over, or the share waits for one: the lease ran out."""

    code = "lease_lost"


class Cancelled(Stopped):
    """The owner cancelled the work."""

    code = "cancelled"


class Deleted(Stopped):
    """The share was deleted or has expired."""

    code = "deleted"


class Superseded(Stopped):
    """One sound is no longer wanted: its stem was removed, or given another."""

    code = "superseded"
