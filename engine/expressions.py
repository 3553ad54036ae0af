"""Expressions of a bundle: FEEL behind a leading `=`, plain text otherwise; parsed once, evaluated over JSON values.

The one place that knows which names a host adds to FEEL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine import calendar, feel
from engine.clock import SHANGHAI
from engine.errors import InvalidError
from engine.feel.dates import to_python

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.calendar import Calendar, Count
    from forms.text import Text

HOST_FUNCTIONS = ("working days after", "is working day", "working days between", "now", "today")
# Far beyond any term or appointment; days after it can still be counted.
_LAST_YEAR = 2200
RESERVED = frozenset({"settings", "process"})


@lru_cache(maxsize=8192)
def parse(text: str, *, unary: bool = False) -> feel.Expression:
    """FEEL without its leading `=`; raises FeelError."""
    return feel.parse(text, unary=unary, functions=HOST_FUNCTIONS)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """FEEL at one moment with one calendar; `counts` gathers the working-day arithmetic of what was evaluated."""

    now: datetime
    calendar: Calendar
    counts: list[Count] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)

    def functions(self) -> dict[str, Callable[..., Any]]:
        local = self.now.astimezone(SHANGHAI)
        return {
            **calendar.functions(self.calendar, self.counts.append),
            "now": lambda: local,
            "today": lambda: local.date(),
        }

    def value(self, expression: str, scope: Mapping[str, Any]) -> Any:
        """The FEEL value of an attribute; the text itself if it does not begin with `=`."""
        if not expression.startswith("="):
            return expression
        return parse(expression[1:]).evaluate(scope, self.functions(), warnings=self.warnings)

    def json(self, expression: str, scope: Mapping[str, Any]) -> Any:
        """The same as JSON, as variables are kept."""
        return feel.to_json(self.value(expression, scope))

    def form_value(self, expression: str, scope: Mapping[str, Any], unary: bool) -> Any:
        """What the forms room evaluates with: FEEL without `=`, over and to JSON."""
        parsed = parse(expression, unary=unary)
        return feel.to_json(parsed.evaluate(feel.from_json(dict(scope)), self.functions()))

    def due(self, expression: str, scope: Mapping[str, Any], element: str) -> datetime | None:
        """When a task is due: None while a calendar is missing, and where the expression says that it has no due date."""
        value = self.value(expression, scope)
        return None if value is None else self._at(value, expression, element)

    def moment(self, expression: str, scope: Mapping[str, Any], element: str) -> datetime | None:
        """When a timer falls: None only while a calendar is missing. A duration counts from now."""
        known = len(self.counts)
        value = self.value(expression, scope)
        if value is None and any(count.end is None for count in self.counts[known:]):
            return None
        return self._at(value, expression, element)

    def _at(self, value: Any, expression: str, element: str) -> datetime:
        found = read_time(value) if isinstance(value, str) else value
        moment = _as_moment(found, self.now, expression, element)
        if moment.year > _LAST_YEAR:
            raise InvalidError(
                f"{element}: 时间表达式 {expression} 得到{moment.year}年, 不应晚于{_LAST_YEAR}年。请更正表达式或其中的数据。",
                f"{element}: the time expression {expression} gave the year {moment.year}, and nothing is later than {_LAST_YEAR}. "
                "Correct the expression or the data it uses.",
            )
        return moment


def counted(count: Count) -> dict[str, Any]:
    """A working-day count as it is kept beside a timer: JSON values."""
    return {
        "end": count.end.isoformat() if count.end else None,
        "counted": [day.isoformat() for day in count.counted],
        "skipped": [{"day": day.isoformat(), "why": why.as_json()} for day, why in count.skipped],
        "calendar": count.version,
        "unknown_year": count.unknown_year,
    }


# ISO texts, as diagrams hold them without FEEL and as variables keep what FEEL gave.
_READ_TIME = """if matches(text, "^-?P") then duration(text) else if contains(text, "T") then date and time(text) else date(text)"""


def read_time(text: str) -> Any:
    """The FEEL day, moment or duration that an ISO text stands for; None where it is none."""
    return parse(_READ_TIME).evaluate({"text": text})


def _as_moment(value: Any, now: datetime, expression: str, element: str) -> datetime:
    if isinstance(value, feel.DaysTime | feel.YearsMonths):
        value = parse("now + length").evaluate({"now": now.astimezone(SHANGHAI), "length": value})
    if isinstance(value, feel.DateTime):
        value = to_python(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, date):
        return datetime.combine(value, time(), SHANGHAI)
    raise InvalidError(
        f"{element}: 时间表达式 {expression} 应得到日期、时刻或时长, 实际为 {feel.format_value(value)}。请更正表达式或其中的数据。",
        f"{element}: the time expression {expression} should give a date, a moment or a duration, but gave "
        f"{feel.format_value(value)}. Correct the expression or the data it uses.",
    )
