"""What came out differently when an instance was played on another version: findings, outcomes, windows, tasks, the end. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from engine.replay.playing import OPEN, SUBSCRIPTION, TASK, TIMER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.replay.playing import Decided, Opened, Played

FINDING, OUTCOME, WINDOW, DEADLINE, PEOPLE = "finding", "outcome", "window", "deadline", "people"
APPEARS, VANISHES, HELD_UP, ENDS, STOPS = "appears", "vanishes", "held up", "ends", "stops"
# A message with another content, a service that is given something else.
TOLD, SERVED = "told", "served"
KINDS = (FINDING, OUTCOME, WINDOW, DEADLINE, PEOPLE, APPEARS, VANISHES, HELD_UP, ENDS, STOPS, TOLD, SERVED)


@dataclass(frozen=True, slots=True)
class Effect:
    """One difference, JSON throughout. `row` is the regulation's row of a finding, `name` that of an outcome.

    `old` and `new` are None where there is nothing on that side. `turn` counts from 1: the element's n-th time.
    """

    kind: str
    element: str
    turn: int
    old: Any
    new: Any
    row: str = ""
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def effects(old: Played, new: Played) -> list[Effect]:
    """What is different in the new playing, in the order in which it came about."""
    found = [*_decisions(old, new), *_told(old, new)]
    if new.stopped is not None and old.stopped is None:
        return [*found, Effect(STOPS, "", 1, None, new.stopped.as_json())]
    held = _held_up(old, new)
    if held:
        return [*found, *held, *_waits(old, new, (TIMER, TASK), both_only=True)]
    return [*found, *_waits(old, new, (TIMER, TASK)), *_end(old, new)]


def traces(old: Played, new: Played, found: list[Effect]) -> list[dict[str, Any]]:
    """Both traces of each decision that came out differently: `{element, turn, decision, old, new}`."""
    wanted = dict.fromkeys((each.element, each.turn) for each in found if each.kind in {FINDING, OUTCOME})
    pairs = _pairs(old, new)
    return [
        {
            "element": element,
            "turn": turn,
            "old": None if before is None else before.outcome.trace.as_json(),
            "new": None if after is None else after.outcome.trace.as_json(),
        }
        for (element, turn), (before, after) in pairs.items()
        if (element, turn) in wanted
    ]


def findings_of(value: Any) -> list[Mapping[str, Any]]:
    """The findings in a decision's value: it is a list of them, or has one under `findings`."""
    found = value.get("findings") if isinstance(value, dict) else value
    listed = found if isinstance(found, list) else []
    return [each for each in listed if isinstance(each, dict) and "row" in each and "verdict" in each]


# --- decisions


def _pairs(old: Played, new: Played) -> dict[tuple[str, int], tuple[Decided | None, Decided | None]]:
    before = {(each.element, each.turn): each for each in old.decided}
    after = {(each.element, each.turn): each for each in new.decided}
    return {key: (before.get(key), after.get(key)) for key in {**before, **after}}


def _decisions(old: Played, new: Played) -> Iterator[Effect]:
    for (element, turn), (before, after) in _pairs(old, new).items():
        if after is None and (new.unheard or new.stopped):
            continue  # not reached, which is said by itself
        was, now = before.value if before else None, after.value if after else None
        yield from _findings(element, turn, was, now)
        yield from _outcomes(element, turn, was, now)


def _findings(element: str, turn: int, old: Any, new: Any) -> Iterator[Effect]:
    before, after = _by_row(old), _by_row(new)
    for row in {**before, **after}:
        was, now = before.get(row, []), after.get(row, [])
        if sorted(str(each["verdict"]) for each in was) == sorted(str(each["verdict"]) for each in now):
            continue
        for one, other in zip_longest(was, now):
            if one is None or other is None or one["verdict"] != other["verdict"]:
                yield Effect(FINDING, element, turn, one, other, row=row)


def _by_row(value: Any) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in findings_of(value):
        found[str(each["row"])].append(each)
    return found


def _outcomes(element: str, turn: int, old: Any, new: Any) -> Iterator[Effect]:
    before, after = _rest(old), _rest(new)
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            yield Effect(OUTCOME, element, turn, before.get(name), after.get(name), name=name)


def _rest(value: Any) -> dict[str, Any]:
    """What a decision says beside its findings, by name; a value without names has the name ""."""
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name != "findings"}
    return {} if value is None or findings_of(value) == value else {"": value}


# --- what others are told, and services are given


def _told(old: Played, new: Played) -> Iterator[Effect]:
    for kind, before, after in ((TOLD, old.sent, new.sent), (SERVED, old.served, new.served)):
        ours, theirs = _numbered(before), _numbered(after)
        for (element, name, turn), value in theirs.items():
            was = ours.get((element, name, turn))
            if was != value:
                yield Effect(kind, element, turn, was, value, name=name)


def _numbered(listed: Sequence[tuple[str, str, Mapping[str, Any]]]) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    found: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    turns = Counter[tuple[str, str]]()
    for element, name, value in listed:
        turns[element, name] += 1
        found[element, name, turns[element, name]] = value
    return found


# --- waits and ends


def _held_up(old: Played, new: Played) -> list[Effect]:
    """What nobody has done yet, and which the rest of the record would have waited for."""
    known = {(each.element, each.turn) for each in old.opened}
    if not new.unheard:
        return []
    return [
        Effect(HELD_UP, each.element, each.turn, None, _as_json(each))
        for each in new.opened
        if each.kind in {TASK, SUBSCRIPTION} and each.state == OPEN and (each.element, each.turn) not in known
    ]


def _waits(old: Played, new: Played, kinds: tuple[str, ...], *, both_only: bool = False) -> Iterator[Effect]:
    before = {(each.element, each.turn): each for each in old.opened if each.kind in kinds}
    after = {(each.element, each.turn): each for each in new.opened if each.kind in kinds}
    for (element, turn), one in before.items():
        if (other := after.get((element, turn))) is not None:
            yield from _changed(element, turn, one, other)
        elif not both_only:
            yield Effect(VANISHES, element, turn, _as_json(one), None)
    for (element, turn), other in after.items():
        if (element, turn) not in before and not both_only:
            yield Effect(APPEARS, element, turn, None, _as_json(other))


def _changed(element: str, turn: int, old: Opened, new: Opened) -> Iterator[Effect]:
    if old.due_at != new.due_at:
        kind = WINDOW if new.kind == TIMER else DEADLINE
        yield Effect(kind, element, turn, _as_json(old), _as_json(new))
    if _people(old) != _people(new):
        yield Effect(PEOPLE, element, turn, _as_json(old), _as_json(new))


def _people(each: Opened) -> tuple[set[str], str | None, set[str]]:
    return set(each.roles), each.assignee_id, set(each.barred_ids)


def _end(old: Played, new: Played) -> Iterator[Effect]:
    if old.end_element != new.end_element and (new.end_element is not None or not new.unheard):
        yield Effect(ENDS, new.end_element or old.end_element or "", 1, old.end_element, new.end_element)


def _as_json(each: Opened) -> dict[str, Any]:
    return {
        "what": each.kind,
        "state": each.state,
        "due_at": each.due_at.isoformat() if each.due_at else None,
        "counts": [dict(count) for count in each.counts],
        "roles": list(each.roles),
        "assignee": each.assignee_id,
        "barred": list(each.barred_ids),
    }
