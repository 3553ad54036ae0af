"""Arithmetic as pages draw it: counted days as chips, years in post as a bar, a rule's conclusions step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from engine.queries.events import Event
    from engine.queries.guide import Step
    from forms import FieldView, FormView

WIDTH = 1000
_SATURDAY = 5
_MIN_WIDTH = 2.0


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a window: the `number` it counts as, or why it does not count (`why`)."""

    day: date
    number: int | None
    why: Text | None

    @property
    def is_make_up(self) -> bool:
        """A weekend day counts only where the official notice made it a working day."""
        return self.number is not None and self.day.weekday() >= _SATURDAY


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar in thousandths of its width: an interval, or the gap before the next one."""

    x: float
    width: float
    is_gap: bool
    text: Text


@dataclass(frozen=True, slots=True)
class Check:
    """What one rule concluded, as far as the step it belongs to was last decided."""

    name: Text | None
    findings: tuple[Mapping[str, Any], ...]
    traces: tuple[Mapping[str, Any], ...]


def days(count: Mapping[str, Any]) -> list[Day]:
    """In the order of the calendar."""
    counted = [Day(date.fromisoformat(str(day)), number, None) for number, day in enumerate(count["counted"], 1)]
    skipped = [Day(date.fromisoformat(str(one["day"])), None, _text(one["why"])) for one in count["skipped"]]
    return sorted([*counted, *skipped], key=lambda one: one.day)


def stretches(intervals: Iterable[Mapping[str, Any]], cutoff: str | None) -> list[Stretch]:
    """Intervals and the gaps between them, from the first day to the day up to which years count."""
    dated = [(date.fromisoformat(str(one["start"])), date.fromisoformat(str(one["end"])), one) for one in intervals]
    if not dated:
        return []
    spans = sorted(dated, key=lambda span: span[:2])
    first = spans[0][0]
    last = max([end for _, end, _ in spans] + ([date.fromisoformat(cutoff)] if cutoff else []))
    scale = WIDTH / ((last - first).days + 1)
    drawn, reached = [], first
    for start, end, one in [*spans, (last + timedelta(days=1), last, {})]:
        if (gap := (start - reached).days) > 0:
            drawn.append(_stretch(reached, start - timedelta(days=1), first, scale, _gap(gap), is_gap=True))
        if one:
            drawn.append(_stretch(start, end, first, scale, _text(one), is_gap=False))
        reached = max(reached, end + timedelta(days=1))
    return drawn


def _stretch(start: date, end: date, first: date, scale: float, text: Text, *, is_gap: bool) -> Stretch:
    width = max(((end - start).days + 1) * scale, _MIN_WIDTH)
    return Stretch(round((start - first).days * scale, 1), round(width, 1), is_gap, text)


def _gap(length: int) -> Text:
    return Text(f"中断{length}天", f"a gap of {length} days")


def together(steps: Iterable[Step]) -> list[list[Step]]:
    """The same step of the same matter for several people, such as the experts of a committee, as one entry."""
    found: dict[tuple[Text, Text], list[Step]] = {}
    for step in steps:
        found.setdefault((step.what, step.where), []).append(step)
    return [sorted(same, key=lambda step: step.person_id) for same in found.values()]


def checks(events: Iterable[Event]) -> list[Check]:
    """The last conclusion of each rule, in the order of their first; those without findings are left out."""
    latest: dict[str | None, Event] = {}
    for event in events:
        latest[event.element] = event
    found = [Check(event.name, _findings(event.payload.get("value")), _traces(event)) for event in latest.values()]
    return [one for one in found if one.findings]


def _findings(value: Any) -> tuple[Mapping[str, Any], ...]:
    listed = value.get("findings", []) if isinstance(value, dict) else value
    return tuple(
        one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict) and "verdict" in one
    )


def _traces(event: Event) -> tuple[Mapping[str, Any], ...]:
    """The tables that were asked; a decision without rows has nothing to show."""
    decisions = (event.payload.get("trace") or {}).get("decisions", ())
    return tuple(decision for decision in decisions if decision.get("rules"))


def _text(pair: Mapping[str, Any]) -> Text:
    return Text(str(pair.get("zh", "")), str(pair.get("en", "")))


@dataclass(frozen=True, slots=True)
class Gap:
    """What a rule would say against an application, and the id of the first field that it is about; "" where there is none."""

    finding: Mapping[str, Any]
    field: str


def gaps(findings: Iterable[Mapping[str, Any]], view: FormView) -> list[Gap]:
    """Whatever is not met without somebody's judgement, in the order of the rules."""
    fields = list(_every(view.fields))
    return [
        Gap(one, _field_of(str(one["row"]), fields)) for one in findings if one["verdict"] in {"NOT_MET", "MISSING"}
    ]


def _every(fields: Iterable[FieldView]) -> Iterator[FieldView]:
    for one in fields:
        if not one.hidden:
            yield one
            yield from _every(one.fields)
            for row in one.rows:
                yield from _every(row.fields)


def _field_of(row: str, fields: Iterable[FieldView]) -> str:
    about = (one.id for one in fields if one.name and row in [each.strip() for each in one.clause.split(",")])
    return next(about, "")
