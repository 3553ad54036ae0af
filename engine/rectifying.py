"""What follows from correcting what was entered: the instance is played as if it had been right from the start. Pure.

A correction is possible where everything that was done since would have been done all the same; windows that are still open,
findings and due dates are counted anew. Where a posted notice would have said something else, its posting is void.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import feel, services
from engine.clock import SHANGHAI
from engine.errors import InvalidError
from engine.replay import Effect, Entry, Played, corrected, effects, leaves, play
from engine.replay.comparing import APPEARS, ENDS, PEOPLE, SERVED, TOLD, VANISHES, WINDOW
from engine.replay.playing import DONE, OPEN, TIMER
from forms import FormError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from engine.compiled import Compiled
    from engine.diagram import Diagram, Element
    from engine.replay import Recorded
    from engine.replay.playing import Judge, Opened
    from forms import Form

# Where an entry has what people entered.
ENTERED = "values"
# What may be entered by these is corrected by two of the staff; an expert's scores, vote and declaration are theirs alone.
_STAFF = frozenset({"hr", "leader", "centre", "bureau", "admin", "candidate", "initiator"})
# Who it is that a notice names.
PEOPLE_TOLD = "people"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Change:
    """One value of an entry, by its path in the entry's payload."""

    path: str
    old: Any
    new: Any

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class Consequences:
    """`void`: the open window whose posting would be void, `window_ends` when it would end if it were posted again today.

    `obstacles`: why it cannot be corrected so.
    """

    before: Played
    after: Played
    effects: tuple[Effect, ...]
    void: str | None
    window_ends: datetime | None
    obstacles: tuple[Text, ...]


def values_of(entry: Entry, compiled: Compiled, process: str) -> dict[str, Any]:
    """What was entered there through a form and may be corrected, by path; nothing of what only its author may say.

    What a service brought, the parent gave or a message said is put right where it comes from.
    """
    form, entered = form_of(entry, compiled, process), (entry.payload or {}).get(ENTERED) or {}
    if form is None or not _is_staffs(entry, compiled.diagrams[process]):
        return {}
    return dict(leaves({name: entered[name] for name in form.keys if name in entered}, ENTERED))


def form_of(entry: Entry, compiled: Compiled, process: str) -> Form | None:
    """The form that was filled in there."""
    diagram = compiled.diagrams[process]
    element = diagram.elements.get(entry.element or "")
    form_id = diagram.start.form_id if entry.kind == "started" else element.form_id if element is not None else None
    return compiled.forms.get(form_id or "")


def _is_staffs(entry: Entry, diagram: Diagram) -> bool:
    element = diagram.elements.get(entry.element or "")
    if entry.kind == "started":
        return not (entry.payload or {}).get("message")
    if element is None or entry.kind not in {"completed", "set off"}:
        return False
    groups = element.set_off_by if entry.kind == "set off" else _groups(element)
    return bool(groups) and set(groups) <= _STAFF


def _groups(element: Element) -> list[str]:
    """The roles of a task as they are written; what is assigned by name has none, nor has what only FEEL can say."""
    text = element.candidate_groups or ""
    return [] if text.startswith("=") else [name.strip() for name in text.split(",") if name.strip()]


def changes(entry: Entry, typed: Mapping[str, str], compiled: Compiled, process: str) -> list[Change]:
    """What was typed beside what is there; values keep their kind. Raises InvalidError naming the value."""
    known = values_of(entry, compiled, process)
    found = []
    for path, text in typed.items():
        if path not in known:
            raise InvalidError(f"{path}: 该记录没有这一项。", f"{path}: there is no such value in this entry.")
        new = _of_kind(path, known[path], text.strip())
        if new != known[path]:
            found.append(Change(path, known[path], new))
    if not found:
        raise InvalidError("没有改动任何一项。", "nothing was changed.")
    return found


def _of_kind(path: str, old: Any, text: str) -> Any:
    if isinstance(old, bool):
        if text not in {"true", "false"}:
            raise InvalidError(f"{path}: 应为true或false。", f"{path}: true or false is wanted.")
        return text == "true"
    if isinstance(old, int | float):
        try:
            return int(text) if isinstance(old, int) and "." not in text else float(text)
        except ValueError:
            raise InvalidError(
                f"{path}: 应为数字, 实际为{text}。", f"{path}: a number is wanted, not {text}."
            ) from None
    return text or None if old is None else text


def consequences(
    recorded: Recorded,
    wanted: Mapping[int, Sequence[Change]],
    compiled: Compiled,
    evaluator: Callable[[datetime], Any],
    now: datetime,
) -> Consequences:
    """Played as it is recorded, and as if it had been right; `wanted` are the changes by the entry's number."""
    entries = [
        corrected(each, {change.path: change.new for change in wanted.get(each.number, ())})
        for each in recorded.entries
    ]
    judge = _judge(recorded, compiled, evaluator)
    before = play(recorded, compiled, evaluator, now, judge=judge)
    right = dataclasses.replace(recorded, entries=entries)
    after = play(right, compiled, evaluator, now, judge=judge)
    diagram = compiled.diagrams[recorded.instance.process]
    # What others are told is shown where they are; what services did is in the way, or was only looked up.
    found = [each for each in effects(before, after) if each.kind not in {TOLD, SERVED} and not _shortens(each, after)]
    void = next(_renamed(recorded, before, after, compiled, evaluator(now), OPEN), None)
    ends = _posted_again(right, after, void, compiled, evaluator, now) if void is not None else None
    obstacles = [
        *_obstacles(recorded, before, after, found, diagram),
        *_misfits(before, after, recorded, diagram),
        *_has_named(recorded, before, after, compiled, evaluator, now),
        *_cannot_void(void, diagram),
    ]
    return Consequences(before, after, tuple(found), void, ends, tuple(obstacles))


def _shortens(effect: Effect, after: Played) -> bool:
    """A window that was announced never ends earlier (Q7): it stays as it is."""
    return effect.kind == WINDOW and any(
        each.window is not None and (each.element, each.turn) == (effect.element, effect.turn)
        for each in after.opened
        if effect.new["due_at"] is not None and effect.old["due_at"] is not None
        if effect.new["due_at"] < effect.old["due_at"]
    )


def _obstacles(
    recorded: Recorded, before: Played, after: Played, found: Sequence[Effect], diagram: Diagram
) -> Iterator[Text]:
    if before.stopped or before.unheard or dict(before.variables) != dict(recorded.instance.variables):
        yield Text("此事项的记录不能重演", "the record of this matter cannot be played again")
        return
    if after.stopped:
        yield Text(f"更正后无法继续: {after.stopped.zh}", f"it could not go on: {after.stopped.en}")
    for kind, element in after.unheard:
        name = _name(diagram, element)
        yield Text(
            f"此后的“{name.zh}”将不成立({kind}), 请先退回或作废",
            f"“{name.en}” ({kind}) would not have happened; return or void it first",
        )
    for effect in found:
        if effect.kind in {APPEARS, VANISHES, ENDS, PEOPLE}:
            name = _name(diagram, effect.element)
            yield Text(f"“{name.zh}”的走向或办理人会不同", f"“{name.en}” would have gone another way")
    if Counter(_key(each) for each in before.waits.values()) != Counter(_key(each) for each in after.waits.values()):
        yield Text("更正后等待的环节会不同", "other steps would be waiting")
    if any(each.key != other.key for each, other in _pairs(before, after)):
        yield Text("正在等待的消息会凭另一编号识别", "a message that is waited for would be known by another key")
    yield from _done_outside(before, after, diagram)
    yield from _too_early(recorded, before, after, diagram)


def _key(each: Opened) -> tuple[str, str, int]:
    return each.kind, each.element, each.turn


def _pairs(before: Played, after: Played) -> Iterator[tuple[Opened, Opened]]:
    """What waits, in both."""
    others = {_key(each): each for each in after.waits.values()}
    yield from ((each, others[_key(each)]) for each in before.waits.values() if _key(each) in others)


def _done_outside(before: Played, after: Played, diagram: Diagram) -> Iterator[Text]:
    """A certificate's number, a register, an employer's end: done with what was wrong, and not undone by another value.

    Such services also read the matter itself: whatever is another value by then is in the way.
    """
    if dict(before.variables) == dict(after.variables):
        return
    for element, service, _ in before.served:
        if service in services.OUTSIDE:
            name, what = _name(diagram, element), services.OUTSIDE[service]
            yield Text(
                f"“{name.zh}”已按原值办理({what.zh}), 须另行办理更正",
                f"“{name.en}” was done with the old value ({what.en}) and must be put right by itself",
            )


def _judge(recorded: Recorded, compiled: Compiled, evaluator: Callable[[datetime], Any]) -> Judge:
    """Which fields the form of an element refuses, as of the moment when it was filled in."""
    elements = compiled.diagrams[recorded.instance.process].elements

    def judge(
        element: str, values: Mapping[str, Any], variables: Mapping[str, Any], local: Mapping[str, Any], at: datetime
    ) -> list[str]:
        found = elements.get(element)
        form = compiled.forms.get((found.form_id or "") if found is not None else "")
        scope = dataclasses.replace(recorded.instance, variables=variables).scope(compiled.settings)
        try:
            if form is not None:
                form.load(values, {**scope, **local}, evaluator(at).form_value, today=at.astimezone(SHANGHAI).date())
        except FormError as error:
            return list(error.fields)
        return []

    return judge


def _misfits(before: Played, after: Played, recorded: Recorded, diagram: Diagram) -> Iterator[Text]:
    """What was entered since must be what its form would have taken: an exception needs its reason."""
    elements = {entry.number: entry.element or "" for entry in recorded.entries}
    for number, field in after.misfits:
        if (number, field) not in before.misfits:
            name = _name(diagram, elements[number])
            yield Text(f"“{name.zh}”此后填写的{field}将不被接受", f"{field} of “{name.en}” would not have been taken")


def _too_early(recorded: Recorded, before: Played, after: Played, diagram: Diagram) -> Iterator[Text]:
    """A window that is over must still be over when the first thing was done after it."""
    over = {(each.element, each.turn): each for each in before.opened if each.kind == TIMER and each.state == DONE}
    for each in after.opened:
        was = over.get((each.element, each.turn)) if each.kind == TIMER else None
        if was is None or was.due_at is None or each.due_at is None or each.due_at <= was.due_at:
            continue
        since = [entry.at for entry in recorded.entries if entry.at > was.due_at]
        if each.due_at > min(since, default=was.due_at):
            name = _name(diagram, each.element)
            yield Text(
                f"“{name.zh}”应至{each.due_at:%Y-%m-%d %H:%M}才届满, 此后已办理的事项过早",
                f"“{name.en}” would have been over at {each.due_at:%Y-%m-%d %H:%M} only; what was done since was done too early",
            )


def _name(diagram: Diagram, element: str) -> Text:
    found = diagram.elements.get(element)
    return Text(found.name or element, found.name_en or element) if found is not None else Text(element, element)


# --- what others were told


def told_otherwise(before: Played, after: Played) -> dict[str, dict[str, Any]]:
    """By message what of its last payload would have been another: the values by their paths."""
    old, new = ({message: payload for _, message, payload in played.sent} for played in (before, after))
    found: dict[str, dict[str, Any]] = {}
    for message in old.keys() & new.keys():
        there = dict(leaves(old[message], ""))
        changed = {path: value for path, value in leaves(new[message], "") if there.get(path) != value}
        if changed:
            found[message] = changed
    return found


def heard_otherwise(entry: Entry, source_id: str, told: Mapping[str, Mapping[str, Any]]) -> list[Change]:
    """What an entry holds of a message that this matter sent: the message itself, or its line among the children's reports."""
    payload = entry.payload or {}
    values = told.get(str(payload.get("message")))
    if values is None or entry.kind not in {"received", "started"}:
        return []
    root = "payload" if entry.kind == "received" else ENTERED
    if payload.get("from") == source_id:
        return list(_changed(payload[root], root, root, values))
    lines = (payload[root] or {}).get("reports") or []
    places = (f"{root}.reports.{place}" for place, one in enumerate(lines) if one.get("id") == source_id)
    return [change for place in places for change in _changed(payload[root], root, place, values)]


def _changed(content: Any, root: str, place: str, values: Mapping[str, Any]) -> Iterator[Change]:
    there = dict(leaves(content, root))
    for path, value in values.items():
        if f"{place}{path}" in there and there[f"{place}{path}"] != value:
            yield Change(f"{place}{path}", there[f"{place}{path}"], value)


# --- postings


def _has_named(
    recorded: Recorded,
    before: Played,
    after: Played,
    compiled: Compiled,
    evaluator: Callable[[datetime], Any],
    now: datetime,
) -> Iterator[Text]:
    """A window that is over has shown the public these people, and no others."""
    diagram = compiled.diagrams[recorded.instance.process]
    for element in _renamed(recorded, before, after, compiled, evaluator(now), DONE):
        name = _name(diagram, element)
        yield Text(
            f"“{name.zh}”: 已公示的是原名单, 名单变更须重新公示",
            f"“{name.en}”: the public saw the old list; another one must be posted",
        )


def _renamed(
    recorded: Recorded, before: Played, after: Played, compiled: Compiled, evaluator: Any, state: str
) -> Iterator[str]:
    """Windows in this state whose notice would have named other people (Q13, Q14)."""
    elements, instance = compiled.diagrams[recorded.instance.process].elements, recorded.instance

    def named(told: str, played: Played) -> Any:
        scope = dataclasses.replace(instance, variables=played.variables).scope(compiled.settings)
        said = evaluator.json(told, feel.from_json(scope))
        return said.get(PEOPLE_TOLD) if isinstance(said, dict) else said

    for each in before.opened:
        told = elements[each.element].properties.get("notice") if each.element in elements else None
        if each.kind == TIMER and each.state == state and told and named(told, before) != named(told, after):
            yield each.element


def voiding(diagram: Diagram, window: str) -> Element | None:
    """The drawn act that voids a posting (property `voids`)."""
    return next((each for each in diagram.elements.values() if each.properties.get("voids") == window), None)


def void_values(
    act: Element, variables: Mapping[str, Any], recorded: Recorded, compiled: Compiled, evaluator: Any, reason: str
) -> dict[str, Any] | None:
    """What the act that voids a posting is done with (property `voiding`); None where it says nothing usable."""
    scope = dataclasses.replace(recorded.instance, variables=variables).scope(compiled.settings)
    values = evaluator.json(
        act.properties.get("voiding", ""), feel.from_json({**scope, "correction": {"reason": reason}})
    )
    return values if isinstance(values, dict) else None


def _posted_again(
    right: Recorded,
    after: Played,
    window: str,
    compiled: Compiled,
    evaluator: Callable[[datetime], Any],
    now: datetime,
) -> datetime | None:
    """When its window would end if it were voided and posted again today, entered as it was the last time."""
    act = voiding(compiled.diagrams[right.instance.process], window)
    values = void_values(act, after.variables, right, compiled, evaluator(now), "") if act is not None else None
    if act is None or values is None:
        return None
    entries = [*right.entries, Entry(0, "set off", act.id, now, {"values": values})]
    voided = play(dataclasses.replace(right, entries=entries), compiled, evaluator, now)
    last = {entry.element: entry for entry in right.entries if entry.kind == "completed" and entry.payload}
    again = [
        Entry(0, "completed", each.element, now, {"values": _today(last[each.element].payload, now)})
        for each in voided.waits.values()
        if each.element in last and each.opened_at == now
    ]
    played = play(dataclasses.replace(right, entries=[*entries, *again]), compiled, evaluator, now)
    return next((each.due_at for each in played.waits.values() if each.element == window), None)


def _today(payload: Any, now: datetime) -> Any:
    """The same values with every day become today."""
    day = now.astimezone(SHANGHAI).date().isoformat()

    def as_today(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: as_today(each) for name, each in value.items()}
        if isinstance(value, list):
            return [as_today(each) for each in value]
        return day if isinstance(value, str) and _DAY.fullmatch(value) else value

    return as_today(payload["values"])


def _cannot_void(window: str | None, diagram: Diagram) -> Iterator[Text]:
    if window is not None and voiding(diagram, window) is None:
        name = _name(diagram, window)
        yield Text(
            f"更正会改变正在公示的内容, 而流程图没有画出“{name.zh}”的作废, 请先作废公示",
            f"it would change what is posted, and the diagram has no way to void “{name.en}”; void the posting first",
        )
