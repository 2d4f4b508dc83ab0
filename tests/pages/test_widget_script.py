"""The widget's script, as other sites load it."""

from django.conf import settings
from django.test import Client


def test_any_site_may_load_it_and_asks_again_in_an_hour(client: Client) -> None:
    answer = client.get("/widget.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer.content == (settings.STATIC_SOURCE / "widget.js").read_bytes()
    again = client.get("/widget.js", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
