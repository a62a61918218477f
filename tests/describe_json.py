"""Write the page about what `--json` prints: `python -m tests.describe_json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from typer.main import get_group

from campaignkit.cli import app
from campaignkit.cli._json_documents import DOCUMENTS, ERROR, WARNINGS, Members

PAGE: Final = Path(__file__).parents[1] / "docs/reference/command-line-json.md"

_START = """\
---
myst:
  html_meta:
    description: "What each command of campaignkit prints with --json, member by member."
---

<!-- Written by `python -m tests.describe_json` from `campaignkit.cli._json_documents`. -->

# JSON of the command line

With `--json` every command prints one JSON document on standard output, instead of its report.
If a command fails with exit code 1 or 2, this is the [document of an error](#errors); the same
words go to standard error. No document is printed for other
[exit codes](../guides/command-line.md#exit-codes), or if standard output cannot be written.

`campaignkit json-schema COMMAND` prints the JSON Schema (2020-12) of these documents:

```console
$ campaignkit json-schema verify | head -n 3
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "campaignkit verify --json",
```

Classes such as `Campaign` are written as [`to_dict`](serialization.rst) writes them, and
`from_dict` reads them. A member with a question mark may be absent. Later releases may add members.
"""

_NAMES: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}


def write_page() -> str:
    """Return the page."""
    return "\n".join(_write_sections()).rstrip("\n") + "\n"


def _write_sections() -> Iterator[str]:
    yield _START
    yield "## Every command that succeeds\n"
    yield from _write_table(WARNINGS)
    yield "## Errors\n"
    yield from _write_table(ERROR)
    for command in get_group(app).commands:
        if command in DOCUMENTS:
            yield f"## {command}\n"
            for number, members in enumerate(DOCUMENTS[command]):
                if number:
                    yield "or\n"
                yield from _write_table(members)
    yield "## Parts of several documents\n"
    for title, schema in sorted(_find_parts().items()):
        yield f"### {title}\n"
        yield from _write_rows(schema)


def _write_table(members: Members) -> Iterator[str]:
    yield from _write_head()
    for name, (kind, description) in members.items():
        yield _write_row(name, kind, description)
    yield ""


def _write_rows(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from _write_head()
    for name, each in schema["properties"].items():
        mark = "" if name in schema["required"] else "?"
        yield _write_row(f"{name}{mark}", each, each["description"])
    yield ""


def _write_head() -> Iterator[str]:
    yield "| member | type | meaning |"
    yield "|---|---|---|"


def _write_row(name: str, kind: Any, description: str) -> str:  # noqa: ANN401  # a schema or a class
    return f"| `{name}` | {_name_type(kind)} | {description} |"


def _name_type(kind: Any) -> str:  # noqa: ANN401, PLR0911  # a schema or a class
    match kind:
        case type():
            return f"`{kind.__name__}`"
        case {"$ref": type() as named}:
            return f"`{named.__name__}`"
        case {"title": str() as title}:
            name, _, more = title.partition(" with ")
            return (
                f"`{name}` with `{more.replace(' and ', '`, `')}`"
                if more
                else f"[{title}](#{title.lower()})"
            )
        case {"enum": values}:
            return ", ".join(f"`{one}`" for one in values)
        case {"anyOf": kinds}:
            return " or ".join(map(_name_type, kinds))
        case {"type": "array", "items": items}:
            return f"list of {_name_type(items)}"
        case {"type": "object", "additionalProperties": value, **rest}:
            key = _name_type(rest.get("propertyNames", {"type": "string"}))
            return f"object: {key} → {_name_type(value)}"
        case _:
            types: str | list[str] = kind["type"]
            return " or ".join(
                _NAMES[one] for one in ([types] if isinstance(types, str) else types)
            )


def _find_parts() -> Mapping[str, Mapping[str, Any]]:
    """Return the objects that have a title of their own, without those that extend a class."""
    found: dict[str, Mapping[str, Any]] = {}
    for node in _walk([members for kinds in DOCUMENTS.values() for members in kinds]):
        title: str = node.get("title", " ")
        if "properties" in node and " " not in title:
            found[title] = node
    return found


def _walk(node: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  # any node
    """Iterate over the objects in a tree, without the definitions of classes."""
    if isinstance(node, Mapping):
        members = cast("Mapping[str, Any]", node)
        yield members
        for name, each in members.items():
            if name != "$defs":
                yield from _walk(each)
    elif isinstance(node, list | tuple):
        for each in cast("Iterable[Any]", node):
            yield from _walk(each)


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
