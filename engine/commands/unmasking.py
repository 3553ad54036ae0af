"""An identity number in full: for a purpose that is said, and told to whom it belongs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from engine import sealing
from engine.audit import Event, note
from engine.commands.matters import lock_matter
from engine.commands.texts import required
from engine.errors import InvalidError, NotFoundError
from engine.permissions import Act, require
from engine.queries.sealed import numbers_of
from engine.tables.papers import access

if TYPE_CHECKING:
    from engine.instance import Instance
    from engine.library import Library
    from engine.queries.sealed import SealedNumber
    from engine.transaction import Transaction

LONGEST = 200


class Purpose(StrEnum):
    """What a number in full is for."""

    IDENTITY = "identity"
    CERTIFICATE = "certificate"
    RECORDS = "records"
    REQUEST = "request"
    OTHER = "other"


def unmask(tx: Transaction, library: Library, instance_id: str, path: str, purpose: str, words: str) -> dict[str, Any]:
    """The number in full; says `{"instance", "path", "number"}`. Whose it is needs no purpose; everybody's reading is noted.

    Raises NotFoundError, NotPermittedError, InvalidError for a purpose that is none, UnreadableError.
    """
    instance = lock_matter(tx, Act.SEE_INSTANCE, instance_id)
    require(tx.actor, Act.UNMASK, instance.subject())  # a part in the matter is not enough
    found = next((one for one in numbers_of(tx, library, instance) if one.path == path), None)
    number = sealing.current(tx, instance_id, tuple(path.split("."))) if found else None
    if found is None or number is None:
        raise NotFoundError(
            "该事项没有这个证件号码, 或已删除。", "there is no such identity number in this matter, or it was deleted."
        )
    said = "" if found.is_own else _purpose(purpose, words)
    _note(tx, instance, found, said)
    return {"instance": instance_id, "path": path, "number": number}


def _purpose(purpose: str, words: str) -> str:
    if purpose not in set(Purpose):
        known = ", ".join(Purpose)
        raise InvalidError(
            f"请选择查看完整号码的用途({known})。", f"say what the number in full is for: one of {known}."
        )
    if not words.strip() and purpose != Purpose.OTHER:
        return purpose
    return f"{purpose}: {required(words, '用途说明', 'what it is for', LONGEST)}"


def _note(tx: Transaction, instance: Instance, found: SealedNumber, said: str) -> None:
    read = {"person_id": instance.initiator_id, "reader_id": tx.actor.id, "instance_id": instance.id}
    told = {
        "what": "number",
        "name": found.label.zh[:LONGEST],
        "purpose": said or None,
        "at": tx.now,
        "at_real": tx.real,
    }
    tx.session.execute(insert(access).values(**read, **told))
    purpose = {"purpose": said} if said else {"own": True}
    note(tx, instance, Event("number read", None, {"path": found.path, **purpose}))
