"""What a version says, as facts: a place and the text that stands there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EXISTS = ""
ORDER = "order"
# Of a rule: its property under the column of this id.
CELL = "cell:"


class Kind(StrEnum):
    """What kind of thing a fact is about, in the order in which changes are told."""

    DIAGRAM = "diagram"
    TABLE = "table"
    FORM = "form"
    SETTING = "setting"
    POLICY = "policy"
    CASE = "case"
    FILE = "file"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """`holder` is a process, a decision, a form, a key of the policy or a file; `part` an element, a rule, a field, a step.

    `what` is the property of the part, EXISTS for the part itself.
    """

    kind: Kind
    holder: str
    part: str
    what: str

    @property
    def part_only(self) -> Place:
        return Place(self.kind, self.holder, self.part, EXISTS)

    @property
    def holder_only(self) -> Place:
        return Place(self.kind, self.holder, "", EXISTS)


@dataclass(slots=True)
class Facts:
    """Filled by the readers of files; `orders` are the parts of a holder where their order means something.

    `said` is what each part says, by property, in the order in which its file says it.
    """

    values: dict[Place, str] = field(default_factory=dict)
    said: dict[Place, dict[str, str]] = field(default_factory=dict)
    names: dict[Place, Text] = field(default_factory=dict)
    orders: dict[Place, Sequence[str]] = field(default_factory=dict)

    def part(self, kind: Kind, holder: str, part: str, is_a: str, name: Text | None = None) -> None:
        """A part that is there, what it is, and what people call it."""
        place = Place(kind, holder, part, EXISTS)
        self.values[place] = is_a
        self.names[place] = name or Text(part or holder, part or holder)

    def say(self, kind: Kind, holder: str, part: str, what: str, value: str | None) -> None:
        if value is not None:
            place = Place(kind, holder, part, what)
            self.values[place] = value
            self.said.setdefault(place.part_only, {})[what] = value

    def add(self, other: Facts) -> None:
        """What another file says; that file's own facts stay as they are."""
        self.values |= other.values
        self.names |= other.names
        self.orders |= other.orders
        for place, said in other.said.items():
            self.said[place] = {**self.said.get(place, {}), **said}

    def name(self, place: Place) -> Text:
        return self.names.get(place) or Text(place.part or place.holder, place.part or place.holder)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """JSON or YAML as pairs of path and text; a list of plain values is one text, other lists are numbered or keyed."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from leaves(inside, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for number, inside in enumerate(value, 1):
            yield from leaves(inside, f"{path}[{_key(inside, number)}]")
    else:
        yield path, _text(value)


def _key(item: Any, number: int) -> str:
    """What tells an item of a list from the others, so that one put before it changes nothing."""
    known = (
        (item.get(name) for name in ("id", "key", "process", "value", "number", "row"))
        if isinstance(item, dict)
        else ()
    )
    return next((str(one) for one in known if isinstance(one, str | int) and not isinstance(one, bool)), str(number))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
