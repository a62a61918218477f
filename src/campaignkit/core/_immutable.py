"""The bases of values: an immutable mapping, and a class whose fields are always checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from typing import Any, TypeVar, cast

from attrs import AttrsInstance, fields

from campaignkit.core._checks import short_repr
from campaignkit.core._errors import InvalidError
from campaignkit.core._interruptions import raise_interruption

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


def _make_new(init: Callable[..., None], names: tuple[str, ...]) -> Callable[..., object]:
    """Return a `__new__` that creates an object and runs `init` on it, for `ImmutableBase`.

    Python runs an `__init__` on an object that exists already. For a frozen value that leaves two
    gaps: `value.__init__(...)` changes a value that should never change, and if a check fails, a
    reference to the object (from a traceback, from `object.__new__`) has fields that were not
    checked. So a class keeps no `__init__`: `__new__` does its work, and deletes the fields again
    if it fails. `init` stays in reach as `__wrapped__`, for `attrs_init`.
    """
    create = object.__new__

    @wraps(init)
    def new(cls: type[object], *args: Any, **kwargs: Any) -> object:  # noqa: ANN401  # any class's
        self = create(cls)
        try:
            init(self, *args, **kwargs)
        except BaseException:
            for name in names:
                if hasattr(self, name):
                    object.__delattr__(self, name)
            raise
        return self

    return new


def attrs_init(kind: type) -> Callable[..., None]:
    """Return the `__init__` that attrs wrote for an `ImmutableBase`: it sets and checks fields.

    The deserializer calls it with an empty object, which is faster than to call the class.
    """
    init: Callable[..., None] = kind.__new__.__wrapped__  # type: ignore[attr-defined]  # see `_make_new`
    return init


def build_unchecked(kind: type[T], *values: object) -> T:
    """Return a value of an attrs class without checking its fields.

    `values` are those of all fields, in their order. For hot paths that computed them themselves.
    """
    made = object.__new__(kind)
    names = cast("tuple[str, ...]", vars(kind)["__match_args__"])  # as attrs makes it
    for name, value in zip(names, values, strict=True):
        object.__setattr__(made, name, value)
    return made


class OneLine:
    """A value whose text, also in an f-string, is one short line that is safe to print."""

    __slots__ = ()

    def __str__(self) -> str:
        return short_repr(self)

    def __format__(self, format_spec: str) -> str:
        try:
            return format(str(self), format_spec)
        except (TypeError, ValueError) as error:
            raise_interruption(error)
            fault = f"must be one for text, such as '>30', not {short_repr(format_spec)}"
            raise InvalidError([f"format_spec {fault}"]) from None


class ImmutableBase(OneLine):
    """Base of attrs classes whose values are always checked, and never change.

    Copies and unpickled values are constructed anew, and so checked as well. Construction succeeds
    completely or leaves no field set; `__init__` of a value does nothing.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # For a class with slots, attrs creates a second class, which already has its __init__.
        # So this runs twice, and finds an __init__ of attrs the second time.
        parts = getattr(cls, "__attrs_attrs__", ())
        if parts and "__init__" in cls.__dict__:
            init = cls.__dict__["__init__"]
            new = _make_new(init, tuple(part.name for part in parts))
            type.__setattr__(cls, "__new__", new)
            type.__delattr__(cls, "__init__")
        # Copies are made anew, so nothing needs these, which set fields unchecked.
        for name in ("__getstate__", "__setstate__"):
            if name in cls.__dict__:
                type.__delattr__(cls, name)

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        parts = fields(cast("type[AttrsInstance]", type(self)))
        made_of = {part.alias: getattr(self, part.name) for part in parts if part.init}
        return partial(type(self), **made_of), ()


class FrozenMap(OneLine, Mapping[K, V]):
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
