"""A committee's meeting: one matter, the same task of several members in each of its children, done on one page.

Which task that is the diagram says (property `roster`), and the committee is what the parent's diagram says (`committee`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, func, select

from engine import feel
from engine.commands import voting
from engine.commands.signatures import SIGNED
from engine.errors import NotFoundError
from engine.instance import COLUMNS, JOINED, Instance, as_instance
from engine.queries import visible
from engine.queries.instances import may_see
from engine.queries.roster import roster
from engine.tables import history, person, process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.queries.roster import Entered, RosterLine
    from engine.transaction import Transaction

_PEOPLE = ("chair", "members", "alternates", "present")
_PARENT = process_instance.alias("meeting_of")


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting that the actor takes part in or may look at; `waiting` of `asked` tasks are the actor's own, still to be done."""

    instance_id: str
    element: str
    title: str
    business_key: str
    name: Text
    waiting: int
    asked: int


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One candidate for everybody; `counts` when the box is closed, `fits` whether the slips are still those that were counted."""

    instance_id: str
    title: str
    business_key: str
    done: int
    asked: int
    recused: tuple[str, ...]
    counts: Mapping[str, int] | None
    choices: Mapping[str, Text]
    fits: bool | None
    said: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What `committee` says of it, with names for ids; `sees_counts`: staff and the chair."""

    instance_id: str
    element: str
    name: Text
    title: str
    business_key: str
    employer_name: str | None
    facts: Mapping[str, Any]
    names: Mapping[str, str]
    agenda: tuple[AgendaLine, ...]
    roster: tuple[RosterLine, ...]
    sees_counts: bool
    may_sign: bool
    signed: tuple[str, ...]
    remark: str


def meetings(tx: Transaction, library: Library) -> list[MeetingLine]:
    """Those with a task of the actor's own, and those of matters that the actor's role sees; the newest first."""
    mine = (task.c.assignee_id == tx.actor.id) | (task.c.closed_by == tx.actor.id)
    own = select(process_instance.c.parent_id).join(task, task.c.instance_id == process_instance.c.id).where(mine)
    parents = select(process_instance.c.id).where(visible.instances(tx.actor), process_instance.c.parent_id.is_(None))
    query = (
        select(
            _PARENT.c.id,
            _PARENT.c.title,
            _PARENT.c.business_key,
            process_instance.c.process,
            process_instance.c.deployment_id,
            task.c.element,
            func.count().filter(mine).label("asked"),
            func.count().filter(mine, task.c.status == "open").label("waiting"),
        )
        .select_from(
            task.join(process_instance, process_instance.c.id == task.c.instance_id).join(
                _PARENT, _PARENT.c.id == process_instance.c.parent_id
            )
        )
        .where(_PARENT.c.id.in_(own) | _PARENT.c.id.in_(parents), task.c.status != "cancelled")
        .group_by(*_PARENT.c["id", "title", "business_key", "started_at"], task.c.element, process_instance.c.process)
        .group_by(process_instance.c.deployment_id)
        .order_by(_PARENT.c.started_at.desc(), _PARENT.c.id, task.c.element)
    )
    return [line for row in tx.session.execute(query) if (line := _line(tx, library, row)) is not None]


def _line(tx: Transaction, library: Library, row: Row[Any]) -> MeetingLine | None:
    element = library.get(tx.session, row.deployment_id).diagrams[row.process].elements[row.element]
    if element.properties.get("roster") != "true":
        return None
    name = Text(element.name, element.name_en)
    return MeetingLine(row.id, row.element, row.title, row.business_key, name, row.waiting, row.asked)


def meeting(
    tx: Transaction, library: Library, instance_id: str, element: str, entered: Mapping[str, Entered] | None = None
) -> Meeting:
    """`entered` is what a page has just sent, by task; what is not in it is as the actor's drafts have it.

    Raises NotFoundError where there is none, or none that the actor takes part in or may see.
    """
    parent = _parent(tx, instance_id)
    rows = _tasks(tx, instance_id, element) if parent else []
    mine = [row for row in rows if tx.actor.id in {row.assignee_id, row.closed_by}]
    if parent is None or not rows or not (mine or may_see(tx, instance_id)):
        raise _none()
    compiled = library.get(tx.session, parent.deployment_id)
    found = compiled.diagrams[rows[0].process].elements[element]
    if found.properties.get("roster") != "true":
        raise _none()
    facts = _facts(tx, library, compiled, parent)
    is_chair = facts.get("chair") == tx.actor.id
    everything = visible.sees_everything(tx, parent.subject()) or is_chair
    # Who is kept to a unit sees its candidates here as everywhere.
    seen = set(tx.session.scalars(_visible_children(tx, instance_id)))
    shown = [row for row in rows if is_chair or row in mine or row.id in seen]
    names = _names(tx, facts)
    return Meeting(
        instance_id=parent.id,
        element=element,
        name=Text(found.name, found.name_en),
        title=parent.title,
        business_key=parent.business_key,
        employer_name=parent.employer_name,
        facts=facts,
        names=names,
        agenda=tuple(_agenda(tx, compiled, shown, element, facts, names, everything=everything)),
        roster=tuple(roster(tx, library, compiled, mine, entered or {})),
        sees_counts=everything,
        may_sign=visible.sees_everything(tx, parent.subject()),
        **_signed(tx, parent.id, element),
    )


def _visible_children(tx: Transaction, parent_id: str) -> Select[Any]:
    return select(process_instance.c.id).where(process_instance.c.parent_id == parent_id, visible.instances(tx.actor))


def _none() -> NotFoundError:
    return NotFoundError(
        "没有这次会议, 或您不参加, 也无权查看。请从“评审会议”进入。",
        "there is no such meeting, or none that you take part in or may see; go there from “Meetings”.",
    )


def _parent(tx: Transaction, instance_id: str) -> Instance | None:
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).first()
    return as_instance(row) if row else None


def _tasks(tx: Transaction, parent_id: str, element: str) -> list[Row[Any]]:
    """The tasks of all children, the children in their order."""
    of_task = (task.c.element, task.c.assignee_id, task.c.closed_by, task.c.local, task.c.opened_at)
    query = (
        select(*COLUMNS, task.c.id.label("task_id"), task.c.status.label("task_status"), *of_task)
        .select_from(JOINED.join(task, task.c.instance_id == process_instance.c.id))
        .where(process_instance.c.parent_id == parent_id, task.c.element == element, task.c.status != "cancelled")
        .order_by(process_instance.c.number, task.c.opened_at, task.c.id)
    )
    return list(tx.session.execute(query))


def _facts(tx: Transaction, library: Library, compiled: Compiled, parent: Instance) -> dict[str, Any]:
    told = compiled.diagrams[parent.process].properties.get("committee")
    if told is None:
        return {}
    found = library.evaluator(tx.now).json(told, feel.from_json(parent.scope(compiled.settings)))
    return found if isinstance(found, dict) else {}


def _ids(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]


def _names(tx: Transaction, facts: Mapping[str, Any]) -> dict[str, str]:
    ids = {each for name in _PEOPLE for each in _ids(facts.get(name))}
    ids |= {each.split("|")[0] for each in _ids(facts.get("recused"))}
    rows = tx.session.execute(select(person.c.id, person.c.name).where(person.c.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _agenda(
    tx: Transaction,
    compiled: Compiled,
    rows: Sequence[Row[Any]],
    element: str,
    facts: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    everything: bool,
) -> list[AgendaLine]:
    by_child: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_child.setdefault(row.id, []).append(row)
    # Nobody reads the counts of their own candidacy by this way, nor of one that they are recused from.
    pairs = _ids(facts.get("recused"))
    others = [
        child
        for child, tasks in by_child.items()
        if tasks[0].initiator_id != tx.actor.id and f"{tx.actor.id}|{tasks[0].business_key}" not in pairs
    ]
    closed = _closed(tx, others, element) if everything else {}
    sealed = voting.sealed(tx, [box["box"] for box in closed.values()])
    choices = _choices(compiled, rows[0].process, element) if rows else {}
    lines = []
    for child_id, tasks in by_child.items():
        last = [row for row in tasks if row.opened_at == tasks[-1].opened_at]
        box = closed.get(child_id, {}) if all(row.task_status != "open" for row in last) else {}
        lines.append(
            AgendaLine(
                instance_id=child_id,
                title=tasks[0].title,
                business_key=tasks[0].business_key,
                done=sum(row.task_status == "completed" for row in last),
                asked=len(last),
                recused=_recused(facts, tasks[0].business_key, names),
                counts=box.get("counts"),
                choices=choices,
                fits=_fits(box, sealed[box["box"]]) if box else None,
                said=_said(compiled, tasks[0], element) if box else (),
            )
        )
    return lines


def _fits(box: Mapping[str, Any], slips: str) -> bool:
    """The slips are those that were counted, as many as voted."""
    return bool(box["slips"] == slips and sum(box["counts"].values()) == box["voted"])


def _recused(facts: Mapping[str, Any], key: str, names: Mapping[str, str]) -> tuple[str, ...]:
    pairs = [one.partition("|") for one in _ids(facts.get("recused"))]
    return tuple(names.get(who, who) for who, _, of in pairs if of == key)


def _closed(tx: Transaction, ids: Sequence[str], element: str) -> dict[str, Mapping[str, Any]]:
    """What the history says of each child's last box of this element."""
    entries = select(history.c.subject_id, history.c.payload).where(
        history.c.subject_id.in_(ids), history.c.kind == voting.CLOSED, history.c.element == element
    )
    return {
        row.subject_id: row.payload for row in tx.session.execute(entries.order_by(history.c.number)) if row.payload
    }


def _choices(compiled: Compiled, process: str, element: str) -> dict[str, Text]:
    form = compiled.forms[compiled.diagrams[process].elements[element].form_id or ""]
    return dict(form.ballot.labels) if form.ballot else {}


def _said(compiled: Compiled, row: Row[Any], element: str) -> tuple[Text, ...]:
    """What the rules concluded of the rows that the task carries: `{row, verdict, zh, en}` in the variables."""
    clauses = compiled.diagrams[row.process].elements[element].clauses
    variables = json.loads(row.variables)
    found = [one for value in variables.values() if isinstance(value, list) for one in value if isinstance(one, dict)]
    said = {one["row"]: Text(str(one["zh"]), str(one["en"])) for one in found if {"row", "zh", "en"} <= one.keys()}
    return tuple(said[clause] for clause in clauses[:1] if clause in said)


def _signed(tx: Transaction, instance_id: str, element: str) -> dict[str, Any]:
    """What was recorded last."""
    entries = select(history.c.payload).where(
        history.c.subject_id == instance_id, history.c.kind == SIGNED, history.c.element == element
    )
    payloads: list[dict[str, Any]] = [one for one in tx.session.scalars(entries.order_by(history.c.number)) if one]
    last: dict[str, Any] = payloads[-1] if payloads else {"signed": [], "remark": ""}
    return {"signed": tuple(one["name"] for one in last["signed"]), "remark": last["remark"]}
