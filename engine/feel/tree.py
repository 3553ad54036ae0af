"""The shapes that the grammar yields and `compile` reads. Data only."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or function by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """`first op operand op operand ...` of one precedence, left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negate:
    """Arithmetic minus."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class And:
    """`and`, any number of operands."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`or`, any number of operands."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """`value between low and high`."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In:
    """`value in tests`."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """`value instance of type`."""

    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class If:
    """`if ... then ... else if ... then ... else ...` as pairs and the last else."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration:
    """`name in source` or `name in source..end`."""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For:
    """`for ... return`."""

    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some` or `every` ... `satisfies`."""

    every: bool
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf:
    """`{key: value}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf:
    """`[low..high)`."""

    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class UnaryRange:
    """`< 5`, `>= x`, `= y`, `!= z`: a test of `?`, or in parentheses a range."""

    op: str
    end: Node


@dataclass(frozen=True, slots=True)
class Tests:
    """A cell: one of the tests holds, or with `negated` none; no tests at all is the dash."""

    items: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """`function(a, b) body`; without a body it is external, which is refused."""

    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node | None


@dataclass(frozen=True, slots=True)
class Call:
    """`target(a, b)`."""

    target: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class NamedCall:
    """`target(name: a)`."""

    target: Node
    arguments: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Path:
    """`base.name`."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """`base[condition]`."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class TypeName:
    """`list<number>`: name "list", parts (number); a context's parts have keys; a function's result is last."""

    name: str
    parts: tuple[TypeName, ...] = ()
    keys: tuple[str, ...] = ()


Node = (
    Literal
    | Name
    | Chain
    | Negate
    | Compare
    | And
    | Or
    | Between
    | In
    | InstanceOf
    | If
    | For
    | Quantified
    | ListOf
    | ContextOf
    | RangeOf
    | UnaryRange
    | Tests
    | FunctionOf
    | Call
    | NamedCall
    | Path
    | Filter
)


def names_in(node: object) -> Iterator[str]:
    """Every name that the tree mentions, `?` included."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Name):
            yield found.name
        elif isinstance(found, tuple):
            waiting.extend(found)
        elif is_dataclass(found) and type(found).__module__ == __name__:
            waiting.extend(getattr(found, field.name) for field in fields(found))
