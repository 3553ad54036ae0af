"""The identity numbers of a matter, without the numbers: what they are called, and who may read them in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.permissions import Act, Role, may
from engine.tables.sealed import sealed
from forms.naming import name_at
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction
    from forms import Form


@dataclass(frozen=True, slots=True)
class SealedNumber:
    """`is_own`: it is the actor's own, who needs no purpose."""

    path: str
    label: Text
    is_own: bool


def numbers_of(tx: Transaction, library: Library, instance: Instance) -> tuple[SealedNumber, ...]:
    """Those that the actor may read in full."""
    if not may(tx.actor, Act.UNMASK, instance.subject()):
        return ()
    there = select(sealed.c.path).where(sealed.c.instance_id == instance.id).distinct().order_by(sealed.c.path)
    compiled = library.get(tx.session, instance.deployment_id)
    labels = {
        ".".join(path): name_at(form.tree, path)
        for form in forms_of(compiled, instance.process)
        for path in form.sealed
    }
    is_own = tx.actor.id == instance.initiator_id and Role.CANDIDATE in tx.actor.roles
    return tuple(SealedNumber(path, labels.get(path, Text(path, path)), is_own) for path in tx.session.scalars(there))


def forms_of(compiled: Compiled, process: str) -> Iterator[Form]:
    """What people fill in in this process."""
    diagram = compiled.diagrams[process]
    ids = {diagram.start.form_id, *(element.form_id for element in diagram.elements.values())}
    yield from (compiled.forms[form_id] for form_id in sorted(ids - {None}, key=str) if form_id)
