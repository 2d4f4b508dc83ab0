"""Structured queries over a dict of documents: filters, order, cursors, offset and limit.

A query that the real service would refuse without a composite index is refused here, too.
"""

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from google.cloud.firestore_v1.field_path import FieldPath
from google.cloud.firestore_v1.order import Order, TypeOrder
from google.cloud.firestore_v1.types import query
from grpc import StatusCode

from tests.firestore.database import Document, Refused, Value

NAME = "__name__"
FieldOperator = query.StructuredQuery.FieldFilter.Operator
UnaryOperator = query.StructuredQuery.UnaryFilter.Operator
AND = query.StructuredQuery.CompositeFilter.Operator.AND
DESCENDING = query.StructuredQuery.Direction.DESCENDING
COMPARISONS: dict[int, Callable[[int], bool]] = {
    FieldOperator.LESS_THAN: lambda order: order < 0,
    FieldOperator.LESS_THAN_OR_EQUAL: lambda order: order <= 0,
    FieldOperator.EQUAL: lambda order: order == 0,
    FieldOperator.GREATER_THAN_OR_EQUAL: lambda order: order >= 0,
    FieldOperator.GREATER_THAN: lambda order: order > 0,
}


def run(documents: dict[str, Any], parent: str, asked: Any) -> tuple[list[Any], int]:
    """The documents that a query finds, and how many its offset skipped."""
    orders = _orders(asked)
    _refuse_composite(asked, orders)
    found = [one for name, one in documents.items() if _lies_in(name, parent, asked) and _fits(one, asked)]
    found = [one for one in found if all(_value(one, field) is not None for field, _ in orders)]
    found.sort(key=cmp_to_key(lambda left, right: _compare(left, right, orders)))
    if asked.HasField("start_at"):
        edge = 0 if asked.start_at.before else 1
        found = [one for one in found if _against(one, asked.start_at, orders) >= edge]
    if asked.HasField("end_at"):
        edge = -1 if asked.end_at.before else 0
        found = [one for one in found if _against(one, asked.end_at, orders) <= edge]
    skipped = min(asked.offset, len(found))
    found = found[asked.offset :]
    if asked.HasField("limit"):
        found = found[: asked.limit.value]
    return [_selected(one, asked) for one in found], skipped


def _lies_in(name: str, parent: str, asked: Any) -> bool:
    (source,) = asked.from_
    rest = name.removeprefix(parent + "/").split("/")
    if source.all_descendants:
        return name.startswith(parent + "/") and rest[-2] == source.collection_id
    return name.startswith(parent + "/") and len(rest) == 2 and rest[0] == source.collection_id


def _leaves(asked: Any) -> list[Any]:
    """The filters, all of which must hold."""
    if not asked.HasField("where"):
        return []
    kind = asked.where.WhichOneof("filter_type")
    if kind != "composite_filter":
        return [asked.where]
    if asked.where.composite_filter.op != AND:
        raise Refused(StatusCode.UNIMPLEMENTED, "The stand-in knows no OR.")
    return list(asked.where.composite_filter.filters)


def _fits(one: Any, asked: Any) -> bool:
    return all(_holds(one, leaf) for leaf in _leaves(asked))


def _holds(one: Any, leaf: Any) -> bool:
    if leaf.WhichOneof("filter_type") == "unary_filter":
        value = _value(one, leaf.unary_filter.field.field_path)
        null = value is not None and value.WhichOneof("value_type") == "null_value"
        if leaf.unary_filter.op == UnaryOperator.IS_NULL:
            return null
        if leaf.unary_filter.op == UnaryOperator.IS_NOT_NULL:
            return value is not None and not null
        raise Refused(StatusCode.UNIMPLEMENTED, "The stand-in doesn't know this filter.")
    value, wanted = _value(one, leaf.field_filter.field.field_path), leaf.field_filter.value
    if value is None or TypeOrder.from_value(value) != TypeOrder.from_value(wanted):
        return False  # comparisons see values of their own type only
    if leaf.field_filter.op not in COMPARISONS:
        raise Refused(StatusCode.UNIMPLEMENTED, "The stand-in doesn't know this filter.")
    return COMPARISONS[leaf.field_filter.op](Order.compare(value, wanted))


def _orders(asked: Any) -> list[tuple[str, bool]]:
    """Fields by which is sorted, and whether downwards; the name comes last in any case."""
    orders = [(order.field.field_path, order.direction == DESCENDING) for order in asked.order_by]
    for leaf in _leaves(asked):
        path = leaf.field_filter.field.field_path
        unequal = (
            leaf.WhichOneof("filter_type") == "field_filter" and leaf.field_filter.op != FieldOperator.EQUAL
        )
        if unequal and path not in {field for field, _ in orders}:
            orders.append((path, orders[-1][1] if orders else False))
    if NAME not in {field for field, _ in orders}:
        orders.append((NAME, orders[-1][1] if orders else False))
    return orders


def _refuse_composite(asked: Any, orders: list[tuple[str, bool]]) -> None:
    equal = {
        leaf.field_filter.field.field_path
        for leaf in _leaves(asked)
        if leaf.WhichOneof("filter_type") == "field_filter" and leaf.field_filter.op == FieldOperator.EQUAL
    }
    ordered = {field for field, _ in orders} - {NAME}
    if len({downwards for _, downwards in orders}) > 1 or (ordered and len(ordered | equal) > 1):
        raise Refused(StatusCode.FAILED_PRECONDITION, "The query requires an index.")


def _value(one: Any, path: str) -> Any:
    """A field's value, at any depth; None when the document hasn't got it."""
    if path == NAME:
        return Value(reference_value=one.name)
    fields, value = one.fields, None
    for part in FieldPath.from_api_repr(path).parts:
        if part not in fields:
            return None
        value = fields[part]
        fields = value.map_value.fields
    return value


def _compare(left: Any, right: Any, orders: list[tuple[str, bool]]) -> int:
    for path, downwards in orders:
        if order := Order.compare(_value(left, path), _value(right, path)):
            return -order if downwards else order
    return 0


def _against(one: Any, cursor: Any, orders: list[tuple[str, bool]]) -> int:
    for (path, downwards), wanted in zip(orders, cursor.values, strict=False):
        if order := Order.compare(_value(one, path), wanted):
            return -order if downwards else order
    return 0


def _selected(one: Any, asked: Any) -> Any:
    """The fields that were asked for: all of them, or those at the top that `select` names."""
    if not asked.HasField("select"):
        return one
    wanted = {field.field_path for field in asked.select.fields}
    kept = Document(name=one.name, create_time=one.create_time, update_time=one.update_time)
    for name, value in one.fields.items():
        if name in wanted:
            kept.fields[name].CopyFrom(value)
    return kept
