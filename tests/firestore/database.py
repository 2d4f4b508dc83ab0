"""The documents of a stand-in for Firestore: atomic commits, preconditions, transactions, the 1 MiB limit, a bill.

Values are the protocol's own messages, so that nothing is translated on the way. Refusals are `Refused` with the code
that the service documents.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from google.cloud.firestore_v1.field_path import FieldPath
from google.cloud.firestore_v1.types import common, document, write
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

Document: Any = document.Document.pb()
Value: Any = document.Value.pb()
WriteResult: Any = write.WriteResult.pb()
Precondition: Any = common.Precondition.pb()
MAX_BYTES = 1_048_576
REQUEST_TIME = 1


class Refused(Exception):  # noqa: N818 - as the product's problems
    """What the service answers instead of doing it."""

    def __init__(self, code: StatusCode, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


Read = Callable[[dict[str, Any]], object]


@dataclass
class Database:
    """Documents by their full names. `bill` counts reads, writes and deletes as they would be charged."""

    documents: dict[str, Any] = field(default_factory=dict)
    bill: Counter[str] = field(default_factory=Counter)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _transactions: dict[bytes, list[tuple[Read, object]]] = field(default_factory=dict)
    _now: int = 1_750_000_000_000_000  # microseconds; each commit is later than the one before
    _ids: "count[int]" = field(default_factory=count)

    def begin(self) -> bytes:
        """A new transaction."""
        with self.lock:
            name = b"transaction-%d" % next(self._ids)
            self._transactions[name] = []
            return name

    def rollback(self, transaction: bytes) -> None:
        """Forget a transaction."""
        with self.lock:
            self._reads(transaction)
            del self._transactions[transaction]

    def read(self, what: Read, transaction: bytes = b"") -> Any:
        """What `what` finds in the documents; a transaction is bound to finding the same when it commits."""
        with self.lock:
            found = what(self.documents)
            if transaction:
                self._reads(transaction).append((what, found))
            return found

    def charge_reads(self, number: int) -> None:
        """Put reads on the bill: at least one, however little was found."""
        with self.lock:
            self.bill["reads"] += max(1, number)

    def commit(self, writes: Iterable[Any], transaction: bytes = b"") -> tuple[list[Any], Timestamp]:
        """Apply all of the writes or none of them."""
        with self.lock:
            if transaction:
                reads = self._reads(transaction)
                del self._transactions[transaction]
                if any(what(self.documents) != found for what, found in reads):
                    raise Refused(StatusCode.ABORTED, "A document that the transaction read was changed.")
            after, bill = dict(self.documents), Counter[str]()
            time = Timestamp()
            time.FromMicroseconds(self._now + 1)
            results = [_apply(after, bill, one, time) for one in writes]
            self._now += 1
            self.documents = after
            self.bill += bill
            return results, time

    def _reads(self, transaction: bytes) -> list[tuple[Read, object]]:
        if transaction not in self._transactions:
            raise Refused(StatusCode.INVALID_ARGUMENT, "The transaction has expired or is invalid.")
        return self._transactions[transaction]


def _apply(documents: dict[str, Any], bill: Counter[str], one: Any, time: Timestamp) -> Any:
    """One write, on a copy of the documents."""
    name = one.delete or one.update.name
    before = documents.get(name)
    _check(one.current_document, before, name)
    if one.delete:
        bill["deletes"] += 1
        documents.pop(name, None)
        return WriteResult()
    bill["writes"] += 1
    after = Document(name=name, update_time=time, create_time=before.create_time if before else time)
    if one.HasField("update_mask"):
        if before:
            for key, value in before.fields.items():
                after.fields[key].CopyFrom(value)
        for path in one.update_mask.field_paths:
            _copy(one.update.fields, after.fields, FieldPath.from_api_repr(path).parts)
    else:
        for key, value in one.update.fields.items():
            after.fields[key].CopyFrom(value)
    for transform in one.update_transforms:
        _transform(after.fields, transform, time)
    if (size := document_size(after)) > MAX_BYTES:
        raise Refused(
            StatusCode.INVALID_ARGUMENT, f"Document '{name}' cannot be written because its size ({size:,})"
        )
    documents[name] = after
    return WriteResult(update_time=time)


def _check(wanted: Any, before: Any, name: str) -> None:
    match wanted.WhichOneof("condition_type"):
        case "exists" if wanted.exists and before is None:
            raise Refused(StatusCode.NOT_FOUND, f"No document to update: {name}")
        case "exists" if not wanted.exists and before is not None:
            raise Refused(StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")
        case "update_time" if before is None:
            raise Refused(StatusCode.NOT_FOUND, f"No document to update: {name}")
        case "update_time" if before.update_time != wanted.update_time:
            raise Refused(
                StatusCode.FAILED_PRECONDITION, "the stored version does not match the required one"
            )


def _copy(source: Any, target: Any, parts: tuple[str, ...]) -> None:
    """Set one field, at any depth, to what it is in `source`; remove it when it isn't there."""
    first, *rest = parts
    if not rest:
        if first in source:
            target[first].CopyFrom(source[first])
        elif first in target:
            del target[first]
        return
    below = source[first].map_value.fields if first in source else {}
    _copy(below, target[first].map_value.fields, tuple(rest))


def _transform(fields: Any, transform: Any, time: Timestamp) -> None:
    *above, last = FieldPath.from_api_repr(transform.field_path).parts
    for part in above:
        fields = fields[part].map_value.fields
    if transform.set_to_server_value == REQUEST_TIME:
        fields[last].CopyFrom(Value(timestamp_value=time))
    elif transform.HasField("increment"):
        by, old = transform.increment, fields[last] if last in fields else Value(integer_value=0)
        fields[last].CopyFrom(Value(integer_value=old.integer_value + by.integer_value))
    else:
        raise Refused(StatusCode.UNIMPLEMENTED, "The stand-in doesn't know this transform.")


def document_size(one: Any) -> int:
    """A document's size as Firestore's documentation counts it."""
    path = one.name.split("/documents/", 1)[1]
    return 32 + 16 + sum(len(part.encode()) + 1 for part in path.split("/")) + _map_size(one.fields)


def _map_size(fields: Any) -> int:
    return sum(len(name.encode()) + 1 + _size(value) for name, value in fields.items())


def _size(value: Any) -> int:
    match value.WhichOneof("value_type"):
        case "map_value":
            return _map_size(value.map_value.fields)
        case "array_value":
            return sum(map(_size, value.array_value.values))
        case "string_value":
            return len(value.string_value.encode()) + 1
        case "bytes_value":
            return len(value.bytes_value)
        case "null_value" | "boolean_value":
            return 1
        case _:
            return 8


def count_charge(counted: int) -> int:
    """Reads on the bill for counting so many index entries."""
    return math.ceil(counted / 1000)
