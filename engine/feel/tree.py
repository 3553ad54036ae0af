"""The shapes that the grammar yields and `compile` reads. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """`first op operand op operand ...` of one precedence, left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negate:
    operand: Node


@dataclass(frozen=True, slots=True)
class Compare:
    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between:
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In:
    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf:
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
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified:
    every: bool
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf:
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf:
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
    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node | None


@dataclass(frozen=True, slots=True)
class Call:
    target: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class NamedCall:
    target: Node
    arguments: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Path:
    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
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
