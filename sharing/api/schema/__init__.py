"""The API's own description: an OpenAPI document, made of the views and of what the `of_` modules say about them."""

from functools import cache
from threading import Lock
from typing import Any

from drf_spectacular.generators import SchemaGenerator

Document = dict[str, Any]
_one_at_a_time = Lock()


def document() -> Document:
    """The OpenAPI document. Made on first use, once for each process."""
    with _one_at_a_time:
        return _document()


@cache
def _document() -> Document:
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # it has no types
    made: Document = generator.get_schema(request=None, public=True)
    return made
