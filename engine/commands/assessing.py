"""What a correction would do: to its own instance, and to those that were given or told the same. Nothing is written here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine import feel, rectifying
from engine.clock import SHANGHAI
from engine.commands.sending import INCIDENT, PENDING, UNMATCHED
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.instance import ACTIVE, Instance
from engine.permissions import Act, Role, Subject, require
from engine.queries import visible
from engine.queries.recorded import recorded
from engine.rectifying import Change, Consequences
from engine.replay import corrected, leaves
from engine.tables import outbox, process_instance
from forms import FormError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.replay import Entry, Recorded
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Assessed:
    """What a correction would do to one instance, and to those that were given or told the same.

    `wanted` are the changes by the number of the entry that has it wrong.
    """

    recorded: Recorded
    compiled: Compiled
    wanted: Mapping[int, Sequence[Change]]
    found: Consequences
    related: tuple[Assessed, ...] = ()
    # What is on its way from or to it, with what was wrong.
    pending: tuple[Text, ...] = ()

    @property
    def instance(self) -> Instance:
        return self.recorded.instance

    def as_json(self) -> dict[str, Any]:
        changes = [{"entry": number, **each.as_json()} for number, listed in self.wanted.items() for each in listed]
        return {
            "instance": self.instance.id,
            "title": self.instance.title,
            "process": self.instance.process,
            "changes": changes,
            "effects": [effect.as_json() for effect in self.found.effects],
            "void": self.found.void,
            "window_ends": self.found.window_ends.isoformat() if self.found.window_ends else None,
            "related": [one.as_json() for one in self.related],
        }

    def obstacles(self) -> Iterator[Text]:
        for text in (*self.found.obstacles, *self.pending):
            yield Text(f"{self.instance.title}: {text.zh}", f"{self.instance.title}: {text.en}")
        for one in self.related:
            yield from one.obstacles()


def assess(tx: Transaction, library: Library, instance_id: str, number: int, typed: Mapping[str, str]) -> Assessed:
    """What would follow, before anything is asked. Raises NotFoundError, NotPermittedError, ConflictError, InvalidError."""
    one, compiled = readable(tx, library, instance_id)
    entry = entry_of(one, compiled, number)
    wanted = rectifying.changes(entry, typed, compiled, one.instance.process)
    _require_form(library, one, compiled, entry, wanted)
    return assessed(tx, library, one, compiled, {number: wanted})


def entry_of(one: Recorded, compiled: Compiled, number: int) -> Entry:
    """The entry, if it is one that may be corrected."""
    entry = next((each for each in one.entries if each.number == number), None)
    if entry is None or not rectifying.values_of(entry, compiled, one.instance.process):
        raise NotFoundError(
            "该记录不能更正: 专家的评分、投票和声明只能由本人办理。",
            "this entry is none that staff may correct; scores, votes and declarations are the experts' own.",
        )
    return entry


def readable(tx: Transaction, library: Library, instance_id: str) -> tuple[Recorded, Compiled]:
    found = recorded(tx, [instance_id]) if visible.sees(tx, tx.actor, instance_id) else []
    if not found:
        raise NotFoundError(f"没有编号为{instance_id}的事项。", f"there is no matter {instance_id}.")
    (one,) = found
    compiled = library.get(tx.session, one.instance.deployment_id)
    require(tx.actor, Act.RECTIFY, subject_of(one.instance, compiled))
    require_going(one.instance)
    return one, compiled


def subject_of(instance: Instance, compiled: Compiled) -> Subject:
    """Nobody corrects what they applied for themselves."""
    rule = compiled.policy.start_rule(instance.process)
    is_applied_for = rule is not None and Role.CANDIDATE in rule.roles
    barred = frozenset({instance.initiator_id}) if is_applied_for else frozenset[str]()
    return instance.subject(barred_ids=barred)


def require_going(instance: Instance) -> None:
    if instance.status != ACTIVE or instance.suspended is not None:
        raise ConflictError(
            f"{instance.title}已结束或已停止, 其记录不再更正。",
            f"{instance.title} has ended or stands still; its record stays as it is.",
        )


def assessed(
    tx: Transaction,
    library: Library,
    one: Recorded,
    compiled: Compiled,
    wanted: Mapping[int, Sequence[Change]],
    seen: frozenset[str] = frozenset(),
) -> Assessed:
    """With those that follow from it, each once."""
    found = rectifying.consequences(one, wanted, compiled, library.evaluator, tx.now)
    known = seen | {one.instance.id}
    related: list[Assessed] = []
    for other in _neighbours(tx, one, known):
        theirs = library.get(tx.session, other.instance.deployment_id)
        changes = _following(tx, library, one, compiled, found, other)
        if changes and other.instance.id not in known:
            related.append(assessed(tx, library, other, theirs, changes, known))
            known |= {each.instance.id for each in related}
    return Assessed(one, compiled, wanted, found, tuple(related), tuple(_pending(tx, one.instance)))


def _pending(tx: Transaction, instance: Instance) -> Iterator[Text]:
    o = outbox.c
    waits = o.status.in_((PENDING, INCIDENT, UNMATCHED)) & ((o.source_id == instance.id) | (o.target_id == instance.id))
    if tx.session.execute(select(o.id).where(waits).limit(1)).first() is not None:
        yield Text(
            "还有消息或后台工作未完成, 请待其完成后再更正",
            "a message or a job of it is still on its way; correct it when that is done",
        )


def _neighbours(tx: Transaction, one: Recorded, seen: frozenset[str]) -> list[Recorded]:
    """The parent and the children that go on, but for those that were looked at: what has ended keeps its record."""
    its = process_instance.c
    ids = select(its.id).where(
        or_(its.parent_id == one.instance.id, its.id == one.instance.parent_id), its.status == ACTIVE
    )
    return recorded(tx, [each for each in tx.session.scalars(ids.order_by(its.id)) if each not in seen])


def _following(
    tx: Transaction,
    library: Library,
    one: Recorded,
    compiled: Compiled,
    found: Consequences,
    other: Recorded,
) -> dict[int, list[Change]]:
    """What another has of it: as it was given it when it began (policy.yaml, `given`), or told it by a message."""
    told = rectifying.told_otherwise(found.before, found.after)
    changes = {entry.number: rectifying.heard_otherwise(entry, one.instance.id, told) for entry in other.entries}
    rule = compiled.policy.start_rule(other.instance.process)
    started = next((entry for entry in other.entries if entry.kind == "started" and entry.payload), None)
    if rule is not None and started is not None and other.instance.parent_id == one.instance.id:
        given = [_given(tx, library, rule.given, one, compiled, each.variables) for each in (found.before, found.after)]
        there = dict(leaves((started.payload or {}).get(rectifying.ENTERED) or {}, rectifying.ENTERED))
        changes[started.number] += _differing(given[0], given[1], there)
    return {number: listed for number, listed in changes.items() if listed}


def _given(
    tx: Transaction,
    library: Library,
    given: Mapping[str, str],
    parent: Recorded,
    compiled: Compiled,
    variables: Mapping[str, Any],
) -> dict[str, Any]:
    seen = feel.from_json(dataclasses.replace(parent.instance, variables=variables).scope(compiled.settings))
    return {name: library.evaluator(tx.now).json(expression, seen) for name, expression in given.items()}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[Change]:
    """What a child has as its parent gave it, and would have been given otherwise."""
    old = dict(each for name in before for each in leaves(before[name], f"values.{name}"))
    new = dict(each for name in after for each in leaves(after[name], f"values.{name}"))
    for path, value in new.items():
        if path in there and there[path] == old.get(path) and value != old.get(path):
            yield Change(path, there[path], value)


def _require_form(library: Library, one: Recorded, compiled: Compiled, entry: Entry, wanted: Sequence[Change]) -> None:
    """What was entered through a form is refused where the form would refuse it."""
    instance, form = one.instance, rectifying.form_of(entry, compiled, one.instance.process)
    changed = {change.path.removeprefix("values.") for change in wanted if change.path.startswith("values.")}
    if form is None or not changed:
        return
    if sealed := changed & {".".join(path) for path in form.sealed}:
        raise InvalidError(
            f"{min(sealed)}: 证件号码不能在此更正。", f"{min(sealed)}: an identity number is not corrected here."
        )
    values = corrected(entry, {change.path: change.new for change in wanted}).payload or {}
    local = one.tasks[values["task"]].local if values.get("task") in one.tasks else {}
    context = {**instance.scope(compiled.settings), **local}
    try:
        # As of the day on which it was entered: a day that was to come then may be over now.
        then = library.evaluator(entry.at).form_value
        form.load(values["values"], context, then, today=entry.at.astimezone(SHANGHAI).date())
    except FormError as error:
        wrong = {path: text for path, text in error.fields.items() if path in changed}
        if wrong:
            raise FormError(wrong) from error
