"""The docstrings of public names say what each argument and attribute means."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property
from importlib import import_module
from typing import Any, is_typeddict

import attrs
import pytest

from tests.test_site import PUBLIC, ROOT

SECTIONS = (
    "Args",
    "Attributes",
    "Arguments of several methods",
    "Attributes of several queries",
    "Raises",
    "Returns",
    "Yields",
)

# A rule of a state machine is called by Hypothesis only.
_RULE = "hypothesis_stateful_rule"


def list_entries(docstring: str | None, *sections: str) -> set[str]:
    """Return the names that have an entry in one of these sections of a docstring."""
    names: set[str] = set()
    current = None
    for line in inspect.cleandoc(docstring or "").splitlines():
        if line and not line.startswith(" "):
            current = line.removesuffix(":") if line.removesuffix(":") in SECTIONS else None
        elif current in sections and (entry := re.match(r" {4}((\*{0,2}\w+(, )?)+): \S", line)):
            names |= {name.strip("* ") for name in entry[1].split(",")}
    return names


def list_arguments(function: Callable[..., Any]) -> set[str]:
    parameters = inspect.signature(function).parameters
    return {name for name in parameters if name not in {"self", "cls"} and name[0] != "_"}


def list_members(kind: type) -> Iterator[tuple[str, Any]]:
    """Give the public methods and properties that a class, or an internal base of it, defines."""
    seen: set[str] = set()
    for base in kind.__mro__:
        if not base.__module__.startswith("campaignkit."):
            continue
        for name, member in vars(base).items():
            if not name.startswith(("_", "test_")) and name not in seen:
                seen.add(name)
                yield name, getattr(member, "__func__", member)


def list_documented() -> Iterator[tuple[str, Any, type | None]]:
    """Give each public function, class and method, and the class of a method."""
    seen: set[int] = set()
    for module in PUBLIC:
        for name in import_module(module).__all__:
            value = getattr(import_module(module), name)
            is_own = getattr(value, "__module__", "").startswith("campaignkit.")
            if not (is_own and callable(value)) or id(value) in seen:
                continue
            seen.add(id(value))
            yield f"{module}.{name}", value, None
            if inspect.isclass(value):
                for part, member in list_members(value):
                    if inspect.isfunction(member) and not hasattr(member, _RULE):
                        yield f"{module}.{name}.{part}", member, value


DOCUMENTED = list(list_documented())
FUNCTIONS = [(name, value, kind) for name, value, kind in DOCUMENTED if not inspect.isclass(value)]
CLASSES = [(name, value) for name, value, _ in DOCUMENTED if inspect.isclass(value)]


@pytest.mark.parametrize(
    ("function", "kind"),
    [pytest.param(value, kind, id=name) for name, value, kind in FUNCTIONS],
)
def test_each_argument_of_a_function_has_an_entry(
    function: Callable[..., Any], kind: type | None
) -> None:
    arguments, entries = list_arguments(function), list_entries(function.__doc__, "Args")
    assert entries - arguments == set(), "entries of arguments that there are not"
    for base in kind.__mro__ if kind else ():
        entries |= list_entries(base.__doc__, "Arguments of several methods")
        inherited = getattr(base, function.__name__, None)
        entries |= list_entries(inherited.__doc__ if inherited else None, "Args")
    assert arguments - entries == set()


def list_fields(kind: type) -> set[str]:
    """Return the public fields of a class: those that it declares, or what it is made of."""
    if is_typeddict(kind):
        return {*kind.__annotations__}
    if names := getattr(kind, "_fields", ()):  # a named tuple
        return {*names}
    if attrs.has(kind):
        return {field.name for field in attrs.fields(kind) if not field.name.startswith("_")}
    if issubclass(kind, Exception):
        return {name for base in kind.__mro__ for name in vars(base).get("__annotations__", ())}
    if issubclass(kind, Enum) or kind.__init__ is object.__init__:
        return set()
    return list_arguments(kind.__init__)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in CLASSES])
def test_each_field_of_a_class_has_an_entry(kind: type) -> None:
    documents = (base.__doc__ for base in kind.__mro__ if base.__module__.startswith("campaignkit"))
    entries = {
        name
        for text in documents
        for name in list_entries(text, "Args", "Attributes", "Attributes of several queries")
    }
    assert list_fields(kind) - entries == set()


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in CLASSES])
def test_each_property_has_a_docstring(kind: type) -> None:
    for name, member in list_members(kind):
        if isinstance(member, (property, cached_property)):
            assert member.__doc__, name


def _is_plain_strategy(value: Callable[..., object]) -> bool:
    """Whether it is a strategy without arguments: all are called as in the module's docstring."""
    return value.__module__ == "campaignkit.testing.strategies" and not list_arguments(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(value, id=name)
        for name, value, kind in DOCUMENTED
        if kind is None and not _is_plain_strategy(value)
    ],
)
def test_each_function_and_class_has_an_example(value: object) -> None:
    assert ">>> " in (value.__doc__ or "")


def list_reference() -> Iterator[str]:
    """Give the full name of each entry of the reference."""
    for page in (ROOT / "docs/reference").glob("*.rst"):
        module = ""
        for kind, name in re.findall(r"(?m)^\.\. ([\w:]+):: (\S+)$", page.read_text("utf-8")):
            if kind in {"automodule", "currentmodule", "py:module"}:
                module = name
            if kind.startswith(("auto", "py:")):
                yield name if name.startswith("campaignkit") else f"{module}.{name}"


@pytest.mark.parametrize("module", PUBLIC)
def test_each_public_name_has_one_entry_in_the_reference(module: str) -> None:
    entries = Counter(list_reference())
    names = [f"{module}.{name}" for name in import_module(module).__all__]
    assert {name: entries[name] for name in names} == dict.fromkeys(names, 1)
