"""The bases of values: an immutable mapping, and a class whose fields are always checked."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from functools import partial, wraps
from types import FunctionType
from typing import Any, TypeVar, cast, overload

from attrs import NOTHING, AttrsInstance, fields

from campaignkit.core._display import DisplayMixin
from campaignkit.core._pydantic import PydanticMixin

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


_NEW = """\
def __new__(cls, {parameters}):
    self = _create(cls)
    try:
        {steps}
    except BaseException:
        _delete_fields(self)
        raise
    return self
"""


def _compile_new(kind: type, init: FunctionType) -> Callable[..., object]:
    """Return a `__new__` that does what the `__init__` that attrs wrote does, for `ImmutableBase`.

    Python runs an `__init__` on an object that exists already. For a frozen value that leaves two
    gaps: `value.__init__(...)` changes a value that should never change, and if a check fails, a
    reference to the object (from a traceback, from `object.__new__`) has fields that were not
    checked. So a class keeps no `__init__`: `__new__` does its work, and deletes the fields again
    if it fails. As attrs does, it is compiled for each class: to pass on arguments takes longer.
    Defaults are values, not factories.
    """
    scope: dict[str, object] = {"_create": object.__new__, "_delete_fields": _delete_fields}
    steps: list[str] = []
    for part in fields(kind):
        if not part.init and part.default is NOTHING:
            continue  # which `__attrs_post_init__` sets
        value = str(part.alias) if part.init else f"_default_{part.name}"
        scope[f"_default_{part.name}"] = part.default
        scope[f"_convert_{part.name}"] = part.converter
        scope[f"_set_{part.name}"] = getattr(kind, part.name).__set__  # also a base's
        converted = f"_convert_{part.name}({value})" if part.converter else value
        steps.append(f"_set_{part.name}(self, {converted})")
    if hasattr(kind, "__attrs_post_init__"):
        steps.append("self.__attrs_post_init__()")
    code = init.__code__
    parameters = [*code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]]
    if code.co_kwonlyargcount:
        parameters.insert(code.co_argcount - 1, "*")
    source = _NEW.format(parameters=", ".join(parameters), steps="\n        ".join(steps))
    exec(compile(source, f"<new {kind.__qualname__}>", "exec"), scope)  # noqa: S102
    new = cast("FunctionType", scope["__new__"])
    new.__defaults__, new.__kwdefaults__ = init.__defaults__, init.__kwdefaults__
    return wraps(init)(new)


def _delete_fields(made: AttrsInstance) -> None:
    for part in fields(type(made)):
        if hasattr(made, part.name):
            object.__delattr__(made, part.name)


class ImmutableBase(DisplayMixin, PydanticMixin):
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
            type.__setattr__(cls, "__new__", _compile_new(cls, cls.__dict__["__init__"]))
            type.__delattr__(cls, "__init__")
        # Copies are made anew, so nothing needs these, which set fields unchecked.
        for name in ("__getstate__", "__setstate__", "__attrs_init__"):
            if name in cls.__dict__:
                type.__delattr__(cls, name)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        parts = fields(cast("type[AttrsInstance]", type(self)))
        made_of = {part.alias: getattr(self, part.name) for part in parts if part.init}
        return partial(type(self), **made_of), ()


class FrozenMap(DisplayMixin, Mapping[K, V]):
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

    def __contains__(self, key: object) -> bool:
        return key in self._data  # that of Mapping is several times as slow

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, /, default: V) -> V: ...

    @overload
    def get(self, key: K, /, default: T) -> V | T: ...

    def get(self, key: K, /, default: object = None) -> object:
        """Return the value of a key, or another one if the key is absent.

        Args:
            key: The key.
            default: What is returned if the key is absent; None by default.
        """
        return self._data.get(key, cast("Any", default))  # as above

    def __iter__(self) -> Iterator[K]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def keys(self) -> KeysView[K]:
        """Return a view of the keys."""
        return self._data.keys()  # here and below, those of Mapping are several times as slow

    def values(self) -> ValuesView[V]:
        """Return a view of the values."""
        return self._data.values()

    def items(self) -> ItemsView[K, V]:
        """Return a view of the items."""
        return self._data.items()

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

    def _repr_arguments(self) -> None:
        return None
