"""What a process owner should know of a table before anybody is decided by it: gaps, overlaps, rules without effect.

Everything that is said comes with an example that was tried on the table's own cells. Where a cell depends on what is
not known before a decision is asked, nothing is claimed about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decisions.items import permitted
from engine.decisions.near_miss import Judge
from engine.decisions.regions import Column, Region, TooLargeError, columns
from engine.errors import FeelError
from engine.feel import format_value, tree
from engine.feel.limits import Run
from engine.feel.operators import equals
from engine.feel.scope import Scope
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.decisions.tables import OutputColumn, Rule, Table
    from engine.feel.expression import Expression

MAX_TESTS = 4_000_000
MAX_STEPS = 100_000
MAX_SHOWN = 5
RUNS = 10
ONE_ANSWER = ("U", "A", "F", "P")


@dataclass(frozen=True, slots=True)
class TableProblem:
    """One thing that is wrong with a table: `rule` names the kind, `example` holds values by the columns' labels."""

    rule: str
    text: Text
    example: Mapping[str, Any]


def problems(table: Table, known: Mapping[str, Any] | None = None) -> list[TableProblem]:
    """All problems of a table; `known` are values that expressions may use before anything is asked (settings)."""
    found = list(_outputs(table))
    if not table.rules or not table.inputs:
        return found
    try:
        parts = columns(table, Scope(dict(known or {}), Run.afterwards(None, RUNS)), limit=MAX_TESTS)
    except (TooLargeError, FeelError):
        return found
    survey = Survey(table, parts)
    return [*found, *survey.dead(), *survey.overlaps(), *survey.gaps()]


class TooLongError(Exception):
    """The search has taken its share of time."""


class Survey:
    """The columns of one table, looked at together."""

    def __init__(self, table: Table, parts: Sequence[Column]) -> None:
        self.table, self.parts = table, parts
        self.every = (1 << len(table.rules)) - 1
        self.unknown = self.partial = 0
        for part in parts:
            self.unknown |= part.unknown
            self.partial |= part.partial

    # -- no rule for some input

    def gaps(self) -> Iterator[TableProblem]:
        has_default = any(column.default is not None for column in self.table.outputs)
        if self.table.hit_policy not in ONE_ANSWER or has_default:
            return
        choices = [[(region.holds | part.unknown, region) for region in part.regions] for part in self.parts]
        chosen = self._escape(choices, self.every)
        if chosen is not None:
            example = self._example(chosen)
            zh, en = told(example)
            yield TableProblem(
                "table-gap",
                Text(
                    f"没有规则适用于 {zh}；请补一条规则或默认输出", f"no rule applies to {en}; add a rule or a default"
                ),
                example,
            )

    def _escape(self, choices: Sequence[Sequence[tuple[int, Region]]], rules: int) -> list[Region] | None:
        """A region of each column such that none of these rules accepts them all; None if there is none."""
        order = sorted(range(len(choices)), key=lambda at: len(choices[at]))
        fewest = [_least(choices[at]) for at in order]
        try:
            found = Escape(fewest).found(0, rules)
        except TooLongError:
            return None
        return None if found is None else [region for _, region in sorted(zip(order, found, strict=True), key=_place)]

    # -- several rules for some input

    def overlaps(self) -> Iterator[TableProblem]:
        """The first few pairs of rules; mending them shows the next."""
        pairs = self._pairs() if self.table.hit_policy in OVERLAP else []
        for one, other in pairs[:MAX_SHOWN]:
            both = 1 << one | 1 << other
            chosen = [next(region for region in part.regions if region.holds & both == both) for part in self.parts]
            example = self._example(chosen)
            zh, en = told(example)
            yield TableProblem(
                "table-overlap",
                Text(
                    f"第 {one + 1} 条和第 {other + 1} 条规则都适用于 {zh}，{OVERLAP[self.table.hit_policy].zh}",
                    f"rules {one + 1} and {other + 1} both apply to {en}, {OVERLAP[self.table.hit_policy].en}",
                ),
                example,
            )

    def _pairs(self) -> list[tuple[int, int]]:
        """Two rules that some input satisfies both, and for ANY that answer differently."""
        together = [self.every] * len(self.table.rules)
        for part in self.parts:
            for at, mask in enumerate(_accepted_with(part, len(self.table.rules))):
                together[at] &= mask
        found = []
        for one, mask in enumerate(together):
            rest = mask >> one + 1
            while rest:
                low = rest & -rest
                other = one + low.bit_length()
                rest ^= low
                if self.table.hit_policy == "U" or _differ(self.table.rules[one], self.table.rules[other]):
                    found.append((one, other))
        return found

    # -- rules that nothing satisfies

    def dead(self) -> Iterator[TableProblem]:
        before = self._before()
        for at in range(len(self.table.rules)):
            column = next((place for place, part in enumerate(self.parts) if self._refuses(part, at)), None)
            if column is not None:
                yield self._never(at, column)
            elif before[at] and self._is_covered(at, before[at]):
                yield self._covered(at)

    @staticmethod
    def _refuses(part: Column, at: int) -> bool:
        bit = 1 << at
        return not (part.unknown | part.partial | part.null) & bit and not any(one.holds & bit for one in part.regions)

    def _before(self) -> list[int]:
        """For each rule those that win over it, as far as it is known what they accept."""
        sure = self.every & ~(self.unknown | self.partial)
        count = len(self.table.rules)
        if self.table.hit_policy == "F":
            return [sure & (1 << at) - 1 for at in range(count)]
        judge = Judge(self.table, (None,) * count, ("",) * count)
        if self.table.hit_policy != "P" or not self.table.priorities:
            return [0] * count
        ranks = [judge.rank(at) for at in range(count)]
        return [sure & sum(1 << other for other in range(count) if ranks[other] < ranks[at]) for at in range(count)]

    def _is_covered(self, at: int, before: int) -> bool:
        bit, choices = 1 << at, []
        for part in self.parts:
            open_to = [
                (one.holds & before, one) for one in part.regions if (one.holds | part.unknown | part.partial) & bit
            ]
            if (part.null | part.unknown | part.partial) & bit:
                open_to.append((part.null & before, Region(None, part.null)))
            choices.append(open_to)
        try:
            return Escape([_least(one) for one in choices]).found(0, before) is None
        except TooLongError:
            return False

    def _never(self, at: int, column: int) -> TableProblem:
        label, text = self.table.inputs[column].label, self.table.rules[at].texts[column]
        return TableProblem(
            "table-rule",
            Text(
                f"第 {at + 1} 条规则永远不会适用：{label} 的单元格 {text} 不接受任何值",
                f"rule {at + 1} never applies: the cell {text} of {label} accepts no value",
            ),
            {},
        )

    def _covered(self, at: int) -> TableProblem:
        chosen = [next((one for one in part.regions if one.holds >> at & 1), Region(None, 0)) for part in self.parts]
        example = self._example(chosen)
        zh, en = told(example)
        return TableProblem(
            "table-rule",
            Text(
                f"第 {at + 1} 条规则永远不会采用：更优先的规则已覆盖它的全部情形，例如 {zh}",
                f"rule {at + 1} is never used: rules that come first take everything that it accepts, such as {en}",
            ),
            example,
        )

    def _example(self, chosen: Sequence[Region]) -> dict[str, Any]:
        labels = [column.label for column in self.table.inputs]
        return {label: region.example for label, region in zip(labels, chosen, strict=True)}


OVERLAP = {
    "U": Text("而命中策略 U 只允许一条适用；请分开条件", "but hit policy U allows one; tell them apart"),
    "A": Text(
        "输出却不同，而命中策略为 A；请统一输出", "but answer differently where hit policy is A; give one answer"
    ),
}


class Escape:
    """The search for a way through the columns on which no rule of a set is left."""

    def __init__(self, choices: Sequence[Sequence[tuple[int, Region]]]) -> None:
        self.choices, self.tried = choices, set[tuple[int, int]]()

    def found(self, column: int, rules: int) -> list[Region] | None:
        if not rules:
            return [options[0][1] for options in self.choices[column:]]
        if column == len(self.choices) or (column, rules) in self.tried:
            return None
        self.tried.add((column, rules))
        if len(self.tried) > MAX_STEPS:
            raise TooLongError
        for mask, region in self.choices[column]:
            rest = self.found(column + 1, rules & mask)
            if rest is not None:
                return [region, *rest]
        return None


def _place(pair: tuple[int, Region]) -> int:
    return pair[0]


def _least(options: Sequence[tuple[int, Region]]) -> list[tuple[int, Region]]:
    """The regions that few rules accept: one that accepts the same rules and more helps nobody to escape."""
    ranked = sorted(options, key=lambda option: option[0].bit_count())
    if len(ranked) > MAX_COMPARED:
        return ranked
    least: list[tuple[int, Region]] = []
    for mask, region in ranked:
        if all(kept & ~mask for kept, _ in least):
            least.append((mask, region))
    return least


MAX_COMPARED = 600


def _accepted_with(part: Column, count: int) -> list[int]:
    """For each rule those that some value of this column satisfies together with it."""
    always = -1
    for region in part.regions:
        always &= region.holds
    found = [0] * count
    reached = 0
    for region in part.regions:
        reached |= region.holds
        rest = region.holds & ~always
        while rest:
            low = rest & -rest
            found[low.bit_length() - 1] |= region.holds
            rest ^= low
    return [reached if always >> at & 1 else mask for at, mask in enumerate(found)]


def _differ(one: Rule, other: Rule) -> bool:
    pairs = zip(one.results, other.results, strict=True)
    return any(
        equals(*values) is not True for pair in pairs if None not in (values := [_written(part) for part in pair])
    )


# -- outputs


def _outputs(table: Table) -> Iterator[TableProblem]:
    for at, rule in enumerate(table.rules, 1):
        for column, result in zip(table.outputs, rule.results, strict=False):
            value = _written(result)
            if value is not None:
                yield from _wrong(column, value, f"第 {at} 条规则的输出", f"the output of rule {at}")


def _wrong(column: OutputColumn, value: Any, zh: str, en: str) -> Iterator[TableProblem]:
    text, name = shown(value), column.name
    if column.allowed is not None and not permitted(column.allowed, value):
        allowed = column.allowed.text.strip()
        problem = Text(
            f"{zh} {name} = {text} 不在允许值 {allowed} 之中", f"{en}, {name} = {text}, is not one of {allowed}"
        )
        yield TableProblem("table-output", problem, {name: value})
    elif column.declared.coerce(value) is None:
        kind = column.declared.name
        yield TableProblem(
            "table-output",
            Text(f"{zh} {name} = {text} 应为 {kind}", f"{en}, {name} = {text}, should be a {kind}"),
            {name: value},
        )


def _written(result: Expression | None) -> Any:
    """The value of an output that uses nothing from outside, else None."""
    if result is None or any(tree.names_in(result.node)):
        return None
    try:
        return result.evaluate({})
    except FeelError:
        return None


def told(example: Mapping[str, Any]) -> tuple[str, str]:
    """An example as one reads it; what makes no difference is left out."""
    parts = [f"{label} = {shown(value)}" for label, value in example.items() if value is not None]
    return ("，".join(parts) or "任何输入", ", ".join(parts) or "any input")


def shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(format_value(value))
