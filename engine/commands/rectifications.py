"""Correcting an honest mistake of staff (更正): asked for by one, signed by another, told to whoever is concerned.

The entry that has it wrong stays; a new one says what is right, and all that rests on it is counted anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from engine import audit
from engine.audit import Event
from engine.commands import idempotency
from engine.commands.assessing import Assessed, assess, assessed, entry_of, require_going
from engine.commands.righting import CORRECTION, apply, locked
from engine.commands.texts import required
from engine.errors import ConflictError, NotFoundError, NotPermittedError
from engine.permissions import Act, Role, Subject, require
from engine.queries import people, visible
from engine.queries.recorded import recorded
from engine.rectifying import Change
from engine.tables.rectifications import rectification
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction

ASKED, DONE, REFUSED, WITHDRAWN = "asked", "done", "refused", "withdrawn"


def ask(
    tx: Transaction,
    library: Library,
    instance_id: str,
    number: int,
    typed: Mapping[str, str],
    reason: str,
    key: str | None = None,
) -> dict[str, Any]:
    """Ask for a correction: `{"rectification"}`. Nothing is another yet. Raises as `assess`, ConflictError for obstacles."""
    request = ["rectify", instance_id, number, dict(typed), reason]
    return idempotency.once(
        tx, key, request, lambda: {"rectification": _ask(tx, library, instance_id, number, typed, reason)}
    )


def _ask(
    tx: Transaction, library: Library, instance_id: str, number: int, typed: Mapping[str, str], reason: str
) -> int:
    found = assess(tx, library, instance_id, number, typed)
    said = required(reason, "更正理由", "the reason of the correction")
    _require_possible(found)
    row = {"instance_id": instance_id, "entry": number, "content": found.as_json(), "reason": said, "status": ASKED}
    result = tx.session.execute(insert(rectification).values(**row, asked_by=tx.actor.id, asked_at=tx.now))
    rectification_id: int = result.inserted_primary_key[0]  # type: ignore[attr-defined]
    instance = found.instance
    signers = [
        each.id
        for each in people.with_roles(tx, [Role.LEADER, Role.CENTRE])
        if each.id != tx.actor.id and (Role.CENTRE in each.roles or each.employer_id == instance.employer_id)
    ]
    text = Text("有一项更正待会签。", "A correction waits for your signature.")
    tell(tx, signers, f"rectification {rectification_id}", CORRECTION, text, instance_id=instance_id)
    audit.note(
        tx,
        locked(tx, instance_id),
        Event("correction proposed", None, _told(found, said, rectification_id)),
    )
    return rectification_id


def _told(found: Assessed, reason: str, rectification_id: int) -> dict[str, Any]:
    ((number, listed),) = found.wanted.items()
    changes = {change.path: {"old": change.old, "new": change.new} for change in listed}
    return {"rectification": rectification_id, "wrong": number, "changes": changes, "reason": reason}


def _require_possible(found: Assessed) -> None:
    obstacles = list(found.obstacles())
    if obstacles:
        zh, en = "；".join(text.zh for text in obstacles), "; ".join(text.en for text in obstacles)
        raise ConflictError(f"不能这样更正: {zh}。", f"this cannot be corrected so: {en}.")


def sign(
    tx: Transaction, library: Library, rectification_id: int, answer: str, key: str | None = None
) -> dict[str, Any]:
    """Sign it as another person: it is done. `{"rectification", "instance"}`.

    Raises NotPermittedError for who asked, ConflictError once it is settled, where its consequences are others by now, or
    where something stands in its way by now.
    """
    request = ["sign correction", rectification_id, answer]
    return idempotency.once(tx, key, request, lambda: _sign(tx, library, rectification_id, answer))


def _sign(tx: Transaction, library: Library, rectification_id: int, answer: str) -> dict[str, Any]:
    row, instance = _open(tx, rectification_id)
    require(tx.actor, Act.COUNTERSIGN, instance.subject(barred_ids=frozenset({instance.initiator_id})))
    _require_another(tx, row)
    require_going(instance)
    found = _again(tx, library, row)
    _require_uninvolved(tx, found)
    _require_possible(found)
    if _canonical(found.as_json()) != _canonical(row.content):
        raise ConflictError(
            "事项在此期间已有变化, 更正的后果与会签页面所示不同。请由更正人重新提出。",
            "the matter has moved on: the correction would do other things than are shown. It must be asked for anew.",
        )
    _settle(tx, rectification_id, DONE, required(answer, "意见", "the answer") if answer.strip() else "")
    apply(tx, library, found, row)
    return {"rectification": rectification_id, "instance": instance.id}


def refuse(tx: Transaction, rectification_id: int, answer: str, key: str | None = None) -> dict[str, Any]:
    """Refuse to sign it; it is over."""
    request = ["refuse correction", rectification_id, answer]
    return idempotency.once(tx, key, request, lambda: _refuse(tx, rectification_id, answer))


def _refuse(tx: Transaction, rectification_id: int, answer: str) -> dict[str, Any]:
    row, instance = _open(tx, rectification_id)
    require(tx.actor, Act.COUNTERSIGN, instance.subject())
    _require_another(tx, row)
    said = required(answer, "理由", "the reason")
    _settle(tx, rectification_id, REFUSED, said)
    audit.note(tx, instance, Event("correction refused", None, {"rectification": row.id, "reason": said}))
    text = Text("您提出的更正未获会签。", "Your correction was not signed.")
    tell(tx, [row.asked_by], f"rectification {row.id} settled", CORRECTION, text, instance_id=instance.id)
    return {"rectification": row.id, "instance": instance.id}


def withdraw(tx: Transaction, rectification_id: int, key: str | None = None) -> dict[str, Any]:
    """Take back what one asked for."""
    return idempotency.once(tx, key, ["withdraw correction", rectification_id], lambda: _withdraw(tx, rectification_id))


def _withdraw(tx: Transaction, rectification_id: int) -> dict[str, Any]:
    row, instance = _open(tx, rectification_id)
    require(tx.actor, Act.RECTIFY, instance.subject())
    if row.asked_by != tx.actor.id:
        raise NotPermittedError("只有提出人可以撤回。", "only who asked for it takes it back.")
    _settle(tx, rectification_id, WITHDRAWN, "")
    audit.note(tx, instance, Event("correction withdrawn", None, {"rectification": row.id}))
    return {"rectification": row.id, "instance": instance.id}


def _open(tx: Transaction, rectification_id: int) -> tuple[Row[Any], Instance]:
    row = tx.session.execute(
        select(rectification).where(rectification.c.id == rectification_id).with_for_update()
    ).first()
    if row is None or not visible.sees(tx, tx.actor, row.instance_id):
        raise NotFoundError(f"没有编号为{rectification_id}的更正。", f"there is no correction {rectification_id}.")
    if row.status != ASKED:
        raise ConflictError("该更正已经办结, 请刷新页面。", "this correction is settled already; reload the page.")
    return row, locked(tx, row.instance_id)


def _require_another(tx: Transaction, row: Row[Any]) -> None:
    if row.asked_by == tx.actor.id:
        raise NotPermittedError("须由另一人会签。", "another person signs it.")


def _require_uninvolved(tx: Transaction, found: Assessed) -> None:
    """Nobody signs what is put right in a matter that they began."""
    require(
        tx.actor,
        Act.COUNTERSIGN,
        Subject(found.instance.employer_id, barred_ids=frozenset({found.instance.initiator_id})),
    )
    for one in found.related:
        _require_uninvolved(tx, one)


def _settle(tx: Transaction, rectification_id: int, status: str, answer: str) -> None:
    settled = {"status": status, "settled_by": tx.actor.id, "settled_at": tx.now, "answer": answer}
    tx.session.execute(update(rectification).where(rectification.c.id == rectification_id).values(**settled))


def _again(tx: Transaction, library: Library, row: Row[Any]) -> Assessed:
    """The same correction as things stand now."""
    (one,) = recorded(tx, [row.instance_id])
    compiled = library.get(tx.session, one.instance.deployment_id)
    entry_of(one, compiled, row.entry)
    wanted = [Change(each["path"], each["old"], each["new"]) for each in row.content["changes"]]
    return assessed(tx, library, one, compiled, {row.entry: wanted})


def _canonical(content: Mapping[str, Any]) -> str:
    """What it does, but for when a void posting's next window would end: that depends on the day of the signature."""
    related = [_canonical(one) for one in content["related"]]
    return json.dumps({**content, "window_ends": None, "related": related}, sort_keys=True)
