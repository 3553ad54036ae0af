"""Starting process instances."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine import feel, sealing
from engine.audit import Event
from engine.commands import attachments, drafts, idempotency
from engine.commands.step import take, title
from engine.errors import ConflictError, InvalidError
from engine.places import of_start
from engine.spiff.snapshot import Start
from engine.starting import Draft, about, begun_by_message, prepare
from engine.tables import process_instance
from engine.transaction import lock_name

MAX_KEY = 200

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction


def start(
    tx: Transaction,
    library: Library,
    process: str,
    submitted: Mapping[str, Any],
    parent_id: str | None,
    idempotency_key: str | None,
) -> dict[str, Any]:
    """Start a process: a root on the deployment in force today, a child on its parent's; says `{"instance", "key"}`.

    Raises PolicyNotInForceError outside the term (A15.1), NotPermittedError, NotFoundError, ConflictError (the parent
    takes none now, or the business key exists), forms.FormError.
    """
    request = ["start", process, parent_id, submitted]
    if (earlier := idempotency.recall(tx, idempotency_key, request)) is not None:
        return earlier
    _lock(tx, process, parent_id)
    draft = prepare(tx, library, process, parent_id)
    variables, numbers = _variables(tx, library, draft, submitted)
    place = of_start(process, parent_id)
    files = attachments.take_waiting(tx, place)
    instance = _begin(tx, library, draft, variables, {"attachments": files} if files else {}, numbers)
    attachments.bind(tx, files, instance.id)
    drafts.discard(tx, place)
    _close_way_back(tx, parent_id)
    result = {"instance": instance.id, "key": instance.business_key}
    idempotency.keep(tx, idempotency_key, request, result)
    return result


def begin_by_message(
    tx: Transaction, library: Library, parent: Instance, message: str, payload: Mapping[str, Any]
) -> None:
    """Start the child process that waits for this message of its parent's, whose row is locked."""
    draft = begun_by_message(tx, library, parent, message, payload)
    _begin(tx, library, draft, dict(payload), {"message": message, "from": parent.id}, {})
    _close_way_back(tx, parent.id)


def _begin(
    tx: Transaction,
    library: Library,
    draft: Draft,
    variables: dict[str, Any],
    told: Mapping[str, Any],
    numbers: sealing.Numbers,
) -> Instance:
    instance = _insert(tx, library, draft, variables)
    sealing.keep(tx, instance, numbers)
    begun = Event("started", None, {"values": variables, "deployment": instance.deployment_id, **told})
    take(tx, library, instance, Start(draft.compiled.diagrams[instance.process].start.id), begun)
    return instance


def _lock(tx: Transaction, process: str, parent_id: str | None) -> None:
    """The parent may not close its applications, nor another take the same number, between asking and writing."""
    if parent_id is None:
        lock_name(tx, f"start {process} {tx.actor.employer_id}")
    else:
        tx.session.execute(select(process_instance.c.id).where(process_instance.c.id == parent_id).with_for_update())


def _close_way_back(tx: Transaction, parent_id: str | None) -> None:
    """What allowed a child to start is not withdrawn any more."""
    parent = update(process_instance).where(process_instance.c.id == parent_id, process_instance.c.undo.is_not(None))
    if parent_id is not None:
        tx.session.execute(parent.values(undo=None))


def _variables(
    tx: Transaction, library: Library, draft: Draft, submitted: Mapping[str, Any]
) -> tuple[dict[str, Any], sealing.Numbers]:
    """What the parent gives, and what the start form lets through."""
    if draft.form is None:
        if submitted:
            raise InvalidError(
                "该流程没有申请表, 不接受填写内容。", f"{draft.instance.process} has no start form and takes no values."
            )
        return dict(draft.given), {}
    values, numbers = sealing.load(tx, library, draft.form, submitted, draft.context)
    return {**draft.given, **values}, numbers


def _insert(tx: Transaction, library: Library, draft: Draft, variables: Mapping[str, Any]) -> Instance:
    instance = _named(tx, library, draft, about(tx, library, draft, variables))
    _require_free(tx, draft, instance)
    tx.session.execute(insert(process_instance).values(**_row(instance)))
    return instance


def _require_free(tx: Transaction, draft: Draft, instance: Instance) -> None:
    name = draft.compiled.diagrams[instance.process]
    if not 0 < len(instance.business_key) <= MAX_KEY:
        raise InvalidError(
            f"{instance.process}: 业务编号应为1至{MAX_KEY}个字符, 实际{len(instance.business_key)}个。",
            f"{instance.process}: a business key has 1 to {MAX_KEY} characters, this one {len(instance.business_key)}.",
        )
    lock_name(tx, f"key {instance.process} {instance.business_key}")
    taken = select(process_instance.c.id).filter_by(process=instance.process, business_key=instance.business_key)
    if tx.session.execute(taken).first() is not None:
        raise ConflictError(
            f"{name.name} {instance.business_key} 已经存在, 不能重复发起。",
            f"{name.name_en} {instance.business_key} exists already; it cannot be started twice.",
        )


def _named(tx: Transaction, library: Library, draft: Draft, instance: Instance) -> Instance:
    """With the business key and the title that the diagram's properties say."""
    diagram, current = draft.compiled.diagrams[instance.process], library.evaluator(tx.now)
    names = {**instance.scope(draft.compiled.settings), "number": instance.number}
    key = (
        current.json(diagram.properties.get("businessKey", ""), feel.from_json(names))
        or f"{instance.process}-{instance.id[:8]}"
    )
    instance = dataclasses.replace(instance, business_key=str(key))
    return dataclasses.replace(instance, title=title(current, instance, draft.compiled))


def _row(instance: Instance) -> dict[str, Any]:
    names = (
        "id",
        "deployment_id",
        "process",
        "business_key",
        "title",
        "number",
        "parent_id",
        "employer_id",
        "initiator_id",
        "unit",
        "status",
    )
    counted = ("revision", "history_count", "history_head", "state", "started_at")
    return {name: getattr(instance, name) for name in names + counted} | {"variables": "{}"}
