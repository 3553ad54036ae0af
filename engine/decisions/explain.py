"""A trace in sentences: which rule matched, and for every other rule the cell that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.decisions.wording import amount
from engine.feel import DaysTime, YearsMonths, format_value
from forms.text import Language, Text

if TYPE_CHECKING:
    from engine.decisions.trace import CellTrace, DecisionTrace, RuleTrace, Trace

SIGNS = ("<", ">", "=", "!")


def explain(trace: Trace, language: Language = "zh") -> list[str]:
    """What is not met and what would meet it, then one sentence for each rule of each table and for each problem."""
    return [text.pick(language) for text in sentences(trace)]


def sentences(trace: Trace) -> list[Text]:
    """The same in both languages."""
    return [text for decision in trace.decisions for text in _sentences(decision)]


def _sentences(decision: DecisionTrace) -> list[Text]:
    found = [miss.text for miss in decision.misses] + [_rule(decision, rule) for rule in decision.rules]
    if decision.problem is not None:
        problem = decision.problem
        found.append(Text(f"{decision.name}：{problem.zh}", f"{decision.name}: {problem.en}"))
    return found


def _rule(decision: DecisionTrace, rule: RuleTrace) -> Text:
    clause = rule.clause
    zh = f"{decision.name} 第 {rule.number} 条规则{f'（{clause}）' if clause else ''}"
    en = f"{decision.name}, rule {rule.number}{f' ({clause})' if clause else ''}"
    if rule.used:
        return Text(f"{zh}成立", f"{en} applies")
    cell = rule.failing
    if rule.matched or cell is None:
        return Text(f"{zh}未采用", f"{en} was not used")
    actual = _shown(cell.value)
    if cell.verdict is None:
        return Text(
            f"{zh}不成立：{condition(cell)} 无法与 {actual.zh} 比较",
            f"{en} does not apply: {condition(cell)} cannot be compared with {actual.en}",
        )
    return Text(
        f"{zh}不成立：应为 {condition(cell)}，实际为 {actual.zh}",
        f"{en} does not apply: {condition(cell)} was required, found {actual.en}",
    )


def condition(cell: CellTrace) -> str:
    """Label and cell as one reads them: `满5年 >= 60`, `岗位 = "高级技师"`."""
    text = " ".join(cell.text.split())
    if text.startswith(SIGNS):
        return f"{cell.label} {text}"
    several = "," in text or text[:1] in "[(]" or text.startswith("not") or "?" in text
    return f"{cell.label}: {text}" if several else f"{cell.label} = {text}"


def _shown(value: object) -> Text:
    if value is None:
        return Text("空", "nothing")
    if isinstance(value, YearsMonths | DaysTime):
        return amount(value)
    text = str(format_value(value))
    return Text(text, text)
