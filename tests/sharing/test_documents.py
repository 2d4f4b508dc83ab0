"""Shares as documents, of this schema and others."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing import documents
from sharing.documents import Document, from_document, to_document
from sharing.domain import Job, Lease, Share, ShareError, Stem
from sharing.errors import StoreUnavailable
from tests.sharing.shares import share

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LEASES = st.builds(Lease, id=st.text(), worker=st.text(), deadline=TIMES)
JOBS = st.builds(
    Job, queued_at=TIMES, lease=st.none() | LEASES, progress=NUMBERS, seconds_left=st.none() | NUMBERS
)
STEMS = st.builds(Stem, volume=NUMBERS, pan=NUMBERS)
SHARES = st.builds(
    Share,
    created_at=TIMES,
    expires_at=st.none() | TIMES,
    job=JOBS,
    stems=st.lists(STEMS, max_size=3).map(tuple),
    error=st.none() | st.builds(ShareError),
    gain=st.none() | NUMBERS,
)


@given(SHARES)
def test_every_share_survives_json(kept: Share) -> None:
    assert from_document(json.loads(json.dumps(to_document(kept)))) == kept


def test_a_document_says_its_schema() -> None:
    assert to_document(share())["schema"] == 1


def test_a_newer_document_is_refused_in_words() -> None:
    document = to_document(share()) | {"schema": 2}
    with pytest.raises(StoreUnavailable, match="newer Stemlink") as refusal:
        from_document(document)
    assert refusal.value.code == "newer_document"


@pytest.mark.parametrize(
    "harm", [{"job": None}, {"state": "asleep"}, {"stems": 3}, {"color": "red"}, {"created_at": "noon"}]
)
def test_a_damaged_document_is_refused_in_words(harm: dict[str, Any]) -> None:
    with pytest.raises(StoreUnavailable) as refusal:
        from_document(to_document(share()) | harm)
    assert refusal.value.code == "damaged_document"


def test_an_older_document_is_upgraded_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(document: Document) -> Document:
        return {"heading" if key == "title" else key: value for key, value in document.items()}

    def back(document: Document) -> Document:
        return {"title" if key == "heading" else key: value for key, value in document.items()}

    monkeypatch.setattr(documents, "SCHEMA", 3)
    monkeypatch.setattr(documents, "UPGRADES", {1: rename, 2: back})
    old = share()
    document = to_document(old) | {"schema": 1}
    assert from_document(document) == old
    assert documents.upgraded(document)["schema"] == 3
    assert document["schema"] == 1
