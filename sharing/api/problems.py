"""Every error of the API as JSON: `{"code", "message", "detail"?}`, the message for a person."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from rest_framework import exceptions

from sharing import links
from sharing.api.bodies import Interrupted
from sharing.errors import BadRequest, Invalid, Problem

log = logging.getLogger(__name__)

_WORDS: dict[type[Exception], tuple[int, str, str]] = {
    exceptions.ParseError: (
        400,
        "bad_json",
        "The body isn't valid JSON. Check its quotes, commas and brackets.",
    ),
    RecursionError: (400, "bad_json", "The body is nested too deeply."),
    exceptions.MethodNotAllowed: (405, "method_not_allowed", "This address doesn't know that method."),
    exceptions.UnsupportedMediaType: (
        415,
        "unsupported_type",
        "This address takes JSON. Send the header Content-Type: application/json.",
    ),
    exceptions.NotFound: (404, "not_found", "There is nothing at this address of the API. See /api/docs/."),
    Http404: (404, "not_found", "There is nothing at this address. Check that you copied all of it."),
    PermissionDenied: (403, "forbidden", "This isn't allowed."),
    RequestDataTooBig: (413, "too_large", "This request is too large."),
    UnreadablePostError: (Interrupted.status, Interrupted.code, Interrupted.message),
}


class SentByPut(Problem):
    """Nothing here takes a PUT: most likely `curl -T` sends a song, whatever address it was given."""

    status, code = 405, "method_not_allowed"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(
            "Nothing is sent with PUT here, as curl -T does. Share a song with "
            f"curl -F song=@song.mp3 {links.of_request(request).base}/api/shares/ instead."
        )


class UnknownMethod(Problem):
    """A method that this address, a page for instance, doesn't take."""

    status, code = 405, "method_not_allowed"

    def __init__(self, request: HttpRequest) -> None:
        docs = f"{links.of_request(request).base}/api/docs/"
        super().__init__(f"This address doesn't know that method. {docs} says what can be sent where.")


def answer(error: Exception, _context: dict[str, Any]) -> HttpResponse:
    """Django REST Framework's exception handler."""
    return to_response(to_problem(error))


def to_problem(error: Exception) -> Problem:
    """The problem that an exception is, in words for a person. What nobody expected is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    for kind, (status, code, message) in _WORDS.items():
        if isinstance(error, kind):
            return Problem(message, code=code, status=status)
    if isinstance(error, SuspiciousOperation):
        return BadRequest()
    log.error("Unexpected error", exc_info=error)
    return Problem()


def to_response(problem: Problem) -> JsonResponse:
    """The answer that tells a problem."""
    body: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.detail:
        body["detail"] = problem.detail
    return JsonResponse(body, status=problem.status, headers=problem.headers)


def _invalid(error: exceptions.ValidationError) -> Problem:
    """Which value can't be accepted, and why: the first one in the sentence, all of them in the detail."""
    detail = error.detail if isinstance(error.detail, dict) else {"body": error.detail}
    where, why = _first(detail)
    return Invalid(f"{where}: {why}" if where else why, detail=detail)


def _first(detail: Any, path: str = "") -> tuple[str, str]:
    if isinstance(detail, dict):
        key, value = next(((k, v) for k, v in detail.items() if v), ("", ""))
        own = "" if key in {"non_field_errors", "body"} else str(key)
        return _first(value, f"{path}.{own}" if path and own else path or own)
    if isinstance(detail, list):
        index, value = next(((i, v) for i, v in enumerate(detail) if v), (0, ""))
        return _first(value, f"{path}[{index}]" if isinstance(value, dict) else path)
    return path, str(detail)
