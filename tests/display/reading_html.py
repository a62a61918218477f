"""How a reader of HTML sees a value."""

from __future__ import annotations

from html.parser import HTMLParser

from attrs import Factory, define

__all__ = ["Element", "parsed"]

VOID = {"br", "hr", "img", "input", "link", "meta"}


@define
class Element:
    """An element, with its attributes, and its text and elements in their order."""

    tag: str
    attributes: dict[str, str] = Factory(dict[str, str])
    inside: list[Element | str] = Factory(list["Element | str"])

    @property
    def text(self) -> str:
        """The text in this element, tags aside."""
        return "".join(part if isinstance(part, str) else part.text for part in self.inside)

    def all(self, *tags: str) -> list[Element]:
        """Return the elements of these kinds, or of any, this one among them."""
        own = [self] if not tags or self.tag in tags else []
        return own + [
            found for part in self.inside if isinstance(part, Element) for found in part.all(*tags)
        ]

    def rows(self) -> list[list[str]]:
        """Return the texts of the cells of a table, row by row."""
        return [[cell.text for cell in row.all("th", "td")] for row in self.all("tr")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), "an attribute comes twice"
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def parsed(html: str) -> Element:
    """Return the document, after checking that every element is closed in its turn."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, "an element is not closed"
    return reader.open[0]
