"""Shares as documents: what a store keeps. Plain JSON values; times are ISO 8601 in UTC.

Every document says its schema. An older one is upgraded while it is read, one version at a time; a newer one is
refused, since writing it back would lose what this version doesn't know.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sharing.domain import Hosted, Incoming, Job, Lease, Share, ShareError, State, Stem
from sharing.errors import Unreadable

SCHEMA = 3
Document = dict[str, Any]


def to_document(share: Share) -> Document:
    """The share as a document of the current schema."""
    document = asdict(share)
    document["stems"] = list(document["stems"])
    document["state"] = str(share.state)
    return {"schema": SCHEMA, **_plain(document)}


def from_document(document: Mapping[str, Any]) -> Share:
    """The share that a document holds. Raises `Unreadable` for one that this version can't read."""
    schema = document.get("schema") if isinstance(document, Mapping) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise Unreadable(
            f"This share's record was written by a newer Stemlink (schema {schema}, this one reads {SCHEMA}). "
            "Update this server.",
            code="newer_document",
        )
    try:
        values = upgraded(document)
        del values["schema"]
        job = dict(values.pop("job"))
        lease, error, expires_at = job.pop("lease"), values.pop("error"), values.pop("expires_at")
        return Share(
            job=Job(
                queued_at=_time(job.pop("queued_at")),
                lease=_lease(lease) if lease else None,
                **job,
            ),
            state=State(values.pop("state")),
            stems=tuple(_stem(dict(stem)) for stem in values.pop("stems")),
            created_at=_time(values.pop("created_at")),
            expires_at=_time(expires_at) if expires_at else None,
            error=ShareError(**error) if error else None,
            **values,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise Unreadable(
            "This share's record is damaged. Tell whoever runs this server.", code="damaged_document"
        ) from cause


def upgraded(document: Mapping[str, Any]) -> Document:
    """A copy of the document in the current schema."""
    values = dict(document)
    for version in range(values["schema"], SCHEMA):
        values = UPGRADES[version](values) | {"schema": version + 1}
    return values


def _lease(values: Document) -> Lease:
    began_at = values.get("began_at")  # leases are short: no older document needs to be upgraded for this
    return Lease(
        id=values["id"],
        worker=values["worker"],
        deadline=_time(values["deadline"]),
        began_at=_time(began_at) if began_at else None,
    )


def _stem(values: Document) -> Stem:
    hosted, incoming, error = values.pop("hosted"), values.pop("incoming"), values.pop("error")
    return Stem(
        hosted=Hosted(
            **hosted | {"checked_at": _time(hosted["checked_at"]) if hosted["checked_at"] else None}
        )
        if hosted
        else None,
        incoming=Incoming(**incoming | {"asked_at": _time(incoming["asked_at"])}) if incoming else None,
        error=ShareError(**error) if error else None,
        **values,
    )


def _stems_of_their_own(document: Document) -> Document:
    """Schema 2: a stem has its own length, gain and attempt, and may be hosted or still to come."""
    values = {name: value for name, value in document.items() if name not in {"frames", "gain"}}
    job, frames, gain = document["job"], document["frames"], document["gain"]
    known = frames is not None and document["state"] in {"queued", "running", "done"}
    own = {
        "attempt": job["attempt"] if known else 0,
        "frames": frames if known else None,
        "gain": gain if known else None,
        "hosted": None,
        "incoming": None,
        "error": None,
    }
    stems = [
        {name: value for name, value in stem.items() if name != "kind"} | own for stem in document["stems"]
    ]
    tries = job["attempt"] - job.get("returned", 0)
    job = {name: value for name, value in job.items() if name != "returned"} | {"tries": tries}
    return values | {"job": job, "stems": stems, "indexed": False}


def _stems_that_say_what_is_missing(document: Document) -> Document:
    """Schema 3: a stem says whether its file was cut off or damaged. Of those before, nobody knows."""
    return document | {"stems": [stem | {"truncated": False} for stem in document["stems"]]}


# From schema n to n + 1: `UPGRADES[n](document)`.
UPGRADES: Mapping[int, Callable[[Document], Document]] = {
    1: _stems_of_their_own,
    2: _stems_that_say_what_is_missing,
}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)
