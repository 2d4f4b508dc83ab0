"""`/api/docs/`: the API's description for people: the examples of docs/api.md, and every operation.

Made on the server from the OpenAPI document, as HTML of our own: no script, and nothing from elsewhere.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from sharing import links
from sharing.pages import page

GUIDE = settings.BASE_DIR / "docs" / "api.md"
GUIDE_BASE = "http://localhost:8000"  # in the guide; here it is the address at which the page was asked for
METHODS = ("get", "post", "patch", "put", "delete", "head")
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is: words, and the name of a schema of ours in them, if any."""

    words: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of JSON or of a form."""

    name: str
    type: Type
    required: bool
    about: str
    place: str = ""  # of a parameter: path, query, header


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered, in one media type."""

    media_type: str
    type: Type
    example: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One status."""

    status: str
    about: str
    bodies: list[Body]
    problems: dict[str, str]  # code -> message


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of an address."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    owner: bool
    parameters: list[Field]
    bodies: list[Body]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema by its name: an object with fields, or one of several others."""

    name: str
    about: str
    fields: list[Field]
    either: list[Type]


@page
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "docs.html", {"guide": _guide(links.of_request(request).base), **_reference()})


@cache
def _reference() -> dict[str, Any]:
    from sharing.api.schema import document  # noqa: PLC0415 - nobody else needs it

    described = document()
    tags: dict[str, list[Operation]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method in METHODS:
            if method in methods:
                tags[methods[method]["tags"][0]].append(operation(path, method, methods[method]))
    shapes = [shape(name, schema) for name, schema in described["components"]["schemas"].items()]
    return {"tags": tags, "shapes": shapes}


def _guide(base: str) -> SafeString:
    """docs/api.md as HTML. It is ours, and the parser lets no HTML of its own through."""
    text = GUIDE.read_text(encoding="utf-8").partition("\n")[2].replace(GUIDE_BASE, base)
    html: SafeString = mark_safe(MarkdownIt("commonmark", {"html": False}).render(text))  # noqa: S308
    return html


def operation(path: str, method: str, said: Schema) -> Operation:
    """What the document says about one method of an address."""
    return Operation(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said["summary"],
        about=said.get("description", "").strip(),
        owner=bool(said.get("security")),
        parameters=[
            Field(
                one["name"],
                type_of(one["schema"]),
                one.get("required", False),
                one.get("description", ""),
                one["in"],
            )
            for one in said.get("parameters", ())
        ],
        bodies=list(_bodies(said.get("requestBody", {}))),
        answers=[_answer(status, one) for status, one in sorted(said["responses"].items())],
    )


def shape(name: str, schema: Schema) -> Shape:
    """What the document says about one schema."""
    required = schema.get("required", ())
    return Shape(
        name=name,
        about=schema.get("description", ""),
        fields=[
            Field(field, type_of(one), field in required, one.get("description", ""))
            for field, one in schema.get("properties", {}).items()
        ],
        either=[type_of(one) for one in schema.get("oneOf", ())],
    )


def type_of(schema: Schema) -> Type:
    """A schema in a few words."""
    if "$ref" in schema:
        return Type("", schema["$ref"].rpartition("/")[2])
    for key in ("oneOf", "anyOf"):
        if key in schema:
            either = [type_of(one) for one in schema[key]]
            named = next((one.schema for one in either if one.schema), "")
            return Type(" or ".join(one.words for one in either if one.words and not one.schema), named)
    if "allOf" in schema:
        return type_of(schema["allOf"][0])
    if "enum" in schema:
        return Type(" or ".join(str(one) for one in schema["enum"]))
    kinds = schema.get("type", "any value")
    words = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    if words == "array":
        inner = type_of(schema["items"])
        return Type(f"list of {inner.words}".strip(), inner.schema)
    form = {"binary": "file", "uri": "address", "date-time": "time"}.get(schema.get("format", ""))
    words = words.replace("string", form) if form else words
    return Type(" ".join(filter(None, (words, _range(schema)))))


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{low:g} to {high:g}" if low is not None and high is not None else ""


def _bodies(said: Schema) -> Iterator[Body]:
    for media_type, one in said.get("content", {}).items():
        examples = [example["value"] for example in one.get("examples", {}).values()]
        shown = json.dumps(examples[0], indent=2) if examples else ""
        yield Body(media_type, type_of(one["schema"]), shown)


def _answer(status: str, said: Schema) -> Answer:
    bodies = list(_bodies(said))
    if [body.type.schema for body in bodies] != ["Problem"]:
        return Answer(status, said.get("description", ""), bodies, {})
    examples = said["content"]["application/json"]["examples"].values()
    return Answer(status, "", [], {one["value"]["code"]: one["value"]["message"] for one in examples})
