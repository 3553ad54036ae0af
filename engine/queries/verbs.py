"""What the actor may do with a task beside completing it, and with whom: what a page offers, by the commands' own rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.commands import handing, opinions, withdrawals
from engine.commands.locked_tasks import look
from engine.errors import PingpinError
from engine.permissions import Act, Subject, require
from engine.tables import process_instance
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.library import Library
    from engine.permissions import Actor
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Verbs:
    """放回, 交还, and to whom: 转办 reassign, 委托 delegate, 加签 ask; nobody where it may not be done."""

    may_unclaim: bool
    may_give_back: bool
    reassign_to: tuple[Actor, ...]
    delegate_to: tuple[Actor, ...]
    ask: tuple[Actor, ...]

    def __bool__(self) -> bool:
        return any((self.may_unclaim, self.may_give_back, self.reassign_to, self.delegate_to, self.ask))


@dataclass(frozen=True, slots=True)
class Withdrawable:
    """One's own completion that may still be taken back."""

    task_id: str
    name: Text


def verbs(tx: Transaction, task_id: str) -> Verbs:
    """Raises NotFoundError; who may not see the task is offered nothing."""
    found, instance = look(tx, task_id)

    def allowed(check: Callable[..., None]) -> bool:
        return _passes(lambda: check(tx, found, instance))

    disposes, delegates = allowed(handing.require_disposable), allowed(handing.require_delegable)
    takers = tuple(handing.takers(tx, found, instance)) if disposes or delegates else ()
    return Verbs(
        may_unclaim=allowed(handing.require_unclaimable),
        may_give_back=allowed(handing.require_returnable),
        reassign_to=takers if disposes else (),
        delegate_to=takers if delegates else (),
        ask=tuple(opinions.advisers(tx, found, instance)) if allowed(opinions.require_askable) else (),
    )


def withdrawable(tx: Transaction, library: Library, instance_id: str) -> Withdrawable | None:
    """None where the last step was no completion of the actor's, or somebody has built upon it."""
    kept = tx.session.scalar(select(process_instance.c.undo).where(process_instance.c.id == instance_id))
    if kept is None:
        return None
    found, instance = look(tx, kept["task"])
    mine = Subject(assignee_id=found.closed_by, barred_ids=found.barred_ids)
    if not _passes(lambda: require(tx.actor, Act.WITHDRAW, mine)):
        return None
    if not _passes(lambda: withdrawals.require_way_back(tx, library, found, instance)):
        return None
    element = library.get(tx.session, instance.deployment_id).diagrams[instance.process].elements[found.element]
    return Withdrawable(found.id, Text(element.name, element.name_en))


def _passes(check: Callable[[], object]) -> bool:
    try:
        check()
    except PingpinError:
        return False
    return True
