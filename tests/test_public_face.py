"""The names that other programs call."""

from __future__ import annotations

import doctest
import inspect
import pickle
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import get_args, get_type_hints
from uuid import UUID

import pytest

import campaignkit
from campaignkit import errors
from campaignkit.core._decisions import Decision, Reason
from tests.public_names import MODULES, list_public_values

REFUSED = Decision(
    allowed=False, reasons=(Reason.ENDED,), messages=("the campaign ended on 2026-11-22",)
)
ID = UUID(int=1)

# What each kind of error is made of; a kind that is not here is made like the one it derives from.
ARGUMENTS: dict[type[errors.CampaignKitError], tuple[object, ...]] = {
    errors.CampaignKitError: ("a message",),
    errors.InvalidError: (("one fault", "another"),),
    errors.RefusedError: (REFUSED,),
    errors.NotFoundError: ("campaign", ID),
    errors.AlreadyExistsError: ("campaign", ID),
    errors.UnknownClientError: ((ID,),),
    errors.MissingExtraError: ("campaignkit.frames", "numpy", "frames"),
    errors.CorruptRowError: ("campaign", ID, ("one fault", "another")),
    errors.StoreUnavailableError: ("no answer", True),
}


def _tree(kind: type[errors.CampaignKitError]) -> Iterator[type[errors.CampaignKitError]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from _tree(derived)


KINDS = [kind for kind in _tree(errors.CampaignKitError) if kind.__module__ == errors.__name__]


def _an_error(kind: type[errors.CampaignKitError]) -> errors.CampaignKitError:
    return kind(*next(ARGUMENTS[base] for base in kind.__mro__ if base in ARGUMENTS))


VALUES = list(list_public_values())
DOCUMENTED = [
    (name, value) for name, value in VALUES if inspect.isclass(value) or inspect.isroutine(value)
]


def _docstrings() -> Iterator[tuple[str, str]]:
    """Give the docstring of each public class and function, and of each public method."""
    for name, value in DOCUMENTED:
        yield name, inspect.getdoc(value) or ""
        for part, member in vars(value).items() if inspect.isclass(value) else ():
            if not part.startswith("_") and getattr(member, "__doc__", None):
                yield f"{name}.{part}", inspect.getdoc(member) or ""


def test_the_top_level_is_short() -> None:
    assert len(campaignkit.__all__) <= 64


@pytest.mark.parametrize("module", [*MODULES, errors], ids=lambda module: module.__name__)
def test_a_module_lists_its_public_names_only(module: ModuleType) -> None:
    # That they are sorted is the linter's business (RUF022).
    assert len(module.__all__) == len(set(module.__all__))
    assert all(hasattr(module, name) for name in module.__all__)


def test_no_name_is_in_two_modules() -> None:
    names = [name for module in (*MODULES, errors) for name in module.__all__]
    assert len(names) == len(set(names))


def test_dir_lists_the_public_names() -> None:
    assert dir(campaignkit) == sorted(campaignkit.__all__)


@pytest.mark.parametrize("module", [errors, campaignkit.clients, campaignkit.commands])
def test_what_these_modules_list_are_attributes_of_the_package_too(module: ModuleType) -> None:
    for name in module.__all__:
        assert getattr(campaignkit, name) is getattr(module, name)
    for name in set(module.__all__) - {"HTTP_STATUSES"}:
        assert getattr(getattr(module, name), "__module__", None) in {module.__name__, "types"}


def test_commands_pickle_by_their_public_name() -> None:
    pickled = pickle.dumps(campaignkit.AssignLeads([], date(2026, 11, 23)))
    assert b"campaignkit.commands" in pickled
    assert b"_commands" not in pickled


@pytest.mark.parametrize("command", get_args(campaignkit.Command))
def test_the_annotations_of_commands_can_be_resolved(command: type) -> None:
    assert "action" in get_type_hints(command)


@pytest.mark.parametrize(("name", "value"), DOCUMENTED)
def test_each_name_has_a_docstring_and_an_example(name: str, value: object) -> None:
    assert value.__doc__
    assert not value.__doc__.startswith(f"{name}("), "this docstring was made by a machine"
    assert ">>> " in value.__doc__


@pytest.mark.parametrize(("name", "text"), list(_docstrings()))
def test_each_example_runs_where_the_public_names_were_imported(name: str, text: str) -> None:
    names = dict(VALUES)
    example = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    printed: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(example, out=printed.append)
    assert not runner.failures, "".join(printed)


def test_nothing_public_is_left_out() -> None:
    public = {
        name
        for name, thing in vars(campaignkit).items()
        if not name.startswith("_") and not inspect.ismodule(thing) and name != "annotations"
    }
    listed = [campaignkit, campaignkit.clients, campaignkit.commands, errors]
    assert public <= {name for module in listed for name in module.__all__}


def test_each_error_is_a_name_of_the_errors_module() -> None:
    others = {"HTTP_STATUSES", "PlanWarning"}
    assert {*others, *(kind.__name__ for kind in KINDS)} == set(errors.__all__)


def test_each_error_has_an_http_status_and_the_documents_show_it() -> None:
    page = Path(__file__).parents[1] / "docs/guides/embedding/errors.md"
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", page.read_text("utf-8"), re.MULTILINE)
    assert set(errors.HTTP_STATUSES) == set(KINDS)
    assert sorted(rows) == sorted((k.__name__, str(n)) for k, n in errors.HTTP_STATUSES.items())


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_pickles(kind: type[errors.CampaignKitError]) -> None:
    error = _an_error(kind)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert copy.args == error.args
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_reads_as_a_sentence(kind: type[errors.CampaignKitError]) -> None:
    text = str(_an_error(kind))
    assert text.strip()
    assert not text.startswith(("(", "[")), "these are the arguments, not a sentence"
