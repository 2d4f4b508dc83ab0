"""The stand-in does what Firestore's documentation says, as seen by the real client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import (
    SERVER_TIMESTAMP,
    Client,
    FieldFilter,
    Increment,
    Query,
    Transaction,
    transactional,
)

from tests.firestore.server import PROJECT, StandIn


@pytest.fixture
def client(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The real client, unchanged."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stand_in.host)
    return Client(project=PROJECT, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]


def numbers(client: Client, count: int) -> None:
    """Documents 0, 1, 2 ... that hold their number."""
    for number in range(count):
        client.document(f"n/{number:02}").set({"number": number, "odd": bool(number % 2)})


def test_a_batch_is_applied_whole_or_not_at_all(client: Client) -> None:
    client.document("a/taken").set({"first": True})
    batch = client.batch()
    batch.set(client.document("a/new"), {"x": 1})
    batch.create(client.document("a/taken"), {"first": False})
    with pytest.raises(exceptions.AlreadyExists):
        batch.commit()
    assert not client.document("a/new").get().exists
    assert client.document("a/taken").get().to_dict() == {"first": True}


def test_an_update_of_an_older_version_is_refused(client: Client) -> None:
    reference = client.document("a/b")
    reference.set({"x": 1})
    old = client.write_option(last_update_time=reference.get().update_time)
    reference.update({"x": 2}, option=old)
    with pytest.raises(exceptions.FailedPrecondition):
        reference.update({"x": 3}, option=old)
    with pytest.raises(exceptions.FailedPrecondition):
        reference.delete(option=old)
    assert reference.get().get("x") == 2


def test_what_is_not_there_cannot_be_updated(client: Client) -> None:
    with pytest.raises(exceptions.NotFound):
        client.document("a/b").update({"x": 1})


def test_fields_are_set_and_removed_at_any_depth(client: Client) -> None:
    reference = client.document("a/b")
    reference.set({"deep": {"kept": 1, "changed": 1}, "count": 1})
    reference.update({"deep.changed": 2, "count": Increment(4), "when": SERVER_TIMESTAMP})
    values = reference.get().to_dict() or {}
    assert (values["deep"], values["count"]) == ({"kept": 1, "changed": 2}, 5)
    assert values["when"] == reference.get().update_time


def test_no_increment_of_ten_transactions_is_lost(client: Client) -> None:
    reference = client.document("a/counter")
    reference.set({"count": 0})

    @transactional
    def add(transaction: Transaction) -> None:
        count = reference.get(transaction=transaction).get("count")
        transaction.update(reference, {"count": count + 1})

    def run(_number: int) -> bool:
        try:
            add(client.transaction(max_attempts=30))
        except ValueError:  # the client's way to say that it was disturbed too often
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(run, range(10)))
    assert reference.get().get("count") == sum(done) > 0


def test_a_transaction_sees_what_a_query_would_find_by_now(client: Client) -> None:
    numbers(client, 3)
    query = client.collection("n").where(filter=FieldFilter("number", ">", 0))

    @transactional
    def count(transaction: Transaction) -> None:
        found = len(list(query.stream(transaction=transaction)))
        if found == 2:
            client.document("n/99").set({"number": 99})  # somebody else, behind its back
        transaction.set(client.document("n/total"), {"found": found})

    count(client.transaction())
    assert client.document("n/total").get().get("found") == 3


def test_queries_filter_sort_and_page(client: Client) -> None:
    numbers(client, 10)

    def found(query: Query) -> list[int]:
        return [snapshot.get("number") for snapshot in query.stream()]

    by_number = client.collection("n").order_by("number")
    assert found(by_number.limit(3)) == [0, 1, 2]
    assert found(by_number.start_after({"number": 6})) == [7, 8, 9]
    assert found(by_number.start_at({"number": 2}).end_before({"number": 4})) == [2, 3]
    assert found(by_number.offset(8)) == [8, 9]
    downwards = client.collection("n").order_by("number", direction=Query.DESCENDING)
    assert found(downwards.limit(2)) == [9, 8]
    page = list(by_number.limit(2).stream())
    assert found(by_number.start_after(page[-1]).limit(2)) == [2, 3]
    assert found(client.collection("n").where(filter=FieldFilter("odd", "==", True))) == [1, 3, 5, 7, 9]
    assert found(client.collection("nothing").order_by("number")) == []


def test_comparisons_see_their_own_type_only(client: Client) -> None:
    client.document("a/number").set({"x": 1})
    client.document("a/text").set({"x": "1"})
    client.document("a/nothing").set({"x": None})
    found = client.collection("a").where(filter=FieldFilter("x", "<", 5)).stream()
    assert [snapshot.id for snapshot in found] == ["number"]


def test_a_query_that_needs_an_index_of_its_own_is_refused(client: Client) -> None:
    numbers(client, 3)
    odd = client.collection("n").where(filter=FieldFilter("odd", "==", True))
    with pytest.raises(exceptions.FailedPrecondition, match="index"):
        list(odd.order_by("number").stream())
    with pytest.raises(exceptions.FailedPrecondition, match="index"):
        list(odd.where(filter=FieldFilter("number", ">", 1)).stream())


def test_documents_are_counted_and_listed(client: Client, stand_in: StandIn) -> None:
    numbers(client, 5)
    before = stand_in.database.bill["reads"]
    counting: Any = client.collection("n").where(filter=FieldFilter("number", ">=", 2)).count()
    ((counted,),) = counting.get()
    assert counted.value == 3
    assert stand_in.database.bill["reads"] == before + 1
    assert len(list(client.collection("n").list_documents())) == 5


def test_a_document_of_more_than_a_mebibyte_is_refused(client: Client) -> None:
    client.document("a/full").set({"x": "y" * 1_048_400})
    with pytest.raises(exceptions.InvalidArgument, match="size"):
        client.document("a/full").set({"x": "y" * 1_048_600})
    assert len(client.document("a/full").get().get("x")) == 1_048_400
