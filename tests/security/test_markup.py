"""Titles and names with markup stay text, wherever they are shown."""

import pytest
from django.test import Client

from tests.sharing.shares import make_done, post_form, post_song

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></script><svg/onload=alert(1)>",
    "{{ 7777777|add:1111111 }}{% debug %}",
    "javascript:alert(1)//",
    "' onmouseover='alert(1)",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_pages_show_it_as_text(client: Client, title: str) -> None:
    made = make_done()
    body = {"title": title, "stems": [{"id": "vocals", "name": title[:80]}]}
    patched = client.patch(made.path, body, "application/json", headers=made.owner | {"If-Match": "*"})
    assert patched.json()["title"] == title
    for path in (f"/{made.id}", f"/{made.id}/embed"):
        page = client.get(path).content.decode()
        assert title not in page or "<" not in title
        for tag in ("<script>alert", "<img src=x", "<svg/onload", "' onmouseover='", "8888888"):
            assert tag not in page.replace(made.id, "")


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("post", [post_song, post_form])
def test_the_api_answers_json_that_no_browser_renders(client: Client, post: object, title: str) -> None:
    response = post_song(client, query={"title": title, "filename": title})
    found = client.get(f"/api/shares/{response.json()['id']}/")
    assert found.json()["title"] == title
    assert found["Content-Type"] == "application/json"
    assert found["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("model", HOSTILE)
def test_errors_repeat_it_as_json_only(client: Client, model: str) -> None:
    response = post_song(client, query={"model": model})
    assert (response.status_code, response["Content-Type"]) == (422, "application/json")
