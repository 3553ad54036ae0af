"""A step of an instance: from a locked row and a move to the rows that change. Read, decide, write; each once."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine import audit, feel, reminding, services, spiff
from engine.audit import Event
from engine.commands import hearing, offering, undo, voting
from engine.commands.sending import INCIDENT, OUTSIDE, PENDING, job_row, send, subscribe
from engine.errors import ConflictError, InvalidError
from engine.instance import ACTIVE, COMPLETED, Instance
from engine.tables import history, incident, outbox, person, process_instance, subscription, task, task_candidate, timer
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Table

    from engine.chain import Head
    from engine.commands.locked_tasks import Task
    from engine.compiled import Compiled
    from engine.decisions import Outcome
    from engine.diagram import Diagram, Element
    from engine.expressions import Evaluator
    from engine.library import Library
    from engine.spiff.snapshot import Move, Snapshot
    from engine.transaction import Transaction

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def take(
    tx: Transaction,
    library: Library,
    instance: Instance,
    move: Move,
    event: Event,
    completing: Task | None = None,
) -> Snapshot:
    """Make the move and write all that it brought about; `event` is what the history says of the move itself.

    `completing` is the task that the move completes: it may be the last whose vote is waited for. Raises ConflictError for
    an instance that stands still.
    """
    require_going(instance)
    compiled = library.get(tx.session, instance.deployment_id)
    ballots = voting.ballots_of(compiled, instance.process)
    snapshot = spiff.advance(
        compiled.runnable[instance.process],
        instance.state or None,
        instance.variables,
        move,
        _host(tx, library, instance, compiled, voting.counts(tx, ballots, instance, completing)),
    )
    named = dataclasses.replace(instance, variables=snapshot.variables)
    kept = undo.way_back(tx, compiled.diagrams[instance.process], instance, snapshot, event)
    called = title(library.evaluator(tx.now), named, compiled)
    found_by = offering.search_text(library.evaluator(tx.now), dataclasses.replace(named, title=called), compiled)
    titled = dataclasses.replace(instance, title=called, search=found_by)
    remind = partial(reminding.at_opening, reminding.rules(compiled.settings), library.calendar, tx.now)
    closed = voting.closing(tx, ballots, completing) if completing is not None else ()
    _write(tx, titled, snapshot, (event, *closed), kept)
    if instance.search not in {"", titled.search}:
        offering.rename(tx, titled)
    _open(tx, titled, compiled.diagrams[instance.process], snapshot, remind, ballots)
    send(tx, titled, snapshot)
    hearing.tell_step(tx, library.listeners.of(tx), titled, snapshot, event)
    return snapshot


def require_going(instance: Instance) -> None:
    """Raise ConflictError while the instance stands still (suspended)."""
    if instance.suspended is not None:
        why = Text(instance.suspended["zh"], instance.suspended["en"])
        raise ConflictError(
            f"{instance.title}已停止: {why.zh}。恢复之前不能办理, 已有的记录都保留。",
            f"{instance.title} stands still: {why.en}. Nothing can be done in it until it goes on again; everything is kept.",
        )


def title(evaluator: Evaluator, instance: Instance, compiled: Compiled) -> str:
    """What the instance is called in lists by what is known of it now (the diagram's property `title`)."""
    diagram = compiled.diagrams[instance.process]
    scope = feel.from_json(instance.scope(compiled.settings))
    found = evaluator.json(diagram.properties.get("title", ""), scope)
    return str(found or f"{diagram.name} {instance.business_key}")[:300]


def _host(
    tx: Transaction, library: Library, instance: Instance, compiled: Compiled, ballots: Mapping[str, Any]
) -> spiff.Host:
    current = library.evaluator(tx.now)

    def decide(decision_id: str, context: Mapping[str, Any]) -> Outcome:
        return compiled.decisions[decision_id].evaluate(decision_id, context, current.functions())

    def serve(element: Element, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return services.call(tx, instance, compiled, element.task_type or "", feel.to_json(dict(inputs)))

    facts = {
        "settings": feel.from_json(compiled.settings),
        "process": feel.from_json(instance.facts() | {"ballots": ballots}),
    }
    return spiff.Host(
        evaluator=current,
        facts=facts,
        decide=decide,
        serve=serve,
        is_job=lambda element: element.task_type in services.JOBS,
    )


def _write(
    tx: Transaction, instance: Instance, snapshot: Snapshot, told: Sequence[Event], kept: dict[str, Any] | None
) -> None:
    event, *more = told
    events = _events(instance, event, more, snapshot)
    entries, head = audit.chained(tx, instance.id, events, instance.head)
    if kept is not None:
        kept["entries"] = [instance.history_count + 1, head.number]
    # First what compares the revision: a step with an old copy is told so, and not that a number is taken.
    _write_instance(tx, instance, snapshot, head, kept)
    tx.session.execute(insert(history), entries)
    _close(tx, snapshot, event)


def _events(instance: Instance, event: Event, more: Sequence[Event], snapshot: Snapshot) -> list[Event]:
    told = {
        "old": undo.changed(instance.variables, snapshot.variables),
        "brought": dict(snapshot.brought),
        "sent": [{"message": sent.message, "kind": sent.kind, "key": sent.correlation_key} for sent in snapshot.sent],
        "cancelled": [
            wait for wait, kind in snapshot.closed.items() if kind == "task" and wait != event.payload.get("task")
        ],
    }
    payload = {**event.payload, **{key: value for key, value in told.items() if value}}
    first = Event(event.kind, event.element, {**payload, "passed": snapshot.passed, "flows": snapshot.flows})
    events = [
        first,
        *more,
        *(Event(happening.kind, happening.element, happening.payload) for happening in snapshot.happenings),
    ]
    events += [
        Event("window opened", wait.element, {"due_at": _iso(wait.due_at), "counts": wait.counts})
        for wait in snapshot.timers
    ]
    if snapshot.end_element is not None:
        events.append(Event("ended", snapshot.end_element or None))
    return events


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _write_instance(
    tx: Transaction, instance: Instance, snapshot: Snapshot, head: Head, kept: dict[str, Any] | None
) -> None:
    ended = snapshot.end_element is not None
    result = tx.session.execute(
        update(process_instance)
        .where(process_instance.c.id == instance.id, process_instance.c.revision == instance.revision)
        .values(
            revision=instance.revision + 1,
            history_count=head.number,
            history_head=head.link,
            state=snapshot.state,
            title=instance.title,
            search=instance.search,
            variables=json.dumps(snapshot.variables, ensure_ascii=False),
            undo=kept,
            status=COMPLETED if ended else ACTIVE,
            end_element=snapshot.end_element or None,
            ended_at=tx.now if ended else None,
        )
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("该事项刚被他人更新, 请重试。", "somebody else has just changed this; try again.")


def _close(tx: Transaction, snapshot: Snapshot, event: Event) -> None:
    by_kind: dict[str, list[str]] = {}
    for wait, kind in snapshot.closed.items():
        by_kind.setdefault(kind, []).append(wait)
    if tasks := by_kind.get("task"):
        done = [wait for wait in tasks if wait == event.payload.get("task")]
        _close_tasks(tx, done, {"status": "completed", "closed_by": tx.actor.id})
        _close_tasks(tx, [wait for wait in tasks if wait not in done], {"status": "cancelled"})
        tx.session.execute(delete(task_candidate).where(task_candidate.c.task_id.in_(tasks)))
    if timers := by_kind.get("timer"):
        # Firing one may end what others wait beside.
        fired = case((timer.c.id == event.payload.get("timer"), "fired"), else_="cancelled")
        close_timers(tx, timers, fired)
    if jobs := by_kind.get("job"):
        _close_jobs(tx, jobs)
    if subscriptions := by_kind.get("subscription"):
        tx.session.execute(delete(subscription).where(subscription.c.id.in_(subscriptions)))


def close_timers(tx: Transaction, ids: Sequence[str], status: Any) -> None:
    """With what a person is asked about them: it is over."""
    over = update(timer).where(timer.c.id.in_(ids)).values(status=status, closed_at=tx.now)
    closed = tx.session.execute(over.returning(timer.c.id, timer.c.attempts)).all()
    _close_incidents(tx, "timer", [row.id for row in closed if row.attempts])


def _close_jobs(tx: Transaction, ids: Sequence[str]) -> None:
    is_open = outbox.c.correlation_key.in_(ids) & outbox.c.status.in_((PENDING, INCIDENT))
    over = update(outbox).where(outbox.c.kind.in_(OUTSIDE), is_open).values(status="cancelled", closed_at=tx.now)
    closed = tx.session.execute(over.returning(outbox.c.id)).all()
    _close_incidents(tx, "message", [str(row.id) for row in closed])


def _close_incidents(tx: Transaction, kind: str, work_ids: Sequence[str]) -> None:
    if work_ids:
        asked = (incident.c.kind == kind, incident.c.work_id.in_(work_ids), incident.c.closed_at.is_(None))
        tx.session.execute(update(incident).where(*asked).values(closed_at=tx.now))


def _close_tasks(tx: Transaction, ids: list[str], values: Mapping[str, Any]) -> None:
    if ids:
        tx.session.execute(update(task).where(task.c.id.in_(ids)).values(closed_at=tx.now, **values))


def _open(
    tx: Transaction,
    instance: Instance,
    diagram: Diagram,
    snapshot: Snapshot,
    remind: Callable[[datetime | None], reminding.Standing],
    ballots: Collection[str],
) -> None:
    if snapshot.tasks:
        _require_people(tx, {opened.assignee_id: opened.element for opened in snapshot.tasks if opened.assignee_id})
        _put(tx, task, [_task_row(tx, instance, opened, remind(opened.due_at), ballots) for opened in snapshot.tasks])
    nobodys = [opened for opened in snapshot.tasks if opened.assignee_id is None]
    if candidates := offering.rows(instance, diagram, nobodys, tx.now):
        tx.session.execute(insert(task_candidate), candidates)
    if snapshot.timers:
        _put(tx, timer, [_timer_row(tx, instance, opened) for opened in snapshot.timers])
    if snapshot.jobs:
        tx.session.execute(insert(outbox), [job_row(tx, instance, opened) for opened in snapshot.jobs])
    if snapshot.subscriptions:
        subscribe(tx, instance, snapshot.subscriptions)


def _put(tx: Transaction, table: Table, rows: list[dict[str, Any]]) -> None:
    """Write new waits. SpiffWorkflow names the next steps ahead of time: what a withdrawal closed is opened anew."""
    statement = _INSERT[tx.session.get_bind().dialect.name](table)
    anew = {column.name: statement.excluded[column.name] for column in table.c}
    statement = statement.on_conflict_do_update(index_elements=["id"], set_=anew, where=table.c.status == "cancelled")
    result = tx.session.execute(statement, rows, execution_options={"preserve_rowcount": True})
    assert result.rowcount == len(rows), "a wait that is open or done was opened again"  # type: ignore[attr-defined]


def _require_people(tx: Transaction, elements: Mapping[str, str]) -> None:
    """Nobody is waited for who does not exist."""
    if not elements:
        return
    known = set(tx.session.scalars(select(person.c.id).where(person.c.id.in_(elements), person.c.active)))
    for assignee, element in elements.items():
        if assignee not in known:
            raise InvalidError(
                f"{element}: 没有办理人{assignee}, 或其账号已停用。请更正名单。",
                f"{element}: there is no person {assignee} to assign it to, or the account is closed. Correct the list.",
            )


def _task_row(
    tx: Transaction, instance: Instance, opened: Any, reminded: reminding.Standing, ballots: Collection[str]
) -> dict[str, Any]:
    return {
        "id": opened.id,
        "instance_id": instance.id,
        "element": opened.element,
        "employer_id": instance.employer_id,
        "status": "open",
        "assignee_id": opened.assignee_id,
        "candidate_roles": list(opened.roles),
        "barred_ids": list(opened.barred_ids),
        "local": json.dumps(opened.local, ensure_ascii=False),
        "due_at": opened.due_at,
        "counts": list(opened.counts),
        "box": opened.run if opened.element in ballots else None,
        "next_reminder_at": reminded.next_at,
        "reminded": reminded.behind,
        "opened_at": tx.now,
    }


def _timer_row(tx: Transaction, instance: Instance, opened: Any) -> dict[str, Any]:
    return {
        "id": opened.id,
        "instance_id": instance.id,
        "element": opened.element,
        "status": "open",
        "due_at": opened.due_at,
        "window": opened.window,
        "counts": list(opened.counts),
        "opened_at": tx.now,
    }
