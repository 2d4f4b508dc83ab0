"""A stand-in for Firestore that the real client talks to over gRPC (`FIRESTORE_EMULATOR_HOST`), with faults on demand.

It keeps documents in memory and answers the calls that the store makes, and a few that its tests need. What it doesn't
know it refuses as unimplemented. It was written from Google's documentation, not from Google's code: the contract
suite runs against the real thing as well (`tests/firestore/conftest.py`).
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore
from google.protobuf.empty_pb2 import Empty
from grpc import StatusCode

from tests.firestore import queries
from tests.firestore.database import Database, Refused, Value, count_charge

SERVICE = "google.firestore.v1.Firestore"
PROJECT = "stemlink-tests"


@dataclass(frozen=True)
class Fault:
    """An answer that says `code`: instead of doing what was asked, or (`after`) although it was done."""

    code: StatusCode
    after: bool = False


Faults = Callable[[str], Fault | None]


class StandIn:
    """The server, on loopback. `faults(method)` is asked before each call, `latency` is in seconds."""

    def __init__(self, database: Database | None = None, port: int = 0) -> None:
        self.database = database or Database()
        self.faults: Faults = lambda _method: None
        self.latency = 0.0
        self.calls: list[str] = []
        self._server = grpc.server(ThreadPoolExecutor(64), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((self._handlers(),))
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self.host = f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering: connections are closed."""
        self._server.stop(None).wait()

    def _handlers(self) -> Any:
        def unary(name: str, request: Any, answer: Any, work: Callable[[Any], Any]) -> Any:
            return grpc.unary_unary_rpc_method_handler(
                partial(self._unary, name, work),
                request_deserializer=request.FromString,
                response_serializer=answer.SerializeToString,
            )

        def stream(name: str, request: Any, answer: Any, work: Callable[[Any], list[Any]]) -> Any:
            return grpc.unary_stream_rpc_method_handler(
                partial(self._stream, name, work),
                request_deserializer=request.FromString,
                response_serializer=answer.SerializeToString,
            )

        def pair(name: str) -> tuple[Any, Any]:
            return getattr(firestore, f"{name}Request").pb(), getattr(firestore, f"{name}Response").pb()

        methods = {
            "Commit": unary("Commit", *pair("Commit"), self._commit),
            "BeginTransaction": unary("BeginTransaction", *pair("BeginTransaction"), self._begin),
            "Rollback": unary("Rollback", firestore.RollbackRequest.pb(), Empty, self._rollback),
            "ListDocuments": unary("ListDocuments", *pair("ListDocuments"), self._list),
            "BatchGetDocuments": stream("BatchGetDocuments", *pair("BatchGetDocuments"), self._get),
            "RunQuery": stream("RunQuery", *pair("RunQuery"), self._query),
            "RunAggregationQuery": stream("RunAggregationQuery", *pair("RunAggregationQuery"), self._count),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    def _unary(self, name: str, work: Callable[[Any], Any], request: Any, context: Any) -> Any:
        return self._answer(name, work, request, context)

    def _stream(
        self, name: str, work: Callable[[Any], list[Any]], request: Any, context: Any
    ) -> Iterator[Any]:
        yield from self._answer(name, work, request, context)

    def _answer(self, name: str, work: Callable[[Any], Any], request: Any, context: Any) -> Any:
        self.calls.append(name)
        if self.latency:
            time.sleep(self.latency)
        fault = self.faults(name)
        if fault and not fault.after:
            context.abort(fault.code, "injected, before")
        named = request.database if hasattr(request, "database") else request.parent
        if not named.startswith(f"projects/{PROJECT}/databases/(default)"):
            context.abort(StatusCode.NOT_FOUND, f"The database {named} does not exist.")
        try:
            answer = work(request)
        except Refused as refused:
            context.abort(refused.code, refused.message)
        if fault:
            context.abort(fault.code, "injected, after")
        return answer

    def _commit(self, request: Any) -> Any:
        results, when = self.database.commit(request.writes, request.transaction)
        return firestore.CommitResponse.pb()(write_results=results, commit_time=when)

    def _begin(self, _request: Any) -> Any:
        return firestore.BeginTransactionResponse.pb()(transaction=self.database.begin())

    def _rollback(self, request: Any) -> Any:
        self.database.rollback(request.transaction)
        return Empty()

    def _list(self, request: Any) -> Any:
        prefix = f"{request.parent}/{request.collection_id}/"
        found = [one for name, one in sorted(self.database.documents.items()) if name.startswith(prefix)]
        self.database.charge_reads(len(found))
        return firestore.ListDocumentsResponse.pb()(documents=found)

    def _get(self, request: Any) -> list[Any]:
        answer = firestore.BatchGetDocumentsResponse.pb()
        names = list(request.documents)
        found = self.database.read(
            lambda documents: [documents.get(name) for name in names], request.transaction
        )
        self.database.charge_reads(len(names))
        return [
            answer(missing=name) if one is None else answer(found=one)
            for name, one in zip(names, found, strict=True)
        ]

    def _query(self, request: Any) -> list[Any]:
        answer, asked = firestore.RunQueryResponse.pb(), request.structured_query
        found, skipped = self.database.read(
            lambda documents: queries.run(documents, request.parent, asked), request.transaction
        )
        self.database.charge_reads(len(found) + skipped)
        return [answer(document=one) for one in found] or [answer(skipped_results=skipped)]

    def _count(self, request: Any) -> list[Any]:
        asked = request.structured_aggregation_query
        found, _ = self.database.read(
            lambda documents: queries.run(documents, request.parent, asked.structured_query),
            request.transaction,
        )
        self.database.charge_reads(count_charge(len(found)))
        answer = firestore.RunAggregationQueryResponse.pb()()
        for aggregation in asked.aggregations:
            if aggregation.WhichOneof("operator") != "count":
                raise Refused(StatusCode.UNIMPLEMENTED, "The stand-in can only count.")
            answer.result.aggregate_fields[aggregation.alias].CopyFrom(Value(integer_value=len(found)))
        return [answer]
