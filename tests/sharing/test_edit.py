"""`PATCH /api/shares/<id>/`"""

from typing import Any

import pytest
from django.test import Client

from sharing.services import find
from tests.sharing.shares import Made, begin, make

pytestmark = pytest.mark.django_db


def patch(client: Client, made: Made, body: Any, revision: str | None = '"1"') -> Any:
    headers = made.owner | ({} if revision is None else {"If-Match": revision})
    return client.patch(made.path, body, content_type="application/json", headers=headers)


def test_it_changes_what_is_named(client: Client) -> None:
    made = make("Old")
    stem = {
        "id": "drums",
        "name": "Kit",
        "color": "#00ff00",
        "muted": True,
        "soloed": True,
        "volume": 0.5,
        "pan": -1,
    }
    response = patch(client, made, {"title": "New", "exclusive": True, "downloads": False, "stems": [stem]})
    assert response.status_code == 200
    found = response.json()
    assert (found["title"], found["exclusive"], found["revision"]) == ("New", True, 2)
    assert {name: found["stems"][1][name] for name in stem} == stem
    assert found["stems"][0]["name"] == "Vocals"
    assert found["downloads"] is False
    assert find(made.id).title == "New"


@pytest.mark.parametrize(
    "body", [{}, {"stems": []}, {"title": "Same", "stems": [{"id": "drums", "muted": False}]}]
)
def test_what_changes_nothing_is_no_revision(client: Client, body: Any) -> None:
    """Else whoever has the page open elsewhere is told that somebody else changed the share."""
    made = make("Same")
    before = find(made.id)
    response = patch(client, made, body)
    assert (response.status_code, response.json()["revision"]) == (200, 1)
    assert find(made.id) == before
    assert patch(client, made, body, '"7"').status_code == 412


def test_it_works_while_a_worker_is_at_it(client: Client) -> None:
    made = make()
    begin(made.id, available=176_400)
    assert patch(client, made, {"title": "New"}).json()["stems"][0]["available_frames"] == 176_400


def test_an_older_revision_is_refused(client: Client) -> None:
    made = make()
    assert patch(client, made, {"title": "Mine"}).status_code == 200
    response = patch(client, made, {"title": "Yours"})
    assert (response.status_code, response.json()["code"]) == (412, "edited_meanwhile")
    assert response.json()["detail"] == {"revision": 2}
    assert find(made.id).title == "Mine"


def test_any_revision_by_a_star(client: Client) -> None:
    assert patch(client, make(), {"title": "New"}, "*").status_code == 200


@pytest.mark.parametrize(
    ("if_match", "status"),
    [(None, 428), ('"x"', 400), ("", 400), ('"1", "2"', 400), ('"' + "9" * 30 + '"', 400)],
)
def test_the_revision_must_be_named(client: Client, if_match: str | None, status: int) -> None:
    assert patch(client, make(), {"title": "New"}, if_match).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"title": "\u202e"},
        {"title": None},
        {"title": ["x"]},
        {"tittle": "x"},
        {"state": "done"},
        {"exclusive": "maybe"},
        {"downloads": None},
        {"stems": {}},
        {"stems": [{}]},
        {"stems": [{"id": "flute", "muted": True}]},
        {"stems": [{"id": "drums"}, {"id": "drums"}]},
        {"stems": [{"id": "drums", "color": "red"}]},
        {"stems": [{"id": "drums", "color": "#12345"}]},
        {"stems": [{"id": "drums", "color": "#123456;background:url(//x)"}]},
        {"stems": [{"id": "drums", "volume": 2.01}]},
        {"stems": [{"id": "drums", "volume": -0.1}]},
        {"stems": [{"id": "drums", "volume": "nan"}]},
        {"stems": [{"id": "drums", "volume": True}]},
        {"stems": [{"id": "drums", "volume": 10**400}]},
        {"stems": [{"id": "\ud800", "volume": 1}]},
        {"stems": [{"id": "drums", "pan": 1.5}]},
        {"stems": [{"id": "drums", "url": "https://x.org/a.wav", "upload": "x"}]},
        {"stems": [{"id": "drums", "keep": True}]},
        {"order": ["drums"]},
        {"order": ["drums", "vocals", "bass", "other", "other"]},
        {"remove": ["flute"]},
        {"indexed": "maybe"},
        {"expires_at": "tomorrow"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"stems": [{"id": "drums", "name": " "}]},
        {"stems": [{"id": "drums"}] * 33},
        [],
        '"text"',
    ],
)
def test_values_that_cannot_be_are_refused_in_words(client: Client, body: Any) -> None:
    made = make()
    before = find(made.id)
    response = patch(client, made, body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert response.json()["message"]
    assert find(made.id) == before


@pytest.mark.parametrize("body", ["{", '{"stems": [{"id": "drums", "volume": NaN}]}', "[" * 100_000, b"\xff"])
def test_what_is_no_json_is_refused(client: Client, body: str | bytes) -> None:
    response = patch(client, make(), body)
    assert (response.status_code, response.json()["code"]) == (400, "bad_json")


def test_another_type_is_refused(client: Client) -> None:
    made = make()
    response = client.patch(
        made.path, "title=x", content_type="text/plain", headers=made.owner | {"If-Match": "*"}
    )
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_type")


def test_too_much_json_is_refused(client: Client) -> None:
    response = patch(client, make(), {"title": "x" * 2_000_000})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_names_are_cleaned(client: Client) -> None:
    found = patch(
        client, make(), {"title": " a\u202e  b ", "stems": [{"id": "drums", "name": "x" * 500}]}
    ).json()
    assert found["title"] == "a b"
    assert found["stems"][1]["name"] == "x" * 80
