"""Holds answers of the API against its description."""

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from sharing.api.schema import document

JSON = "application/json"


def conform(method: str, path: str, answer: Any) -> None:
    """Fail unless the description knows this answer of this address: its status, its type, every field of it, and what
    went wrong with a share."""
    said = operation(method, path)["responses"]
    status = str(answer.status_code)
    assert status in said, f"{method} {path} answers {status}, which its description doesn't know"
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    content = said[status].get("content", {})
    if not content:
        assert not answer.content
        return
    assert kind in content, f"{method} {path} answers {kind}"
    if kind == JSON:
        validator(content[JSON]["schema"]).validate(answer.json())
    if answer.status_code >= 400 and path.startswith("/api/shares/"):
        code = answer.json()["code"]
        assert f"`{code}`" in said[status]["description"], f"{method} {path} answers {status} with {code!r}"


def operation(method: str, path: str) -> dict[str, Any]:
    """What the description says about a method of an address."""
    template = template_of(path)
    assert template, f"the description has no {path}"
    found: dict[str, Any] = document()["paths"][template][method.lower()]
    return found


def template_of(path: str) -> str | None:
    """The address in the description that a path is an example of."""
    for template in document()["paths"]:
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template.rstrip("/")))
        if re.fullmatch(f"{pattern}/?", path.partition("?")[0]):
            return str(template)
    return None


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Of a schema in the description. Fields that it doesn't name are refused, so that none is forgotten."""
    return Draft202012Validator({**schema, "components": _components()})


@cache
def _components() -> Any:
    return strict(document()["components"])


def strict(value: Any) -> Any:
    """The schemas with no room for more fields."""
    if isinstance(value, list):
        return [strict(item) for item in value]
    if not isinstance(value, dict):
        return value
    closed = {"additionalProperties": False} if "properties" in value and "type" in value else {}
    return {**{key: strict(item) for key, item in value.items()}, **closed}
