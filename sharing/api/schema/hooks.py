"""Hooks of drf-spectacular: what we say about views, those that it misses, and what it leaves behind."""

from collections.abc import Callable, Iterable
from typing import Any

from rest_framework.views import APIView

from sharing.api.schema import of_files, of_service, of_shares, of_stems, of_uploads
from sharing.api.schema.saying import describe

Endpoint = tuple[str, str, str, Callable[..., Any]]
VIEWS = of_shares.VIEWS | of_stems.VIEWS | of_uploads.VIEWS | of_service.VIEWS
# Views of plain Django, and methods that drf-spectacular leaves out.
PLAIN = of_files.PLAIN | of_uploads.PLAIN | of_service.PLAIN
TAGS = (of_shares.SHARES, of_stems.STEMS, of_files.FILES, of_uploads.UPLOADS, of_service.SERVICE)

for view, methods in VIEWS.items():
    describe(view, methods)


def endpoints(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """A hook of drf-spectacular: what it has found, and our plain views."""
    plain = ((path, path, method, _plain(method, said)) for (method, path), said in PLAIN.items())
    return [*endpoints, *plain]


def tidy(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Another hook: put tags into an order, drop the notes that drf-spectacular leaves for itself."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items() if key != "x-spec-enum-id"}
        return [clean(item) for item in value] if isinstance(value, list) else value

    return {**clean(result), "tags": [{"name": tag} for tag in TAGS]}


def _plain(method: str, said: Any) -> Callable[..., Any]:
    """A view of Django REST Framework that stands for a plain one here, and is never called."""
    view: Any = type("Plain", (APIView,), {method.lower(): said(lambda _self, _request: None)})
    described: Callable[..., Any] = view.as_view()
    return described
