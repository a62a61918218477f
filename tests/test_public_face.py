"""The names that other programs call."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from uuid import UUID

import pytest

import campaignkit
from campaignkit import errors
from campaignkit.core._decisions import Decision, Reason

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


def test_the_names_are_unique() -> None:
    # That they are sorted is the linter's business (RUF022).
    assert len(campaignkit.__all__) == len(set(campaignkit.__all__))


@pytest.mark.parametrize("name", campaignkit.__all__)
def test_each_name_is_there(name: str) -> None:
    assert hasattr(campaignkit, name)


@pytest.mark.parametrize("name", campaignkit.__all__)
def test_each_name_says_what_it_is(name: str) -> None:
    thing = getattr(campaignkit, name)
    if inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing):
        assert thing.__doc__
        assert not thing.__doc__.startswith(f"{name}("), "this docstring was made by a machine"


def test_nothing_public_is_left_out() -> None:
    public = {
        name
        for name, thing in vars(campaignkit).items()
        if not name.startswith("_") and not inspect.ismodule(thing) and name != "annotations"
    }
    assert public <= set(campaignkit.__all__)


def test_each_error_is_a_name_of_the_errors_module_and_of_the_package() -> None:
    names = {kind.__name__ for kind in KINDS}
    assert names == set(errors.__all__)
    assert names <= set(campaignkit.__all__)


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
