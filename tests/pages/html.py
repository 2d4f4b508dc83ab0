"""A small reader of HTML, for tests: which elements are there, with which attributes and words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol

VOID = {"meta", "link", "input", "img", "br", "path", "rect", "circle", "option"}


@dataclass
class Element:
    """One element; `element["href"]` is an attribute."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __contains__(self, name: str) -> bool:
        return name in self.attributes


@dataclass
class Page(HTMLParser):
    """All elements of a page, and its words."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements with these attributes (`class_` for class)."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.attributes.get(n) == v for n, v in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def texts(self, tag: str) -> list[str]:
        """The words in each such element."""
        return [" ".join(element.text.split()) for element in self.all(tag)]

    def addresses(self) -> Iterator[str]:
        """Everything that the page loads or links to."""
        for element in self.elements:
            yield from (element[name] for name in ("src", "href", "action") if name in element)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """An element ends, and with it whatever was left open inside."""
        while tag not in VOID and self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Words."""
        self.text += data
        for element in self._open:
            element.text += data


class Answer(Protocol):
    """What the test client returns."""

    @property
    def content(self) -> bytes:
        """The body."""


def parse(answer: Answer | str) -> Page:
    """Read the page of an answer, or a piece of HTML."""
    page = Page()
    page.feed(answer if isinstance(answer, str) else answer.content.decode())
    page.text = " ".join(page.text.split())
    return page
