"""Which address a request is for is said by its first line alone, at the real web server."""

import http.client
from contextlib import closing

import pytest

from tests.sharing.web import Web


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/hidden/healthz", {"SCRIPT_NAME": "/hidden"}, 404),
        ("/healthz", {"SCRIPT_NAME": "/hidden"}, 200),
        ("/healthz", {"PATH_INFO": "/hidden"}, 200),
    ],
)
def test_no_header_moves_it(web: Web, path: str, headers: dict[str, str], status: int) -> None:
    """Else a client behind a proxy of this machine gets at what that proxy lets nobody see, as `/metrics`."""
    with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)) as line:
        line.request("GET", path, headers=headers)
        assert line.getresponse().status == status
