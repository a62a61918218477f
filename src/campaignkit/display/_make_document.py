"""`make_document`: the document of any value; the modules `_…_documents` register theirs here."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from attrs import fields, has

from campaignkit.core._display import DisplayMixin
from campaignkit.display._descriptions import describe_value
from campaignkit.display._document import Document, Facts


@singledispatch
def make_document(value: object) -> Document:
    """Return the document of a value.

    Raises:
        TypeError: no document is registered for values of this type.
    """
    msg = f"a {type(value).__name__} cannot be displayed"
    raise TypeError(msg)


@make_document.register
def make_plain_document(value: DisplayMixin) -> Document:
    """Return the fields of a value whose class has no document of its own."""
    kind: Any = type(value)
    parts = fields(kind) if has(kind) else ()
    facts = [
        (str(part.alias).replace("_", " "), describe_value(getattr(value, part.name)))
        for part in parts
        if part.repr
    ]
    return Document(kind.__name__, [Facts(facts)] if facts else [])
