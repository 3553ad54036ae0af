"""Identity numbers: what a form lets through is kept masked, and the number itself encrypted in a row of its own.

So variables, history and all that comes of them never hold one, and without its row a number is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from engine.clock import SHANGHAI
from engine.keys import Sealed
from engine.registers.values import mask
from engine.tables.sealed import sealed
from forms.data import pick
from forms.sealed import taken_out, with_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction
    from forms import Form
    from forms.components import Path

Numbers = dict["Path", str]


def load(
    tx: Transaction,
    library: Library,
    form: Form,
    submitted: Mapping[str, Any],
    context: Mapping[str, Any],
    instance_id: str | None = None,
) -> tuple[dict[str, Any], Numbers]:
    """What the form lets through, masked, and the numbers that `keep` is to keep; raises forms.FormError.

    A mask that comes back as the context shows it is the number that is there.
    """
    there = _there(tx, form, submitted, context, instance_id) if instance_id else {}
    today = tx.now.astimezone(SHANGHAI).date()
    whole = with_values(submitted, there) if there else submitted
    values = form.load(whole, context, library.evaluator(tx.now).form_value, today=today)
    kept, found = taken_out(values, form.sealed, mask)
    return kept, {path: number for path, number in found.items() if there.get(path) != number}


def _there(
    tx: Transaction, form: Form, submitted: Mapping[str, Any], context: Mapping[str, Any], instance_id: str
) -> Numbers:
    found: Numbers = {}
    for path in form.sealed:
        shown = pick(submitted, path)
        if isinstance(shown, str) and "*" in shown and shown == pick(context, path):
            number = current(tx, instance_id, path)
            # The same field of another person's task has another number.
            found |= {path: number} if number is not None and mask(number) == shown else {}
    return found


def current(tx: Transaction, instance_id: str, path: Path) -> str | None:
    """The number, decrypted; raises UnreadableError."""
    name = ".".join(path)
    newest = select(sealed).where(sealed.c.instance_id == instance_id, sealed.c.path == name)
    row = tx.session.execute(newest.order_by(sealed.c.number.desc()).limit(1)).first()
    if row is None:
        return None
    return tx.keys.open(Sealed(row.key_id, row.content), bound(row)).decode()


def keep(tx: Transaction, instance: Instance, numbers: Numbers) -> None:
    """With the entry that the history is about to have; the instance's row is there."""
    for path, number in numbers.items():
        name, entry = ".".join(path), instance.history_count + 1
        made = tx.keys.seal(number.encode(), _bound(instance.id, name, entry))
        where = {"instance_id": instance.id, "path": name, "number": entry}
        told = {"key_id": made.key_id, "content": made.content, "by_id": tx.actor.id, "at": tx.now}
        tx.session.execute(insert(sealed).values(**where, **told))


def withdraw(tx: Transaction, instance_id: str, number: int) -> None:
    """What was typed from this entry on counts no more; the number before it stands again."""
    tx.session.execute(delete(sealed).where(sealed.c.instance_id == instance_id, sealed.c.number >= number))


def bound(row: Any) -> str:
    """What a row's content is bound to."""
    return _bound(row.instance_id, row.path, row.number)


def _bound(instance_id: str, path: str, number: int) -> str:
    return f"sealed {instance_id} {path} {number}"
