"""HEAD, as the web server sees it: Django's own client would hide a body that is too much."""

from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.http import HttpRequest, HttpResponse

from config.wsgi import application
from sharing.middleware import HeadMiddleware, SecurityHeadersMiddleware

pytestmark = pytest.mark.django_db


def ask(method: str, path: str, host: str = "localhost") -> tuple[dict[str, str], bytes]:
    """The headers and the body that the web server is given."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": host}
    setup_testing_defaults(environ)
    headers: dict[str, str] = {}

    def begin(_status: str, given: list[tuple[str, str]], _error: Any = None, /) -> Callable[[bytes], object]:
        headers.update(given)
        return lambda _data: None

    return headers, b"".join(application(environ, begin))


@pytest.mark.parametrize("path", ["/healthz", "/api/models/", "/widget.js", "/api/nowhere", "/nowhere"])
def test_the_answer_to_a_head_has_no_body_and_the_length_of_one(path: str) -> None:
    """The server writes a warning into the log for each that has one, as of every site that unfurls a link."""
    headers, body = ask("HEAD", path)
    assert body == b""
    _, of_get = ask("GET", path)
    assert of_get
    assert int(headers["Content-Length"]) == len(of_get)


def test_an_answer_from_before_a_view_was_found_has_no_body_either() -> None:
    assert ask("HEAD", "/", "stranger.example")[1] == b""
    assert b"stranger.example" in ask("GET", "/", "stranger.example")[1]


@pytest.mark.parametrize(
    ("middleware", "body"), [(HeadMiddleware, b""), (SecurityHeadersMiddleware, b"words")]
)
def test_only_what_is_called_so_takes_the_body_of_a_head(middleware: Any, body: bytes) -> None:
    request = HttpRequest()
    request.method = "HEAD"
    assert middleware(lambda _request: HttpResponse(b"words"))(request).content == body
