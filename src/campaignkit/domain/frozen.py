"""What values are made of: a mapping that cannot change, and a base whose copies are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from typing import Any, TypeVar, cast

from attrs import AttrsInstance, fields

from campaignkit.domain.checks import shown
from campaignkit.errors import InvalidError

__all__ = ["Checked", "FrozenMap", "init_of", "make_good"]

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


def _maker(init: Callable[..., None], slots: tuple[str, ...]) -> Callable[..., object]:
    """Return a `__new__` that does all that an `__init__` does, and leaves nothing if it fails."""
    empty = object.__new__

    @wraps(init)
    def make(cls: type[object], *args: Any, **kwargs: Any) -> object:  # noqa: ANN401  # any class's
        self = empty(cls)
        try:
            init(self, *args, **kwargs)
        except BaseException:
            for name in slots:
                if hasattr(self, name):
                    object.__delattr__(self, name)
            raise
        return self

    return make


def init_of(kind: type) -> Callable[..., None]:
    """Return what sets the fields of an empty value, and checks them."""
    init: Callable[..., None] = kind.__new__.__wrapped__  # type: ignore[attr-defined]  # see `_maker`
    return init


def make_good(kind: type[T], *values: object) -> T:
    """Return a value of a class of attrs whose fields, in their order, are known to be good."""
    made = object.__new__(kind)
    names = cast("tuple[str, ...]", vars(kind)["__match_args__"])  # as attrs makes it
    for name, value in zip(names, values, strict=True):
        object.__setattr__(made, name, value)
    return made


class Checked:
    """A value of attrs that is made anew, and so checked, wherever it is copied or unpickled.

    It is made whole or not at all, by its class alone: to call `__init__` on a value does nothing.
    As text it is one short line.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # attrs makes its classes anew once it has made their __init__, which is then seen here.
        parts = getattr(cls, "__attrs_attrs__", ())
        if parts and "__init__" in cls.__dict__:
            init = cls.__dict__["__init__"]
            make = _maker(init, tuple(part.name for part in parts))
            type.__setattr__(cls, "__new__", make)
            type.__delattr__(cls, "__init__")

    def __str__(self) -> str:
        return shown(self)

    def __format__(self, format_spec: str) -> str:
        text = str(self)
        try:
            return (
                text if type(format_spec) is str and not format_spec else format(text, format_spec)
            )
        except (TypeError, ValueError):
            fault = f"must be one for text, such as '>30', not {shown(format_spec)}"
            raise InvalidError([f"format_spec {fault}"]) from None

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        parts = fields(cast("type[AttrsInstance]", type(self)))
        made_of = {part.alias: getattr(self, part.name) for part in parts if part.init}
        return partial(type(self), **made_of), ()


class FrozenMap(Mapping[K, V]):
    """An immutable mapping: it equals a dict with the same items, hashes and pickles.

    >>> FrozenMap({"a": 1}) == {"a": 1}
    True
    """

    __slots__ = ("_data",)

    _data: dict[K, V]

    def __init__(self, data: Mapping[K, V] | None = None) -> None:
        if hasattr(self, "_data"):
            msg = f"{type(self).__name__} cannot change"
            raise AttributeError(msg)
        object.__setattr__(self, "_data", dict({} if data is None else data))

    def __getitem__(self, key: K) -> V:
        return self._data[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        return hash(frozenset(self._data.items()))

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"{type(self).__name__} cannot change"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        msg = f"{type(self).__name__} cannot change"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[type[FrozenMap[K, V]], tuple[dict[K, V]]]:
        return type(self), (self._data,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._data!r})"
