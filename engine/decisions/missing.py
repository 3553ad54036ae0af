"""A near miss as it is told: the cells of the rule that would match, with what was held and needed and from which day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decisions.foresight import Moved, as_day, first_day
from engine.decisions.trace import CellMiss, MissTrace
from engine.decisions.wording import compared, held, needed, sentence, speaks_for_itself
from engine.errors import FeelError
from engine.feel.compile import Compiler
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.decisions.evaluation import TableRecord
    from engine.decisions.near_miss import Change, NearMiss
    from engine.decisions.trace import RuleTrace
    from engine.feel import tree
    from engine.feel.limits import Run

SAID = {"MISSING": Text("缺材料", "missing"), None: Text("没有结论", "not decided")}
NOT_MET = Text("不符合", "not met")


def missed(record: TableRecord, miss: NearMiss, rules: Sequence[RuleTrace], run: Run) -> MissTrace:
    """The trace of a near miss, with its sentence; `run` pays for what is asked again."""
    goal = miss.goal
    told = miss.rules[:1] or ((goal,) if goal is not None else ())
    clause = miss.key or next((rules[at].clause for at in told), "") or record.table.name
    cells = tuple(_cell(record, goal, change, run) for change in miss.changes) if goal is not None else ()
    number = None if goal is None else goal + 1
    text = _sentence(record, clause, miss, cells)
    return MissTrace(clause, miss.verdict, number, tuple(change.column for change in miss.changes), cells, text)


def _cell(record: TableRecord, goal: int, change: Change, run: Run) -> CellMiss:
    column, rule = record.table.inputs[change.column], record.table.rules[goal]
    cell = rule.cells[change.column]
    text = " ".join(rule.texts[change.column].split())
    moved = _met_on(record, goal, change.column, run)
    return CellMiss(
        column.label,
        text,
        record.values[change.column],
        change.example,
        _needed(record, cell.node, text, change),
        moved.day if moved else None,
        moved.name if moved else "",
    )


def _needed(record: TableRecord, node: tree.Node, text: str, change: Change) -> Text:
    value = record.values[change.column]
    if text == "-":  # the rule asks nothing here, but an earlier one must no longer match
        return compared("!=", value)
    return needed(node, lambda item: Compiler({}).code(item)(record.scope.inner({"?": change.example})), text)


def _sentence(record: TableRecord, clause: str, miss: NearMiss, cells: Sequence[CellMiss]) -> Text:
    said = SAID.get(miss.verdict, NOT_MET)
    if not cells:
        return Text(f"{clause} {said.zh}", f"{clause} {said.en}")
    parts = [_part(record, miss, at, cell, alone=len(cells) == 1) for at, cell in enumerate(cells)]
    zh, en = "；".join(part.zh for part in parts), "; ".join(part.en for part in parts)
    return Text(f"{clause} {said.zh}：{zh}", f"{clause} {said.en}: {en}")


def _part(record: TableRecord, miss: NearMiss, at: int, cell: CellMiss, *, alone: bool) -> Text:
    assert miss.goal is not None
    node = record.table.rules[miss.goal].cells[miss.changes[at].column].node
    label = "" if alone and speaks_for_itself(node, cell.value) else cell.label
    moved = Moved(cell.moved, cell.met_on) if cell.met_on else None
    return sentence(label, held(cell.value), cell.needed, moved)


# -- from which day


def _met_on(record: TableRecord, goal: int, column: int, run: Run) -> Moved | None:
    """The first day on which the cell would hold if one of the days that the decision depends on were later."""
    rule = record.table.rules[goal]
    if record.origin is None or record.origin[1].body is not record.table or rule.texts[column] == "-":
        return None
    session, node = record.origin
    asked, test = record.table.inputs[column], rule.tests[column]

    def holds(key: str, value: Any) -> bool:
        scope = session.again(key, value, run).scope(node.requirements)
        found = asked.kind.coerce(asked.code(scope))
        return test(found, scope.inner({"?": found})) is True

    try:
        days = [(key, value) for key, value in session.before(node) if as_day(value) is not None]
        moved = first_day(days, holds)
    except FeelError:
        return None
    return None if moved is None else Moved(session.nodes[moved.name].name, moved.day)
