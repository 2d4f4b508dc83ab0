"""Where reading costs, a share that everybody opens at once is read once, and its owner still sees what he wrote."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from sharing import services
from sharing.clock import now
from sharing.domain import Edit
from sharing.stores import Store, get_store
from sharing.ttl import TtlCache
from tests.sharing.shares import Made, make, make_done

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Shares are remembered for a minute; which calls of the store were made meanwhile."""
    counted: Counter[str] = Counter()
    store = get_store()

    class Counting:
        def __getattr__(self, name: str) -> Any:
            counted[name] += 1
            return getattr(store, name)

    monkeypatch.setattr(services, "get_store", Counting)
    monkeypatch.setattr(services, "_found", TtlCache(60))
    monkeypatch.setattr(services, "_ahead", TtlCache(60))
    return counted


def title(client: Client, made: Made, **headers: str) -> str:
    """The title that the manifest tells."""
    return str(client.get(made.path, headers=headers).json()["title"])


def elsewhere(made: Made, title: str) -> None:
    """Another process of the same installation changes the share."""
    store: Store = get_store()
    store.update(made.id, lambda found: found.edit(Edit(title=title)))


def test_a_thousand_listeners_read_once(client: Client, calls: Counter[str]) -> None:
    made = make_done()
    calls.clear()
    for _ in range(1000):
        services.find(made.id)
    for _ in range(20):
        assert title(client, made) == "A song"
    assert calls == {"get": 1}


def test_a_queue_is_counted_once_for_all_who_wait_for_a_song(client: Client, calls: Counter[str]) -> None:
    made = make()
    for _ in range(20):
        assert client.get(made.path).json()["queue_position"] == 1
    assert calls["waiting_count"] == 1


@pytest.mark.usefixtures("calls")
def test_an_owner_reads_what_was_written_elsewhere(client: Client) -> None:
    made = make_done()
    assert title(client, made) == "A song"
    elsewhere(made, "New")
    assert title(client, made) == "A song"
    assert title(client, made, **made.owner) == "New"
    assert title(client, made) == "New"


@pytest.mark.usefixtures("calls")
def test_whoever_loads_the_page_again_sees_what_was_written_elsewhere(client: Client) -> None:
    made = make_done()
    client.get(f"/{made.id}")
    elsewhere(made, "Newest")
    again = client.get(f"/{made.id}", headers={"Cache-Control": "max-age=0"})
    assert "Newest" in again.content.decode()


@pytest.mark.usefixtures("calls")
def test_what_this_process_wrote_is_seen_by_all(client: Client) -> None:
    made = make_done()
    assert title(client, made) == "A song"
    services.edit(made.id, made.token, Edit(title="New"), revision=None)
    assert title(client, made) == "New"
    services.delete(made.id, made.token)
    assert client.get(made.path).status_code == 410


def test_a_share_that_is_gone_is_looked_for_once(client: Client, calls: Counter[str]) -> None:
    made = make_done()
    services.delete(made.id, made.token)
    calls.clear()
    assert [client.get(made.path).status_code for _ in range(20)] == [410] * 20
    assert calls == {"get": 1}


@pytest.mark.usefixtures("calls")
def test_a_share_ends_at_its_time_however_well_it_is_remembered(client: Client) -> None:
    made = make_done()
    over = replace(services.find(made.id), expires_at=now())
    services.forget(made.id)
    services._found.get(made.id, lambda: over)
    assert client.get(made.path).status_code == 410


def test_a_link_that_does_not_exist_yet_is_found_as_soon_as_it_does(
    client: Client, calls: Counter[str]
) -> None:
    made = make_done()
    other = replace(services.find(made.id), id="abcdefghijk")
    assert client.get("/api/shares/abcdefghijk/").status_code == 404
    get_store().create(other)
    assert client.get("/api/shares/abcdefghijk/").status_code == 200
