"""What a person sets off at any time while an instance waits for it: a withdrawal, a correction of a posting.

The diagram draws it as a message event with the property `by`; `form` is what the person fills in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import sealing
from engine.audit import Event
from engine.commands import drafts, idempotency
from engine.commands.locked_tasks import in_place_of
from engine.commands.step import require_going, take
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.instance import Instance, as_instance, locked_instance
from engine.permissions import Act, may, require
from engine.places import of_offer
from engine.spiff.snapshot import Receive
from engine.tables import process_instance, subscription, task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.diagram import Element
    from engine.library import Library
    from engine.permissions import Actor, Subject
    from engine.transaction import Transaction

INITIATOR = "initiator"


def set_off(
    tx: Transaction,
    library: Library,
    instance_id: str,
    element_id: str,
    submitted: Mapping[str, Any],
    idempotency_key: str | None,
) -> dict[str, Any]:
    """Set off what the instance waits for at this element; says `{"instance", "element"}`.

    Raises NotFoundError, NotPermittedError, ConflictError where it is not waited for now, forms.FormError.
    """
    row = tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).first()
    if row is None:
        raise NotFoundError(f"没有编号为{instance_id}的事项。", f"there is no matter {instance_id}.")
    instance = as_instance(row)
    compiled = library.get(tx.session, instance.deployment_id)
    element = _element(compiled, instance, element_id)
    require(tx.actor, Act.SET_OFF, _subject(tx.actor, element, instance))
    request = ["set off", instance_id, element_id, submitted]
    return idempotency.once(
        tx, idempotency_key, request, lambda: _set_off(tx, library, compiled, instance, element, submitted)
    )


def may_set_off(actor: Actor, element: Element, instance: Instance) -> bool:
    return may(actor, Act.SET_OFF, _subject(actor, element, instance))


def _subject(actor: Actor, element: Element, instance: Instance) -> Subject:
    """The starter where the diagram names them, else its roles within their reach."""
    own = instance.subject(assignee_id=instance.initiator_id)
    if INITIATOR in element.set_off_by and may(actor, Act.SET_OFF, own):
        return own
    return instance.subject(candidate_roles=element.set_off_by)


def is_time(tx: Transaction, library: Library, compiled: Compiled, element: Element, instance: Instance) -> bool:
    """Whether it may be set off as things stand: its property `when` over the instance's variables and its `parent`'s.

    `parent.open` are the elements of the parent's open tasks.
    """
    condition = element.properties.get("when")
    if condition is None:
        return True
    asked = select(process_instance.c.variables).where(process_instance.c.id == instance.parent_id)
    variables = json.loads(tx.session.scalar(asked) or "{}")
    tasks = select(task.c.element).where(task.c.instance_id == instance.parent_id, task.c.status == "open")
    parent = {**variables, "open": sorted(set(tx.session.scalars(tasks)))}
    scope = {**instance.scope(compiled.settings), "parent": parent}
    return library.evaluator(tx.now).json(condition, scope) is True


def _lock_parent(tx: Transaction, instance: Instance) -> None:
    """What it decides by stays so until this is done: its step comes before or after."""
    parent = select(process_instance.c.id).where(process_instance.c.id == instance.parent_id)
    tx.session.execute(parent.with_for_update())


def _element(compiled: Compiled, instance: Instance, element_id: str) -> Element:
    element = compiled.diagrams[instance.process].elements.get(element_id)
    if element is None or not element.set_off_by:
        raise NotFoundError(
            f"该事项中没有可由人发起的{element_id}。请从事项页面重新选择。",
            f"there is nothing {element_id} in this matter to set off; choose again from its page.",
        )
    return element


def _set_off(
    tx: Transaction,
    library: Library,
    compiled: Compiled,
    instance: Instance,
    element: Element,
    submitted: Mapping[str, Any],
) -> dict[str, Any]:
    require_going(instance)
    waiting = select(subscription.c.id).filter_by(instance_id=instance.id, element=element.id)
    wait_id = tx.session.scalar(waiting.order_by(subscription.c.id).limit(1))
    if "when" in element.properties:
        _lock_parent(tx, instance)
    if wait_id is None or not is_time(tx, library, compiled, element, instance):
        raise ConflictError(
            f"{instance.title}现在不能办理“{element.name}”: 时机未到或已过。未作任何更改。",
            f"{element.name_en}: not now in {instance.title}; it is too early or too late. Nothing was changed.",
        )
    values, numbers = _load(tx, library, compiled, instance, element, submitted)
    sealing.keep(tx, instance, numbers)
    by = in_place_of(tx.actor, Act.SET_OFF, _subject(tx.actor, element, instance))
    told = Event("set off", element.id, {"message": element.message and element.message.name, **by, "values": values})
    take(tx, library, instance, Receive(wait_id, values), told)
    drafts.discard(tx, of_offer(instance.id, element.id))
    return {"instance": instance.id, "element": element.id}


def _load(
    tx: Transaction,
    library: Library,
    compiled: Compiled,
    instance: Instance,
    element: Element,
    submitted: Mapping[str, Any],
) -> tuple[dict[str, Any], sealing.Numbers]:
    form = compiled.forms.get(element.form_id or "")
    if form is None:
        if submitted:
            raise InvalidError(
                f"{element.name}没有表单, 不接受填写内容。", f"{element.name_en} has no form and takes no values."
            )
        return {}, {}
    return sealing.load(tx, library, form, submitted, instance.scope(compiled.settings), instance.id)
