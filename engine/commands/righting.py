"""A correction that two have signed is done: variables, state, findings and what is still open become what they would be."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select, true, update

from engine import audit, rectifying, spiff
from engine.audit import Event
from engine.commands import offering
from engine.commands.offering import due_key
from engine.commands.sending import PENDING
from engine.commands.step import take, title
from engine.errors import ConflictError
from engine.instance import Instance, as_instance, locked_instance
from engine.queries import people
from engine.replay.comparing import FINDING, OUTCOME
from engine.replay.playing import JOB, SUBSCRIPTION, TASK, TIMER
from engine.spiff.snapshot import Receive
from engine.tables import outbox, process_instance, report, subscription, task, task_candidate, timer
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.commands.assessing import Assessed
    from engine.library import Library
    from engine.replay import Opened, Played
    from engine.transaction import Transaction

CORRECTION = "correction"


def apply(tx: Transaction, library: Library, found: Assessed, row: Row[Any]) -> None:
    """To the instance and to those that were given or told the same."""
    for one in found.related:
        apply(tx, library, one, row)
    _report_anew(tx, found)
    instance = _write(tx, library, found, row)
    if found.found.void is not None:
        _void(tx, library, found, instance, row)
    _tell(tx, found, row)


def _write(tx: Transaction, library: Library, found: Assessed, row: Row[Any]) -> Instance:
    instance, after = locked(tx, found.instance.id), found.found.after
    if instance.revision != found.instance.revision:  # somebody was faster between the reading and the lock
        raise ConflictError(
            f"{instance.title}刚被他人更新, 未作任何更正。请重试。",
            f"somebody else has just changed {instance.title}; nothing was corrected. Try again.",
        )
    ids = _ids(tx, instance, found.found.before, after)
    right = dataclasses.replace(instance, variables=after.variables)
    right = dataclasses.replace(right, title=title(library.evaluator(tx.now), right, found.compiled))
    right = dataclasses.replace(right, search=offering.search_text(library.evaluator(tx.now), right, found.compiled))
    head = audit.append(tx, instance.id, list(_events(found, row)), instance.head)
    tx.session.execute(
        update(process_instance)
        .where(process_instance.c.id == instance.id)
        .values(
            revision=instance.revision + 1,
            history_count=head.number,
            history_head=head.link,
            state=spiff.renamed(after.state, ids),
            title=right.title,
            search=right.search,
            variables=json.dumps(after.variables, ensure_ascii=False),
            undo=None,
        )
    )
    _move_waits(tx, ids, found.found.before, after)
    offering.rename(tx, right)
    return locked(tx, instance.id)


def _events(found: Assessed, row: Row[Any]) -> Iterator[Event]:
    elements = {entry.number: entry.element for entry in found.recorded.entries}
    for number, listed in found.wanted.items():
        told = {
            "rectification": row.id,
            "entry": number,
            "old": {change.path: change.old for change in listed},
            "new": {change.path: change.new for change in listed},
            "reason": row.reason,
            "asked_by": row.asked_by,
            "effects": [effect.as_json() for effect in found.found.effects],
        }
        yield Event("corrected", elements[number], told)
    other = {(each.element, each.turn) for each in found.found.effects if each.kind in {FINDING, OUTCOME}}
    for each in found.found.after.decided:
        if (each.element, each.turn) in other:
            trace = each.outcome.trace.as_json()
            yield Event("decided", each.element, {"decision": each.decision, "value": each.value, "trace": trace})


def _report_anew(tx: Transaction, found: Assessed) -> None:
    """What it has reported to its parent is counted again later: that is right from now on too."""
    for message in rectifying.told_otherwise(found.found.before, found.found.after):
        payload = next(sent for _, name, sent in reversed(found.found.after.sent) if name == message)
        its = (report.c.child_id == found.instance.id, report.c.message == message)
        tx.session.execute(update(report).where(*its).values(payload=dict(payload)))


def _ids(tx: Transaction, instance: Instance, before: Played, after: Played) -> dict[str, str]:
    """Of each wait of the right playing, which row it is: the rows keep their ids, and so does what refers to them.

    Which row a wait is was settled by what is open now; that wait has the same place in the right playing.
    """
    rows = list(_rows(tx, instance))
    by_place = {(each.kind, each.element, each.turn): _take(rows, instance, each) for each in before.waits.values()}
    if rows:
        raise _unlike(instance)
    return {wait: by_place[each.kind, each.element, each.turn] for wait, each in after.waits.items()}


def _take(rows: list[tuple[str, str, str, Any]], instance: Instance, each: Opened) -> str:
    """The one row that it is: the same item, key or moment, else the only one at that element."""
    alike = [one for one in rows if one[1:3] == (each.kind, each.element)]
    mark = dict(each.local) if each.kind == TASK else each.due_at if each.kind == TIMER else each.key
    same = [one for one in alike if one[3] == mark]
    found = same if len(same) == 1 else alike if len(alike) == 1 else []
    if not found:
        raise _unlike(instance)
    rows.remove(found[0])
    return found[0][0]


def _unlike(instance: Instance) -> ConflictError:
    return ConflictError(
        f"{instance.title}: 进行中的环节与记录不能逐一对应, 不能更正。",
        f"{instance.title}: what is open cannot be told apart by its record one by one, so it cannot be corrected.",
    )


def _rows(tx: Transaction, instance: Instance) -> Iterator[tuple[str, str, str, Any]]:
    """What is open: id, kind, element, and what tells the turns of a loop apart."""
    its = (task.c.instance_id == instance.id, task.c.status == "open")
    for row in tx.session.execute(select(task.c.id, task.c.element, task.c.local).where(*its).order_by(task.c.id)):
        yield row.id, TASK, row.element, json.loads(row.local or "{}")
    open_ = (timer.c.instance_id == instance.id, timer.c.status.in_(("open", "incident")))
    clocks = select(timer.c.id, timer.c.element, timer.c.due_at).where(*open_).order_by(timer.c.id)
    for clock in tx.session.execute(clocks):
        yield clock.id, TIMER, clock.element, clock.due_at
    waits = select(subscription).where(subscription.c.instance_id == instance.id).order_by(subscription.c.id)
    for wait in tx.session.execute(waits):
        yield wait.id, SUBSCRIPTION, wait.element, wait.correlation_key
    its_jobs = (outbox.c.target_id == instance.id, outbox.c.kind == JOB, outbox.c.status == PENDING)
    jobs = select(outbox.c.correlation_key, outbox.c.source_element).where(*its_jobs)
    for job in tx.session.execute(jobs):
        yield job.correlation_key, JOB, job.source_element, None


def _move_waits(tx: Transaction, ids: Mapping[str, str], before: Played, after: Played) -> None:
    """Only what is counted otherwise now: a moment that was kept or postponed stays as it was decided."""
    was = {(each.kind, each.element, each.turn): each for each in before.waits.values()}
    for wait, each in after.waits.items():
        old = was[each.kind, each.element, each.turn]
        counted = {"due_at": each.due_at, "counts": [dict(count) for count in each.counts]}
        if each.kind == TIMER and each.due_at != old.due_at:
            # Of an announced window nobody loses a day (Q7).
            earlier = timer.c.due_at < each.due_at if each.window is not None else true()
            tx.session.execute(update(timer).where(timer.c.id == ids[wait], earlier).values(**counted))
        elif each.kind == TASK:
            _move_task(tx, ids[wait], old, each, counted)


def _move_task(tx: Transaction, task_id: str, old: Opened, each: Opened, counted: Mapping[str, Any]) -> None:
    values: dict[str, Any] = {}
    if each.due_at != old.due_at:  # looked at by the next tick, as after a newer calendar
        values |= {**counted, "reminded": 0, "next_reminder_at": tx.now}
        offered = update(task_candidate).where(task_candidate.c.task_id == task_id)
        tx.session.execute(offered.values(due_at=due_key(each.due_at, each.counts)))
    if each.local != old.local:
        values["local"] = json.dumps(dict(each.local), ensure_ascii=False)
    if values:
        tx.session.execute(update(task).where(task.c.id == task_id).values(**values))


def _void(tx: Transaction, library: Library, found: Assessed, instance: Instance, row: Row[Any]) -> None:
    """The posting showed the public what is not so: its drawn act voids it, and it is posted again."""
    diagram = found.compiled.diagrams[instance.process]
    act = rectifying.voiding(diagram, found.found.void or "")
    assert act is not None, "an obstacle otherwise"
    now, variables = library.evaluator(tx.now), instance.variables
    values = rectifying.void_values(act, variables, found.recorded, found.compiled, now, row.reason)
    wait = tx.session.scalar(select(subscription.c.id).filter_by(instance_id=instance.id, element=act.id).limit(1))
    if wait is None or values is None:
        raise ConflictError(
            f"“{act.name}”现在不能办理, 不能更正正在公示的内容。",
            f"{act.name_en} cannot be done now, so what is posted cannot be corrected.",
        )
    told = {"message": act.message and act.message.name, "values": values, "rectification": row.id}
    take(tx, library, instance, Receive(wait, values), Event("set off", act.id, told))


def _tell(tx: Transaction, found: Assessed, row: Row[Any]) -> None:
    """Everybody who began it, has a task in it or did one, and who asked."""
    its = task.c.instance_id == found.instance.id
    involved = {
        found.instance.initiator_id,
        row.asked_by,
        *tx.session.scalars(select(task.c.closed_by).where(its, task.c.closed_by.is_not(None))),
        *tx.session.scalars(select(task.c.assignee_id).where(its, task.c.assignee_id.is_not(None))),
    }
    known = {each.id for each in people.actors(tx)} & involved - {tx.actor.id}
    text = Text("记录有更正，请查看。", "Something in it was corrected; please look.")
    tell(tx, sorted(known), f"rectification {row.id} done", CORRECTION, text, instance_id=found.instance.id)


def locked(tx: Transaction, instance_id: str) -> Instance:
    return as_instance(tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).one())
