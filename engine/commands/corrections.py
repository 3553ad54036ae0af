"""What an administrator corrects before an incident is tried again: a message, or a variable of the instance."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from engine import feel, sealing
from engine.checks.names import UNWRITABLE, is_name, result_name
from engine.commands.step import title
from engine.commands.texts import is_text, required
from engine.errors import ConflictError, InvalidError
from engine.instance import ACTIVE, Instance, as_instance, locked_instance
from engine.queries.sealed import forms_of
from engine.registers.values import mask
from engine.services import NAMES as SERVED
from engine.tables import outbox, process_instance
from forms.sealed import taken_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Row

    from engine.compiled import Compiled
    from engine.correction import Correction
    from engine.diagram import Element
    from engine.library import Library
    from engine.transaction import Transaction

MAX_KEY = 200
MAX_JSON = 1_000_000  # characters of all that is corrected at once


def apply(tx: Transaction, library: Library, row: Row[Any], work: Row[Any], wanted: Correction) -> dict[str, Any]:
    """Correct what is locked; says old and new for the history. Raises InvalidError for what cannot be, before any write."""
    if wanted.is_empty:
        return {"reason": required(wanted.reason, "理由", "the reason")} if wanted.reason else {}
    told: dict[str, Any] = {"reason": required(wanted.reason or "", "更正理由", "the reason of a correction")}
    if row.kind != "message" and (wanted.payload is not None or wanted.correlation_key is not None):
        raise InvalidError(
            "该异常不是消息, 没有可更正的内容。", "this incident is no message; only variables can be corrected."
        )
    if wanted.variables:
        _require_variables(tx, library, row.instance_id, wanted.variables)
    message = _corrected(work, wanted)
    if message:
        told["message"] = {"old": {name: getattr(work, name) for name in message}, "new": message}
        tx.session.execute(update(outbox).where(outbox.c.id == work.id).values(**message))
    if wanted.variables:
        told["variables"] = _set(tx, library, row.instance_id, wanted.variables)
    return told


def _corrected(work: Row[Any], wanted: Correction) -> dict[str, Any]:
    message: dict[str, Any] = {}
    if wanted.payload is not None:
        if work.kind == "check":
            raise InvalidError("这里没有消息内容可更正。", "there is no message here whose content could be corrected.")
        require_values(wanted.payload)
        message["payload"] = dict(wanted.payload)
    if wanted.correlation_key is not None:
        if work.kind != "message" or work.target_id is not None:
            raise InvalidError(
                "这个消息送给指定的事项, 没有关联键可更正。",
                "this message is for one named matter; it has no correlation key to correct.",
            )
        if not 0 < len(wanted.correlation_key) <= MAX_KEY or not is_text(wanted.correlation_key):
            raise InvalidError(f"关联键应为1至{MAX_KEY}个字符。", f"a correlation key has 1 to {MAX_KEY} characters.")
        message["correlation_key"] = wanted.correlation_key
    return message


def require_values(values: Mapping[str, Any]) -> None:
    """Names that FEEL reads as variables, none of them reserved, and values that it can hold."""
    for name, value in values.items():
        if name in UNWRITABLE or not is_name(name):
            raise InvalidError(
                f"{name}: 不是可写的变量名(保留名, 或含字母、数字、下划线以外的字符)。",
                f"{name}: no name that can be written: reserved, or not made of letters, digits and _.",
            )
        try:
            size = len(json.dumps(value, allow_nan=False, ensure_ascii=False))
            feel.from_json(value)
        except (InvalidError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise InvalidError(f"{name}: 值不是JSON。", f"{name}: the value is not JSON: {error}.") from error
        if size > MAX_JSON or not all(is_text(text) for text in _texts(value)):
            raise InvalidError(
                f"{name}: 值过长(最多{MAX_JSON}个字符)或含无法保存的字符。",
                f"{name}: the value is longer than {MAX_JSON} characters, or has characters that cannot be kept.",
            )


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    members = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for member in members:
        yield from _texts(member)


def _require_variables(tx: Transaction, library: Library, instance_id: str, values: Mapping[str, Any]) -> None:
    require_values(values)
    instance = _locked(tx, instance_id)
    if instance.status != ACTIVE:
        raise ConflictError("事项已经结束, 不能再更正变量。", "the matter has ended; its variables stay as they are.")
    known = instance.variables.keys() | set(_written(library.get(tx.session, instance.deployment_id), instance.process))
    if unknown := sorted(values.keys() - known):
        raise InvalidError(
            f"该事项没有变量{'、'.join(unknown)}。请核对名称; 已有: {'、'.join(sorted(known))}。",
            f"this matter has no variable {', '.join(unknown)}. Check the name; there are: {', '.join(sorted(known))}.",
        )


def _written(compiled: Compiled, process: str) -> Iterator[str]:
    """Every variable that the diagram, the parent or a message may bring, though they have not yet."""
    rule = compiled.policy.start_rule(process)
    yield from rule.given if rule else ()
    for element in compiled.diagrams[process].elements.values():
        yield from _brought(compiled, element)
    for diagram in compiled.diagrams.values():
        senders = (element for element in diagram.elements.values() if element.message is not None)
        yield from (target for sender in senders for target, _ in sender.inputs)


def _brought(compiled: Compiled, element: Element) -> Iterator[str]:
    yield from (target for target, _ in element.outputs)
    yield from SERVED.get(element.task_type or "", ())
    if (form := compiled.forms.get(element.form_id or "")) is not None:
        yield from form.keys
    if element.loop is not None and element.loop.output_collection:
        yield element.loop.output_collection
    if result_name(element):
        yield result_name(element)


def _set(tx: Transaction, library: Library, instance_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A change beside the diagram: the revision moves on, and the step before it is not withdrawn any more."""
    instance = _locked(tx, instance_id)
    compiled = library.get(tx.session, instance.deployment_id)
    values, numbers = taken_out(
        values, {path for form in forms_of(compiled, instance.process) for path in form.sealed}, mask
    )
    sealing.keep(tx, instance, numbers)
    variables = {**instance.variables, **values}
    named = dataclasses.replace(instance, variables=variables)
    tx.session.execute(
        update(process_instance)
        .where(process_instance.c.id == instance_id)
        .values(
            variables=json.dumps(variables, ensure_ascii=False),
            title=title(library.evaluator(tx.now), named, compiled),
            revision=instance.revision + 1,
            undo=None,
        )
    )
    return {"old": {name: instance.variables.get(name) for name in values}, "new": dict(values)}


def _locked(tx: Transaction, instance_id: str) -> Instance:
    row = tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).one()
    return as_instance(row)
