"""What starting a process takes: who may, on which deployment, under which parent, with which form.

Read only: a page asks it before anything is typed, the command asks it again and writes.
"""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, or_, select

from engine import feel, in_force
from engine.chain import START
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError, PolicyNotInForceError
from engine.instance import ACTIVE, COLUMNS, JOINED, Instance, as_instance
from engine.permissions import Act, Role, Subject, require
from engine.services import registers
from engine.tables import employer, process_instance, subscription, task, timer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from engine.compiled import Compiled
    from engine.in_force import Range
    from engine.library import Library
    from engine.policy import Policy, StartRule
    from engine.transaction import Transaction
    from forms import Form
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Draft:
    """An instance that could be started: its facts without key and title, what its parent gives, its start form."""

    compiled: Compiled
    instance: Instance
    given: Mapping[str, Any]
    form: Form | None

    @property
    def context(self) -> dict[str, Any]:
        """What the start form's expressions see."""
        return {**self.given, **self.instance.scope(self.compiled.settings)}


@dataclass(frozen=True, slots=True)
class Preview:
    """`fields` are those that the form refuses; `findings` what the rules say before anybody decides, once it refuses none."""

    fields: Mapping[str, Text]
    findings: tuple[Mapping[str, Any], ...]


def prepare(tx: Transaction, library: Library, process: str, parent_id: str | None) -> Draft:
    """Raises PolicyNotInForceError (A15.1), NotPermittedError, NotFoundError, ConflictError, as starting would."""
    parent = _parent(tx, parent_id)
    deployment_id = parent.deployment_id if parent else deployment_in_force(tx, process)
    compiled = library.get(tx.session, deployment_id)
    rule = _rule(compiled, process, parent)
    _require(tx, rule, parent)
    if parent is not None:
        _require_waiting(tx, parent, rule, compiled)
        _require_first(tx, parent, rule)
    starter = (tx.actor.id, tx.actor.name)
    instance = _draft(tx, process, parent, deployment_id, starter, compiled.policy)
    # What candidates begin is of their unit, what staff begin is the whole employer's.
    if Role.CANDIDATE in tx.actor.roles & set(rule.roles):
        instance = dataclasses.replace(instance, unit=tx.actor.unit)
    form_id = compiled.diagrams[process].start.form_id
    require_active(tx, compiled, instance)
    given = _given(tx, library, rule, parent, compiled)
    return Draft(compiled, instance, given, compiled.forms[form_id] if form_id else None)


def begun_by_message(
    tx: Transaction, library: Library, parent: Instance, message: str, payload: Mapping[str, Any]
) -> Draft:
    """The child that a message of its parent begins: the message's payload is its variables, the parent's starter its own.

    Raises InvalidError where the bundle has none.
    """
    compiled = library.get(tx.session, parent.deployment_id)
    process = next(
        (
            process
            for process, diagram in compiled.diagrams.items()
            if diagram.start.message is not None and diagram.start.message.name == message
        ),
        None,
    )
    rule = compiled.policy.start_rule(process or "")
    if process is None or rule is None or rule.parent != parent.process:
        raise InvalidError(
            f"没有由{parent.process}的消息{message}开始的流程。",
            f"no process is begun by the message {message} of {parent.process}.",
        )
    starter = (parent.initiator_id, parent.initiator_name)
    instance = _draft(tx, process, parent, parent.deployment_id, starter, compiled.policy)
    return Draft(compiled, instance, payload, None)


def about(tx: Transaction, library: Library, draft: Draft, variables: Mapping[str, Any]) -> Instance:
    """The draft's instance with its variables, and with the employer that it is about where the policy says so.

    Raises InvalidError for an employer that is not registered, ConflictError (A14.2) for one whose work was ended.
    """
    instance = dataclasses.replace(draft.instance, variables=variables)
    rule = draft.compiled.policy.start_rule(instance.process)
    if rule is not None and rule.employer is not None:
        seen = feel.from_json(instance.scope(draft.compiled.settings))
        employer_id = library.evaluator(tx.now).json(rule.employer, seen)
        name = tx.session.scalar(select(employer.c.name).where(employer.c.id == employer_id))
        if name is None:
            raise InvalidError(
                f"单位{employer_id}未登记。请先登记。",
                f"the employer {employer_id} is not registered; register it first.",
            )
        instance = dataclasses.replace(instance, employer_id=employer_id, employer_name=name)
    return instance


def require_active(tx: Transaction, compiled: Compiled, instance: Instance) -> None:
    """Raise ConflictError where the employer's work was ended (A14.2) and the process stops with its employer."""
    if compiled.diagrams[instance.process].properties.get("stopsWithEmployer") == "true":
        registers.require_active(tx, instance.employer_id)


def deployment_in_force(tx: Transaction, process: str) -> int:
    """The deployment with this process that is in force today.

    Raises PolicyNotInForceError naming the term (A15.1), NotFoundError if no deployment knows the process.
    """
    day, known = in_force.today(tx), in_force.activations(tx)
    if not any(process in each.processes for each in known):
        raise NotFoundError(f"没有可发起的流程{process}。", f"there is no process {process} to start.")
    found = in_force.current(known, process, day)
    if found is None:
        raise not_in_force(day, in_force.before(known, process, day), in_force.coming(known, process, day))
    return found.deployment_id


def not_in_force(day: date, before: Range | None, coming: Range | None) -> PolicyNotInForceError:
    """What was in force and until when, what will be and from when, and what is possible meanwhile."""
    zh, en = "", ""
    if before is not None and before.current is not None:
        zh += f"{before.current.title.zh}的有效期为{before.from_on}至{before.until_on}, "
        en += f"{before.current.title.en} was in force from {before.from_on} to {before.until_on}; "
    if coming is not None and coming.current is not None:
        zh += f"{coming.current.title.zh}自{coming.from_on}起施行, "
        en += f"{coming.current.title.en} comes into force on {coming.from_on}; "
    else:
        zh += "尚无后续政策, "
        en += "nothing follows yet; "
    return PolicyNotInForceError(
        f"A15.1: {day}没有施行中的政策。{zh}期外不能发起新的评聘; 已发起的照常进行, 确定和发证须记录依据。请管理员部署新政策或登记延期。",
        f"A15.1: no policy is in force on {day}. {en}nothing new can be started outside its term, what is under way goes on "
        "(determinations and certificates need a recorded basis). Ask an administrator to deploy the new policy or to record an "
        "extension.",
    )


def _parent(tx: Transaction, parent_id: str | None) -> Instance | None:
    if parent_id is None:
        return None
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == parent_id)).first()
    if row is None:
        raise NotFoundError(f"没有编号为{parent_id}的批次。", f"there is no instance {parent_id} to join.")
    return as_instance(row)


def _rule(compiled: Compiled, process: str, parent: Instance | None) -> StartRule:
    rule = compiled.policy.start_rule(process)
    if rule is None:
        raise NotFoundError(f"没有可发起的流程{process}。", f"there is no process {process} to start.")
    if rule.parent != (parent.process if parent else None):
        raise InvalidError(
            f"{process}需在{rule.parent or '顶层'}之下发起。",
            f"{process} is started under {rule.parent or 'nothing'}; name its parent.",
        )
    return rule


def _require(tx: Transaction, rule: StartRule, parent: Instance | None) -> None:
    require(tx.actor, Act.START, Subject(employer_id=parent.employer_id if parent else tx.actor.employer_id))
    if not tx.actor.roles & set(rule.roles):
        names = ", ".join(rule.roles)
        raise NotPermittedError(
            f"发起该流程需要角色: {names}。", f"starting this process takes one of the roles {names}."
        )


def _require_waiting(tx: Transaction, parent: Instance, rule: StartRule, compiled: Compiled) -> None:
    waiting = [
        exists().where(table.c.instance_id == parent.id, table.c.element == rule.while_at, *open_rows)
        for table, open_rows in (
            # Over is over, even while the worker is late or the timer's step has failed.
            (timer, [timer.c.status.in_(("open", "incident")), or_(timer.c.due_at.is_(None), timer.c.due_at > tx.now)]),
            (task, [task.c.status == "open"]),
            (subscription, []),
        )
    ]
    if parent.suspended is not None:
        raise ConflictError(
            f"{parent.title}已停止: {parent.suspended['zh']}。",
            f"{parent.title} stands still: {parent.suspended['en']}.",
        )
    if parent.status != ACTIVE or not any(tx.session.scalar(select(wait)) for wait in waiting):
        wait = compiled.diagrams[parent.process].elements[rule.while_at or ""]
        child = compiled.diagrams[rule.process]
        raise ConflictError(
            f"{parent.title}现在不接受“{child.name}”: 只在等待“{wait.name}”时可以, 时机未到或已过。如有需要, 请联系单位人事部门或市鉴定中心。",
            f"{parent.title} takes no {child.name_en} now, only while it waits for {wait.name_en}: it is too early or too late. "
            "If need be, turn to the HR office or the appraisal centre.",
        )


def _require_first(tx: Transaction, parent: Instance, rule: StartRule) -> None:
    """With `once: initiator` nobody has two of these under one parent: two applications would be two certificates."""
    mine = select(process_instance.c.business_key).where(
        process_instance.c.parent_id == parent.id,
        process_instance.c.process == rule.process,
        process_instance.c.initiator_id == tx.actor.id,
    )
    key = tx.session.scalar(mine) if rule.once == "initiator" else None
    if key is not None:
        raise ConflictError(
            f"您在{parent.title}中已经提交过{key}, 不能重复提交。",
            f"you have submitted {key} in {parent.title} already.",
        )


def _draft(
    tx: Transaction,
    process: str,
    parent: Instance | None,
    deployment_id: int,
    starter: tuple[str, str],
    policy: Policy,
) -> Instance:
    employer_id = parent.employer_id if parent else tx.actor.employer_id
    return Instance(
        id=str(uuid.uuid4()),
        deployment_id=deployment_id,
        process=process,
        business_key="",
        title="",
        number=_number(tx, process, parent, employer_id),
        parent_id=parent.id if parent else None,
        parent_key=parent.business_key if parent else None,
        employer_id=employer_id,
        employer_name=tx.session.scalar(select(employer.c.name).where(employer.c.id == employer_id)),
        initiator_id=starter[0],
        initiator_name=starter[1],
        unit=parent.unit if parent else None,
        status=ACTIVE,
        revision=0,
        history_count=0,
        history_head=START,
        state=b"",
        variables={},
        started_at=tx.now,
        policy=policy.id,
        in_force_from=policy.in_force_from,
        in_force_until=policy.in_force_until,
    )


def _number(tx: Transaction, process: str, parent: Instance | None, employer_id: str | None) -> int:
    same = process_instance.c.parent_id == parent.id if parent else process_instance.c.employer_id == employer_id
    last = tx.session.scalar(
        select(func.max(process_instance.c.number)).where(process_instance.c.process == process, same)
    )
    return (last or 0) + 1


def _given(
    tx: Transaction, library: Library, rule: StartRule, parent: Instance | None, compiled: Compiled
) -> dict[str, Any]:
    """What the parent hands to its child (policy.yaml, `given`)."""
    seen = feel.from_json(parent.scope(compiled.settings)) if parent else {}
    return {name: library.evaluator(tx.now).json(expression, seen) for name, expression in rule.given.items()}
