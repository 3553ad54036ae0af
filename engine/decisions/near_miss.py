"""For a finding that is not met: the fewest cells whose change would meet it.

A cell changes when the value of its column does; a value is taken from each of the column's regions. Columns that are
computed from the same facts are treated as if each could change by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from engine.decisions.regions import Region, TooLargeError, columns
from engine.errors import FeelError
from engine.feel import tree
from engine.feel.limits import Run
from engine.feel.operators import equals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.decisions.tables import Table
    from engine.feel.scope import Scope

    Choice = dict[int, Region]

MET = "MET"
UNMET = ("NOT_MET", "MISSING")
VERDICTS = frozenset((MET, *UNMET, "NEEDS_JUDGEMENT", "EXCEPTION"))
ROW = "row"
MAX_TRIES = 40_000
LISTS = ("C", "R", "O")
SINGLE = ("U", "A", "F", "P")


@dataclass(frozen=True, slots=True)
class Change:
    """A column whose value would have to change: `cell` stands in the rule that would then match.

    `example` is a value that would do; it is not `known` where the cell is a test of another kind (`matches(?, …)`).
    """

    column: int
    example: Any
    known: bool = True


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A finding that is not met (`rules` that said so, none if none matched), and what would meet it.

    `goal` is the rule that would match; without one no change of this table would do, or the table is too large.
    """

    key: str
    verdict: Any
    rules: tuple[int, ...]
    goal: int | None
    changes: tuple[Change, ...]


def near_misses(
    table: Table, scope: Scope, values: Sequence[Any], verdicts: Sequence[Sequence[bool | None]]
) -> Iterator[NearMiss]:
    """One for each finding of the table that is not met."""
    judge = Judge.of(table)
    if judge is None or not verdicts:
        return
    matched = sum(1 << at for at, row in enumerate(verdicts) if all(cell is True for cell in row))
    for key, verdict, rules in judge.unmet(matched):
        goal, changes = Search(table, judge, key).smallest(scope, values, verdicts)
        yield NearMiss(key, verdict, rules, goal, changes)


@dataclass(frozen=True)
class Judge:
    """Which rules say that a finding is met, and which set of matching rules therefore does."""

    table: Table
    says: tuple[Any, ...]
    keys: tuple[str, ...]

    @staticmethod
    def of(table: Table) -> Judge | None:
        """None if the table states no findings: no output column holds verdicts, written out."""
        letter = table.hit_policy
        if letter not in SINGLE + LISTS:
            return None
        written = [[_constant(rule.results[at]) for rule in table.rules] for at in range(len(table.outputs))]
        states = next(
            (column for column in written if VERDICTS & {one for one in column if isinstance(one, str)}), None
        )
        if states is None and len(written) == 1 and all(isinstance(one, bool) for one in written[0]):
            states = [MET if one else UNMET[0] for one in written[0]]
        if not states:
            return None
        names = [column.name for column in table.outputs]
        rows = written[names.index(ROW)] if ROW in names and letter in LISTS else [None] * len(table.rules)
        return Judge(table, tuple(states), tuple(row if isinstance(row, str) else "" for row in rows))

    def unmet(self, matched: int) -> Iterator[tuple[str, Any, tuple[int, ...]]]:
        """Each finding that these matching rules leave not met: its key, its verdict, the rules that said so."""
        used = self.used(matched)
        if self.table.hit_policy in SINGLE:
            said = [self.says[at] for at in used]
            verdict = next((one for one in said if one in UNMET), None)
            if verdict is not None or not used:
                yield "", verdict, tuple(used)
            return
        for key in dict.fromkeys(self.keys[at] for at in used):
            against = [at for at in used if self.keys[at] == key and self.says[at] in UNMET]
            if against:
                yield key, self.says[against[0]], tuple(against)

    def used(self, matched: int) -> list[int]:
        hits = [at for at in range(len(self.says)) if matched >> at & 1]
        letter = self.table.hit_policy
        if letter == "F":
            return hits[:1]
        if letter == "P":
            return sorted(hits, key=self.rank)[:1]
        if (letter == "U" and len(hits) > 1) or (letter == "A" and not self.agree(hits)):
            return []
        return hits

    def met(self, matched: int, key: str) -> bool:
        used = [at for at in self.used(matched) if self.keys[at] == key]
        return bool(used) and all(self.says[at] == MET for at in used)

    def rank(self, at: int) -> list[int]:
        names = [column.name for column in self.table.outputs]
        ranks = []
        for name, ranked in self.table.priorities:
            value = _constant(self.table.rules[at].results[names.index(name)])
            ranks.append(next((rank for rank, one in enumerate(ranked) if equals(one, value) is True), len(ranked)))
        return ranks

    def agree(self, hits: Sequence[int]) -> bool:
        if len(hits) < 2:  # noqa: PLR2004 - two that could differ
            return True
        rows = [[_constant(result) for result in self.table.rules[at].results] for at in hits]
        return all(equals(rows[0], row) is True for row in rows[1:]) and None not in rows[0]


def _constant(result: Any) -> Any:
    """The value of an output that is written out, else None."""
    return result.node.value if result is not None and isinstance(result.node, tree.Literal) else None


class Search:
    """The search for one finding: by the number of columns changed, then by the order of rules and columns."""

    def __init__(self, table: Table, judge: Judge, key: str) -> None:
        self.table, self.judge, self.key = table, judge, key
        self.left, self.run = MAX_TRIES, Run()

    def smallest(
        self, scope: Scope, values: Sequence[Any], verdicts: Sequence[Sequence[bool | None]]
    ) -> tuple[int | None, tuple[Change, ...]]:
        try:
            found = self._smallest(scope, values, verdicts)
        except (TooLargeError, FeelError):
            found = None
        return found or (None, ())

    def _smallest(
        self, scope: Scope, values: Sequence[Any], verdicts: Sequence[Sequence[bool | None]]
    ) -> tuple[int, tuple[Change, ...]] | None:
        width = len(self.table.inputs)
        now = [sum(1 << at for at, row in enumerate(verdicts) if row[column] is True) for column in range(width)]
        regions = self._regions(scope, values, now)
        self.run = scope.run
        goals = [at for at, says in enumerate(self.judge.says) if says == MET and self.judge.keys[at] == self.key]
        failing = {at: frozenset(column for column in range(width) if not now[column] >> at & 1) for at in goals}
        for size in range(1, width + 1):
            for goal in goals:
                for more in (
                    combinations(sorted(set(range(width)) - failing[goal]), size - len(failing[goal]))
                    if size >= len(failing[goal])
                    else ()
                ):
                    choice = self._choice(goal, sorted({*failing[goal], *more}), now, regions)
                    if choice is not None:
                        return goal, self._changes(choice)
        return None

    def _regions(self, scope: Scope, values: Sequence[Any], now: Sequence[int]) -> list[list[Region]]:
        """The regions of each column, and one without an example for each cell that tests otherwise."""
        found = []
        for at, column in enumerate(columns(self.table, scope, values)):
            listed = [region for region in column.regions if region.holds != now[at]]
            plain = sum(1 << rule for rule, row in enumerate(self.table.rules) if row.texts[at] == "-")
            others = [1 << rule for rule in range(len(self.table.rules)) if column.partial >> rule & 1]
            listed += [Region(OTHERWISE, plain | bit) for bit in others if not any(one.holds & bit for one in listed)]
            found.append(listed)
        return found

    def _choice(
        self, goal: int, changing: Sequence[int], now: Sequence[int], regions: Sequence[Sequence[Region]]
    ) -> Choice | None:
        kept = -1
        for column, mask in enumerate(now):
            kept &= mask if column not in changing else -1
        fitting = [[one for one in regions[column] if one.holds >> goal & 1] for column in changing]
        chosen = self._try(fitting, kept)
        return None if chosen is None else dict(zip(changing, chosen, strict=True))

    def _try(self, fitting: Sequence[Sequence[Region]], matched: int) -> list[Region] | None:
        self.left -= 1
        self.run.spend()
        if self.left < 0:
            raise TooLargeError
        if not fitting:
            return [] if self.judge.met(matched, self.key) else None
        for region in fitting[0]:
            rest = self._try(fitting[1:], matched & region.holds)
            if rest is not None:
                return [region, *rest]
        return None

    def _changes(self, choice: Mapping[int, Region]) -> tuple[Change, ...]:
        return tuple(
            Change(column, None if region.example is OTHERWISE else region.example, region.example is not OTHERWISE)
            for column, region in choice.items()
        )


OTHERWISE: Any = object()
