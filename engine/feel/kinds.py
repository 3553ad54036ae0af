"""FEEL's types: whether a value is of one, and the conversions that a declared type brings about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.feel import dates, tree
from engine.feel.operators import kind_of
from engine.feel.values import Function, Range

if TYPE_CHECKING:
    from collections.abc import Mapping


class Type:
    """A set of values; `name` as an author writes it."""

    name: str

    def holds(self, value: Any) -> bool:
        raise NotImplementedError

    def wider_than(self, other: Type) -> bool:
        """Whether every value of the other type is one of this."""
        return self == other

    def coerce(self, value: Any) -> Any:
        """The value, a list of one unwrapped or wrapped, a day as its midnight; None when nothing makes it fit."""
        if value is None or self.holds(value):
            return value
        if isinstance(value, list) and len(value) == 1 and self.holds(value[0]):
            return value[0]
        return None


@dataclass(frozen=True, slots=True)
class Anything(Type):
    """Every value but null."""

    name: str = "Any"

    def holds(self, value: Any) -> bool:
        return value is not None

    def wider_than(self, other: Type) -> bool:  # noqa: ARG002 - everything
        return True


@dataclass(frozen=True, slots=True)
class Simple(Type):
    """number, string, boolean, date, time, date and time and the two durations."""

    name: str

    def holds(self, value: Any) -> bool:
        return kind_of(value) == self.name

    def coerce(self, value: Any) -> Any:
        if self.name == "date and time" and kind_of(value) == "date":
            return dates.as_moment(value)
        return Type.coerce(self, value)


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """A list whose items fit or are null."""

    item: Type

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"list<{self.item.name}>"

    def holds(self, value: Any) -> bool:
        return isinstance(value, list) and all(item is None or self.item.holds(item) for item in value)

    def wider_than(self, other: Type) -> bool:
        return isinstance(other, ListType) and self.item.wider_than(other.item)

    def coerce(self, value: Any) -> Any:
        if isinstance(value, list):
            items = [self.item.coerce(item) for item in value]
            return items if [item is None for item in items] == [item is None for item in value] else None
        if value is None:
            return None
        alone = self.item.coerce(value)
        return None if alone is None else [alone]


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    """Every named entry is there and fits or is null; further entries do no harm."""

    entries: tuple[tuple[str, Type], ...] = ()

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"context<{', '.join(f'{key}: {kind.name}' for key, kind in self.entries)}>"

    def holds(self, value: Any) -> bool:
        return isinstance(value, dict) and all(
            key in value and (value[key] is None or kind.holds(value[key])) for key, kind in self.entries
        )

    def wider_than(self, other: Type) -> bool:
        if not isinstance(other, ContextType):
            return False
        theirs = dict(other.entries)
        return all(key in theirs and kind.wider_than(theirs[key]) for key, kind in self.entries)

    def coerce(self, value: Any) -> Any:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, dict) or any(key not in value for key, _ in self.entries):
            return None
        found = {key: kind.coerce(value[key]) for key, kind in self.entries}
        lost = any(found[key] is None and value[key] is not None for key in found)
        return None if lost else value | found


@dataclass(frozen=True, slots=True)
class RangeType(Type):
    """A range between values of one type."""

    item: Type

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"range<{self.item.name}>"

    def holds(self, value: Any) -> bool:
        ends = [value.low, value.high] if isinstance(value, Range) else []
        return bool(ends) and all(end is None or self.item.holds(end) for end in ends)

    def wider_than(self, other: Type) -> bool:
        return isinstance(other, RangeType) and self.item.wider_than(other.item)


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    """`parameters` None: any."""

    parameters: tuple[Type, ...] | None
    result: Type

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"function<{', '.join(kind.name for kind in self.parameters or ())}> -> {self.result.name}"

    def holds(self, value: Any) -> bool:
        return isinstance(value, Function) and self.wider_than(value.type)

    def wider_than(self, other: Type) -> bool:
        if not isinstance(other, FunctionType) or not (other.result is ANY or self.result.wider_than(other.result)):
            return False
        if self.parameters is None or other.parameters is None:
            return True
        pairs = zip(self.parameters, other.parameters, strict=False)
        return len(self.parameters) == len(other.parameters) and all(theirs.wider_than(ours) for ours, theirs in pairs)


ANY = Anything()
DURATIONS = ("years and months duration", "days and time duration")
SIMPLE = ("number", "string", "boolean", "date", "time", "date and time", *DURATIONS)
BUILT_IN: dict[str, Type] = {name: Simple(name) for name in SIMPLE} | {
    "Any": ANY,
    "dateTime": Simple("date and time"),
    "date time": Simple("date and time"),
    "dayTimeDuration": Simple(DURATIONS[1]),
    "day time duration": Simple(DURATIONS[1]),
    "yearMonthDuration": Simple(DURATIONS[0]),
    "year month duration": Simple(DURATIONS[0]),
    "list": ListType(ANY),
    "context": ContextType(),
    "range": RangeType(ANY),
    "function": FunctionType(None, ANY),
}


def resolve(name: tree.TypeName, known: Mapping[str, Type]) -> Type | None:
    """The type that an expression names; None if there is none of that name."""
    if not name.parts and not name.keys:
        return known.get(name.name) or BUILT_IN.get(name.name)
    found = [resolve(part, known) for part in name.parts]
    parts = [part for part in found if part is not None]
    if len(parts) != len(found):
        return None
    if name.name == "context":
        return ContextType(tuple(zip(name.keys, parts, strict=True)))
    if name.name == "function":
        return FunctionType(tuple(parts[:-1]), parts[-1])
    return (ListType if name.name == "list" else RangeType)(parts[0])


def inferred(node: tree.Node) -> Type:
    """What can be told of a value without computing it; Any where nothing can."""
    if isinstance(node, tree.Literal):
        return BUILT_IN.get(kind_of(node.value), ANY)
    if isinstance(node, tree.ContextOf):
        return ContextType(tuple((key, inferred(value)) for key, value in node.entries))
    if isinstance(node, tree.ListOf) and node.items:
        first = inferred(node.items[0])
        return ListType(first if all(inferred(item) == first for item in node.items) else ANY)
    return ListType(ANY) if isinstance(node, tree.ListOf) else ANY
