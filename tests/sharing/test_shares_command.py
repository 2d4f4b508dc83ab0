"""`manage.py shares` on every store: what is listed and shown, and what is left after deleting and taking down."""

import io
import json
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from sharing import clock, documents, reaper
from sharing.domain import State
from sharing.stores import get_store
from tests.sharing.shares import TOKEN, Installation, begin, change, keep, make, make_done, share

pytestmark = pytest.mark.django_db
STORES = {"embedded": "embedded.EmbeddedStore", "firestore": "firestore.FirestoreStore"}
DAY = timedelta(days=1)


@pytest.fixture(params=STORES, autouse=True)
def store(request: pytest.FixtureRequest, settings: Settings) -> Any:
    """Every test runs on each store, as the settings choose it."""
    if request.param == "firestore":
        request.getfixturevalue("stand_in")
    settings.STEMLINK_STORE = f"sharing.stores.{STORES[request.param]}"
    get_store.cache_clear()
    yield
    get_store.cache_clear()


def shares(*arguments: str) -> str:
    """What the command prints."""
    output = io.StringIO()
    call_command("shares", *arguments, stdout=output)
    return output.getvalue()


def ids(*arguments: str) -> list[str]:
    return [row["id"] for row in json.loads(shares("list", "--json", *arguments))]


def test_it_lists_shares_newest_first_with_state_size_and_title() -> None:
    made, done = make("First"), make_done()
    text = shares("list")
    assert text.index(done.id) < text.index(made.id)
    line = next(line for line in text.splitlines() if made.id in line)
    assert "queued" in line
    assert f"http://localhost:8000/{made.id}" in line
    assert line.rstrip().endswith("First")
    rows = json.loads(shares("list", "--json"))
    assert [(row["id"], row["state"], row["bytes"] > 20_000) for row in rows] == [
        (done.id, "done", True),
        (made.id, "queued", False),
    ]


def test_the_list_can_be_narrowed() -> None:
    now = clock.now()
    old, young = (keep(share(created_at=now - days * DAY)) for days in (10, 2))
    failed = keep(share(created_at=now - 5 * DAY, state=State.FAILED))
    assert ids() == [young.id, failed.id, old.id]
    assert ids("--older", "4d") == [failed.id, old.id]
    assert ids("--newer", "1w") == [young.id, failed.id]
    assert ids("--older", "3d", "--newer", "240h") == [failed.id]
    assert ids("--state", "failed") == [failed.id]
    assert ids("--state", "failed", "--state", "queued", "--limit", "2") == [young.id, failed.id]


def test_a_list_longer_than_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sharing.management.commands.shares.PAGE", 3)
    kept = [keep(share(created_at=clock.now() - n * DAY)).id for n in range(8)]
    assert ids("--limit", "0") == kept
    assert ids("--limit", "5") == kept[:5]


def test_it_shows_all_but_secrets() -> None:
    made = make()
    claim = begin(made.id, available=1000)
    for text in (shares("show", made.id, "--json"), shares("show", f"http://localhost:8000/{made.id}/embed")):
        assert "A song" in text
        assert "worker-1" in text
        assert "vocals" in text
        for secret in (made.token, get_store().get(made.id).token_hash, claim.lease, TOKEN):
            assert secret not in text
        assert get_store().get(made.id).job.source not in text.split()
    shown = json.loads(shares("show", made.id, "--json"))
    assert (shown["state"], shown["work"]["attempt"], shown["work"]["source_kept"]) == ("running", 1, True)


def test_deleting_takes_the_sound_along(client: Client, installation: Installation) -> None:
    made, other = make_done(), make_done()
    before = len(installation.files())
    assert made.id in shares("delete", made.id, "--yes")
    assert len(installation.files()) == before // 2
    assert client.get(made.path).json()["code"] == "gone"
    assert client.get(other.path).status_code == 200
    assert ids() == [other.id]


def test_one_that_is_gone_already_keeps_no_other() -> None:
    """It was named twice, or its owner was faster."""
    twice, other = make(), make()
    named = (twice.id, f"http://localhost:8000/{twice.id}", other.id)
    said = shares("takedown", *named, "--reason", "x", "--yes").splitlines()
    assert [line.partition(":")[0] for line in said] == ["Taken down", "Gone already", "Taken down"]
    assert ids() == []


def test_what_cannot_be_read_can_be_deleted_and_leaves_no_sound(
    client: Client, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(documents, "SCHEMA", documents.SCHEMA + 1)
        made = make()
        begin(made.id)
    with pytest.raises(CommandError, match="newer Stemlink"):
        shares("show", made.id)
    assert shares("delete", made.id, "--yes") == f"Deleted: {made.id} -\n"
    assert client.get(made.path).status_code == 410
    list(reaper.sweep(clock.now() + DAY))
    assert installation.files() == []


def test_what_is_taken_down_says_so_everywhere(client: Client, installation: Installation) -> None:
    made = make_done()
    shares("takedown", f"http://localhost:8000/{made.id}", "--reason", "The band <asked> us.", "--yes")
    assert installation.files() == []
    answer = client.get(made.path)
    assert (answer.status_code, answer.json()["code"]) == (451, "taken_down")
    assert answer.json()["detail"] == {"reason": "The band <asked> us."}
    assert "taken down" in answer.json()["message"]
    for path in (f"/{made.id}", f"/{made.id}/embed"):
        page = client.get(path)
        assert page.status_code == 451
        assert "taken down" in page.content.decode()
        assert "The band &lt;asked&gt; us." in page.content.decode()
    assert client.patch(made.path, headers=made.owner).status_code == 451
    assert client.delete(made.path, headers=made.owner).status_code == 451
    assert client.get(f"{made.path}stems.zip").status_code == 451


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "left"), [("y\n", 0), ("Yes\n", 0), ("n\n", 1), ("\n", 1)])
def test_it_asks_before_it_deletes(typed: str, left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    if left:
        with pytest.raises(CommandError, match="Nothing was changed"):
            shares("delete", made.id)
    else:
        assert "A song" in shares("delete", made.id)
    assert len(ids()) == left


def test_what_cannot_be_done_is_one_line_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make()
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    for arguments, words in (
        (("delete", made.id), "repeat it with --yes"),
        (("delete", made.id, "2222222222A", "--yes"), "2222222222A: There is no share"),
        (("show", "../etc/passwd"), "neither a share's link nor its id"),
        (("takedown", made.id, "--reason", " \n ", "--yes"), "Say why"),
        (("list", "--older", "soon"), "'soon' is no age"),
        (("list", "--state", "lost"), "invalid choice: 'lost'"),
    ):
        with pytest.raises(CommandError, match=words):
            shares(*arguments)
    change(made.id, expires_at=clock.now() - DAY)
    with pytest.raises(CommandError, match="deleted or has expired"):
        shares("show", made.id)
    assert ids() == [made.id]
