"""A message from outside: another system tells the one instance that waits for it.

It is not kept: who sends it is told at once whether somebody waits, and sends it again later. What a diagram sends itself
cannot be sent from outside, so that nobody forges a step of the procedure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from engine.audit import Event
from engine.commands import idempotency
from engine.commands.step import take
from engine.errors import ConflictError, InvalidError, NotPermittedError
from engine.expressions import RESERVED
from engine.instance import as_instance, locked_instance
from engine.permissions import Act, require
from engine.services.exits import REVERSED
from engine.spiff.snapshot import Receive
from engine.tables import process_instance, subscription
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.transaction import Transaction

_MOST = 200_000  # characters of a payload
_SENDERS = frozenset({"sendTask", "intermediateThrowEvent", "endEvent"})


def send(
    tx: Transaction,
    library: Library,
    name: str,
    key: str,
    payload: Mapping[str, Any],
    idempotency_key: str | None,
) -> dict[str, Any]:
    """Deliver a message to the one wait with this name and correlation key; says `{"instance", "element"}`.

    Raises NotPermittedError, ConflictError where nobody waits for it now, InvalidError for a payload that cannot become
    variables, or where more than one instance waits.
    """
    require(tx.actor, Act.SEND_MESSAGE)
    request = ["message", name, key, payload]
    return idempotency.once(tx, idempotency_key, request, lambda: _send(tx, library, name, key, payload))


def _send(tx: Transaction, library: Library, name: str, key: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    _require_variables(payload)
    lock_name(tx, f"message {name} {key}")
    wait = _wait(tx, name, key)
    instance = as_instance(tx.session.execute(locked_instance().where(process_instance.c.id == wait.instance_id)).one())
    if _wait(tx, name, key).id != wait.id:  # somebody was faster, and it waits again
        raise _nobody(name, key)
    _require_from_outside(library.get(tx.session, instance.deployment_id), name)
    told = Event("received", wait.element, {"message": name, "key": key, "from": tx.actor.id, "payload": dict(payload)})
    take(tx, library, instance, Receive(wait.id, payload), told)
    return {"instance": instance.id, "element": wait.element}


def _wait(tx: Transaction, name: str, key: str) -> Row[Any]:
    waits = tx.session.execute(
        select(subscription)
        .where(subscription.c.message == name, subscription.c.correlation_key == key)
        .where(subscription.c.fan_in.is_(None), ~subscription.c.is_signal)
        .order_by(subscription.c.element, subscription.c.id)
    ).all()
    if not waits:
        raise _nobody(name, key)
    if len(waits) > 1:
        raise InvalidError(
            f"消息{name}(关联键{key})有{len(waits)}处在等待, 无法确定送给谁。请使关联键唯一。",
            f"the message {name} with key {key} is waited for in {len(waits)} places; make the correlation key unique.",
        )
    return waits[0]


def _nobody(name: str, key: str) -> ConflictError:
    return ConflictError(
        f"现在没有流程等待消息{name}(关联键{key}), 没有送达。请核对名称和关联键, 或稍后再发。",
        f"nobody waits for the message {name} with key {key} now; it was not delivered. Check both, or send it again later.",
    )


def _require_variables(payload: Mapping[str, Any]) -> None:
    wrong = sorted(name for name in payload if not name.isidentifier() or name in RESERVED)
    if wrong or len(json.dumps(payload)) > _MOST:
        what = ", ".join(wrong) or f"> {_MOST}"
        raise InvalidError(
            f"消息内容不能成为变量: {what}。名称应为字母、数字、下划线, 不用保留名, 总长不超过{_MOST}字符。",
            f"the payload cannot become variables: {what}. Names are letters, digits and _, none reserved, {_MOST} characters in all.",
        )


def _require_from_outside(compiled: Compiled, name: str) -> None:
    elements = (element for diagram in compiled.diagrams.values() for element in diagram.elements.values())
    named = [element for element in elements if element.message and element.message.name == name]
    if name == REVERSED or any(element.tag in _SENDERS or element.set_off_by for element in named):
        raise NotPermittedError(
            f"消息{name}由流程图或有权的人发出, 不能从外部发送。",
            f"the message {name} is sent by the diagrams themselves or set off by people and cannot be sent from outside.",
        )
