"""Shares as documents, of this schema and others."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing import documents
from sharing.documents import Document, from_document, to_document
from sharing.domain import (
    MOST_STEMS,
    Hosted,
    Incoming,
    Job,
    Lease,
    Share,
    ShareError,
    State,
    Stem,
    StemState,
)
from sharing.errors import StoreUnavailable
from tests.sharing.shares import NOON, share

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LEASES = st.builds(Lease, id=st.text(), worker=st.text(), deadline=TIMES, began_at=st.none() | TIMES)
JOBS = st.builds(
    Job, queued_at=TIMES, lease=st.none() | LEASES, progress=NUMBERS, seconds_left=st.none() | NUMBERS
)
WHOLE = st.integers(0, 10**9)
HOSTED = st.builds(Hosted, seconds=st.none() | NUMBERS, size=st.none() | WHOLE, checked_at=st.none() | TIMES)
INCOMING = st.builds(Incoming, asked_at=TIMES, upload=st.none() | st.text(), url=st.none() | st.text())
STEMS = st.builds(
    Stem,
    volume=NUMBERS,
    pan=NUMBERS,
    frames=st.none() | WHOLE,
    gain=st.none() | NUMBERS,
    hosted=st.none() | HOSTED,
    incoming=st.none() | INCOMING,
    error=st.none() | st.builds(ShareError),
)
SHARES = st.builds(
    Share,
    created_at=TIMES,
    expires_at=st.none() | TIMES,
    job=JOBS,
    stems=st.lists(STEMS, max_size=3).map(tuple),
    error=st.none() | st.builds(ShareError),
    sample_rate=st.none() | WHOLE,
)


@given(SHARES)
def test_every_share_survives_json(kept: Share) -> None:
    assert from_document(json.loads(json.dumps(to_document(kept)))) == kept


def test_a_document_says_its_schema() -> None:
    assert to_document(share())["schema"] == 3


def test_a_newer_document_is_refused_in_words() -> None:
    document = to_document(share()) | {"schema": 4}
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


@pytest.mark.parametrize("document", [None, "{}", [], 3])
def test_what_is_no_document_at_all_is_refused_in_words(document: Any) -> None:
    with pytest.raises(StoreUnavailable) as refusal:
        from_document(document)
    assert refusal.value.code == "damaged_document"


def separated(state: str, *, attempt: int, frames: int | None, available: int) -> Document:
    """What the first schema kept of a separated share."""
    stem = {"muted": False, "soloed": False, "volume": 0.5, "pan": 0.0, "kind": "kept"}
    reach = {"available_frames": available, "small_frames": 0}
    lease = {"id": "x", "worker": "w", "deadline": "2026-05-01T12:00:20+00:00"}
    return {
        "schema": 1,
        "id": "TryTheStems",
        "title": "A song",
        "token_hash": "abc",
        "created_at": "2026-05-01T12:00:00+00:00",
        "job": {
            "model": "classical",
            "queued_at": "2026-05-01T12:00:00+00:00",
            "source": None,
            "kind": "separate",
            "attempt": attempt,
            "lease": lease if state == "running" else None,
            "progress": 0.5,
            "seconds_left": None,
        },
        "state": state,
        "stems": [
            {"id": name, "name": name, "color": "#E8702A", **stem, **reach} for name in ("vocals", "drums")
        ],
        "expires_at": None,
        "exclusive": False,
        "downloads": True,
        "revision": 3,
        "sample_rate": None if frames is None else 44_100,
        "frames": frames,
        "gain": None if frames is None else 0.5,
        "error": {"code": "oops", "message": "Oops."} if state == "failed" else None,
    }


def test_a_share_of_the_first_schema_sounds_as_before() -> None:
    found = from_document(separated("done", attempt=2, frames=1000, available=1000))
    assert (found.frames, found.gain, found.indexed, found.job.tries) == (1000, 0.5, False, 2)
    assert [(stem.attempt, stem.frames, stem.gain, stem.kind) for stem in found.stems] == [
        (2, 1000, 0.5, "kept")
    ] * 2
    assert {found.stem_state(stem) for stem in found.stems} == {StemState.READY}
    assert from_document(to_document(found)) == found


def test_of_a_stem_of_the_second_schema_nothing_is_missing() -> None:
    old = share()
    document = to_document(old) | {"schema": 2}
    document["stems"] = [
        {name: value for name, value in stem.items() if name != "truncated"} for stem in document["stems"]
    ]
    assert from_document(document) == old


@pytest.mark.parametrize(
    ("document", "state"),
    [
        (separated("queued", attempt=0, frames=None, available=0), StemState.PENDING),
        (separated("queued", attempt=1, frames=1000, available=400), StemState.GROWING),
        (separated("running", attempt=1, frames=None, available=0), StemState.PENDING),
        (separated("running", attempt=1, frames=1000, available=400), StemState.GROWING),
        (separated("failed", attempt=3, frames=1000, available=0), StemState.FAILED),
        (separated("cancelled", attempt=1, frames=1000, available=0), StemState.FAILED),
    ],
)
def test_what_was_under_way_goes_on(document: Document, state: StemState) -> None:
    found = from_document(document)
    assert {found.stem_state(stem) for stem in found.stems} == {state}
    if found.state is State.RUNNING:
        again = found.fail(ShareError(code="x", message="x"), retry=True, attempts=3)
        assert (again.state, again.job.tries) == (State.QUEUED, 1)
    if found.frames:
        assert found.stems[0].attempt == found.job.attempt


def test_attempts_that_were_given_back_stay_no_tries() -> None:
    document = separated("running", attempt=3, frames=None, available=0)
    document["job"]["returned"] = 2
    assert from_document(document).job.tries == 1


def test_the_largest_share_is_far_from_what_a_store_takes() -> None:
    hosted = Hosted(url="https://x.org/" + "%" * 1986, original_url="\U0001f3b8" * 2000, checked_at=NOON)
    incoming = Incoming(asked_at=NOON, url="https://x.org/" + "a" * 1986)
    error = ShareError(code="x" * 30, message="x" * 300)
    stem = Stem(
        id="x" * 64, name="\U0001f3b8" * 80, color="#000000", hosted=hosted, incoming=incoming, error=error
    )
    largest = share(title="\U0001f3b8" * 200, stems=(stem,) * MOST_STEMS)
    assert len(json.dumps(to_document(largest), ensure_ascii=False).encode()) < 500_000


def test_an_older_document_is_upgraded_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(document: Document) -> Document:
        return {"heading" if key == "title" else key: value for key, value in document.items()}

    def back(document: Document) -> Document:
        return {"title" if key == "heading" else key: value for key, value in document.items()}

    monkeypatch.setattr(documents, "SCHEMA", 5)
    monkeypatch.setattr(documents, "UPGRADES", {3: rename, 4: back})
    old = share()
    document = to_document(old) | {"schema": 3}
    assert from_document(document) == old
    assert documents.upgraded(document)["schema"] == 5
    assert document["schema"] == 3
