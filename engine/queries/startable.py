"""What somebody may start at this moment, and the form for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, literal, or_, select, union_all

from engine import in_force
from engine.instance import ACTIVE, COLUMNS, JOINED
from engine.permissions import Act, Subject, Whose, may, reach
from engine.queries.instances import InstanceLine, as_line, waiting_at
from engine.starting import not_in_force, prepare
from engine.tables import deployment, employer, process_instance
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.policy import StartRule
    from engine.transaction import Transaction
    from forms import Form, FormView

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Startable:
    """Something the actor may start now; `parent` is the instance it would belong to."""

    process: str
    name: Text
    policy: Text
    parent: InstanceLine | None


def startable(tx: Transaction, library: Library) -> list[Startable]:
    """Nothing outside a policy's term; children while their parent waits for them."""
    return [*_roots(tx, library), *_joinable(tx, library)]


def _roots(tx: Transaction, library: Library) -> list[Startable]:
    day, known = in_force.today(tx), in_force.activations(tx)
    holding = [(each, in_force.current(known, each, day)) for each in sorted({p for a in known for p in a.processes})]
    found = []
    for process, its in holding:
        if its is None:
            continue
        compiled = library.get(tx.session, its.deployment_id)
        rule = compiled.policy.start_rule(process)
        may_start = rule is not None and rule.parent is None and _may_start(tx, rule, tx.actor.employer_id)
        if may_start and _may_begin(tx, compiled, process):
            found.append(_offer(compiled, process, None))
    return found


def withheld(tx: Transaction, library: Library) -> list[Text]:
    """Why the actor cannot start today what they could start in a policy's term; each reason once."""
    day, known = in_force.today(tx), in_force.activations(tx)
    found: dict[str, Text] = {}
    for process in sorted({process for each in known for process in each.processes}):
        last, coming = in_force.before(known, process, day), in_force.coming(known, process, day)
        its = coming.current if coming is not None else last.current if last is not None else None
        if its is None or in_force.current(known, process, day) is not None:
            continue
        rule = library.get(tx.session, its.deployment_id).policy.start_rule(process)
        if rule is not None and rule.parent is None and _may_start(tx, rule, tx.actor.employer_id):
            text = not_in_force(day, last, coming).text
            found.setdefault(text.zh, text)
    return list(found.values())


def _joinable(tx: Transaction, library: Library) -> list[Startable]:
    """Children that may be started now: the parent waits at the element that its policy names."""
    parents = _parents(tx, library)
    if not parents:
        return []
    is_parent = or_(
        *(
            and_(process_instance.c.deployment_id == deployment_id, process_instance.c.process == process)
            for deployment_id, process in parents
        )
    )
    mine = (*_within_reach(tx), is_parent)
    query = (
        select(*COLUMNS).select_from(JOINED).where(*mine).order_by(process_instance.c.started_at.desc()).limit(LIMIT)
    )
    rows = list(tx.session.execute(query))
    waiting, taken = waiting_at(tx, [row.id for row in rows]), _begun(tx, [row.id for row in rows])
    return [
        _offer(compiled, rule.process, as_line(compiled, row, waiting[row.id]))
        for row, compiled in ((row, library.get(tx.session, row.deployment_id)) for row in rows)
        for rule in parents[row.deployment_id, row.process]
        if rule.while_at in waiting.get(row.id, []) and not (rule.once and (row.id, rule.process) in taken)
    ]


def _parents(tx: Transaction, library: Library) -> dict[tuple[int, str], list[StartRule]]:
    """Which kinds of active instances have children that the actor may start."""
    found = {}
    for row in tx.session.execute(_kinds(tx)):
        rules = library.get(tx.session, row.deployment_id).policy.start
        mine = [rule for rule in rules if rule.parent == row.process and _may_start(tx, rule, tx.actor.employer_id)]
        if mine:
            found[row.deployment_id, row.process] = mine
    return found


def _kinds(tx: Transaction) -> CompoundSelect[Any]:
    """Of each deployment the processes of which something goes on: one look into the index for each, however many go on."""
    names = sorted({name for names in tx.session.scalars(select(deployment.c.processes)) for name in names})

    def going(name: str) -> Select[Any]:
        its = (process_instance.c.deployment_id == deployment.c.id, process_instance.c.process == name)
        is_there = exists().where(*its, *_within_reach(tx))
        return select(deployment.c.id.label("deployment_id"), literal(name).label("process")).where(is_there)

    return union_all(*(going(name) for name in names or [""]))


def _within_reach(tx: Transaction) -> tuple[ColumnElement[bool], ...]:
    """What goes on at the actor's employer, or anywhere for those whose role reaches everywhere."""
    goes_on = (process_instance.c.status == ACTIVE, process_instance.c.suspended.is_(None))
    if any(whose is Whose.ANY for _, whose in reach(tx.actor, Act.START)):
        return goes_on
    return (*goes_on, process_instance.c.employer_id == tx.actor.employer_id)


def _may_begin(tx: Transaction, compiled: Compiled, process: str) -> bool:
    """Not where it stops with an employer whose work was ended (A14.2)."""
    if compiled.diagrams[process].properties.get("stopsWithEmployer") != "true":
        return True
    left = select(employer.c.id).where(employer.c.id == tx.actor.employer_id, employer.c.status != "active")
    return tx.session.execute(left).first() is None


def _begun(tx: Transaction, parents: list[str]) -> set[tuple[str, str]]:
    query = select(process_instance.c.parent_id, process_instance.c.process).where(
        process_instance.c.parent_id.in_(parents), process_instance.c.initiator_id == tx.actor.id
    )
    return {(row.parent_id, row.process) for row in tx.session.execute(query)}


def _may_start(tx: Transaction, rule: StartRule, employer_id: str | None) -> bool:
    return bool(tx.actor.roles & set(rule.roles)) and may(tx.actor, Act.START, Subject(employer_id=employer_id))


def _offer(compiled: Compiled, process: str, parent: InstanceLine | None) -> Startable:
    diagram = compiled.diagrams[process]
    return Startable(process, Text(diagram.name, diagram.name_en), compiled.policy.title, parent)


@dataclass(frozen=True, slots=True)
class StartForm:
    """What a person fills in to start a process; `form` is None where nothing is asked."""

    process: str
    name: Text
    form: Form | None
    view: FormView | None
    parent_title: str | None


def start_form(
    tx: Transaction,
    library: Library,
    process: str,
    parent_id: str | None,
    values: Mapping[str, Any],
    errors: Mapping[str, Text] | None = None,
) -> StartForm:
    """Raises what starting would raise, before anything is typed."""
    draft = prepare(tx, library, process, parent_id)
    form = draft.form
    view = form.view(values, draft.context, library.evaluator(tx.now).form_value, errors=errors) if form else None
    diagram = draft.compiled.diagrams[process]
    title = tx.session.scalar(select(process_instance.c.title).where(process_instance.c.id == parent_id))
    return StartForm(process, Text(diagram.name, diagram.name_en), form, view, title)
