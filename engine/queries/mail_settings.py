"""What the actor has chosen about mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.mailing import Often, Topic, often
from engine.permissions import Act, Role, require
from engine.tables import person
from engine.tables.outgoing import letter, mail_address, mail_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`own` is an address that the person has confirmed, `asked` one that they have yet to confirm."""

    own: str | None
    registered: str | None
    asked: str | None
    has_password: bool
    language: str
    chosen: Mapping[Topic, Often]


def settings(tx: Transaction) -> MailSettings:
    require(tx.actor, Act.OWN_ACCOUNT)
    me = tx.actor.id
    row = tx.session.execute(select(person).where(person.c.id == me)).one()
    own = tx.session.scalar(select(mail_address.c.address).where(mail_address.c.person_id == me))
    asked = select(letter.c.address).where(letter.c.person_id == me, letter.c.purpose == "confirm")
    latest = tx.session.scalar(asked.order_by(letter.c.id.desc()).limit(1))
    kept = select(mail_choice.c.topic, mail_choice.c.often).where(mail_choice.c.person_id == me)
    choices = {found.topic: found.often for found in tx.session.execute(kept)}
    shown = [topic for topic in Topic if topic is not Topic.ALARMS or tx.actor.roles & {Role.ADMIN, Role.OWNER}]
    return MailSettings(
        own=own,
        registered=row.email,
        asked=latest if latest != own else None,
        has_password=row.password_hash is not None,
        language=row.language,
        chosen={topic: often(choices.get(topic), topic) for topic in shown},
    )
