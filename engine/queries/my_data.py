"""What is kept about oneself, and who has read it. Nobody asks it about anybody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, select

from engine.permissions import Role
from engine.queries.instances import InstanceLine, instances
from engine.registers import REGISTERS
from engine.tables import certificate, employer, history, person, process_instance, register_entry, task
from engine.tables.outgoing import mail_address
from engine.tables.papers import access, attachment, comment
from forms.components import Kind
from forms.data import pick
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from sqlalchemy import Select

    from engine.library import Library
    from engine.transaction import Transaction
    from forms.components import Component, Path

LIMIT = 500
INSTITUTION = frozenset({Role.HR, Role.LEADER, Role.CENTRE, Role.BUREAU})
_REVIEWER, _MYSELF = Text("评审专家", "an expert"), Text("本人", "you")


@dataclass(frozen=True, slots=True)
class Consent:
    """A declaration or consent that a form asks of everybody, and that the person gave with it."""

    instance_id: str
    title: str
    words: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class EntryAboutMe:
    """A register's entry, each column under its name."""

    register: Text
    key: str
    cells: tuple[tuple[Text, str], ...]
    struck: str | None


@dataclass(frozen=True, slots=True)
class CertificateOfMine:
    """A certificate that was issued to the person."""

    number: str
    level: str | None
    trade: str | None
    issued_on: date
    status: str


@dataclass(frozen=True, slots=True)
class FileOfMine:
    """A file that the person handed in."""

    id: str
    instance_id: str | None
    name: str
    size: int
    at: datetime
    struck: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody has read a file of mine, or an identity number in full for a `purpose` (engine.commands.unmasking).

    `at_real` is the machine's clock. Who reviews is not told to whom they review.
    """

    reader: Text
    name: str
    instance_id: str | None
    at: datetime
    at_real: datetime
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class MyData:
    """`matters` are those that the person began; `values` what they entered in each, by its id."""

    id: str
    name: str
    employer_name: str | None
    roles: tuple[str, ...]
    # The one that they have confirmed first, then the register's.
    emails: tuple[str, ...]
    matters: tuple[InstanceLine, ...]
    values: Mapping[str, Any]
    consents: tuple[Consent, ...]
    entries: tuple[EntryAboutMe, ...]
    certificates: tuple[CertificateOfMine, ...]
    files: tuple[FileOfMine, ...]
    comments: tuple[tuple[str, str, datetime], ...]
    readings: tuple[Reading, ...]


def my_data(tx: Transaction, library: Library) -> MyData:
    """Of whoever asks."""
    me = tx.session.execute(
        select(person, employer.c.name.label("employer_name"), mail_address.c.address)
        .outerjoin(employer, employer.c.id == person.c.employer_id)
        .outerjoin(mail_address, mail_address.c.person_id == person.c.id)
        .where(person.c.id == tx.actor.id)
    ).one()
    matters = tuple(instances(tx, library, mine=True))
    begun = {line.id: _begun(tx, line.id) for line in matters}
    return MyData(
        id=me.id,
        name=me.name,
        employer_name=me.employer_name,
        roles=tuple(sorted(me.roles)),
        emails=tuple(address for address in (me.address, me.email) if address),
        matters=matters,
        values={line.id: begun[line.id][0] for line in matters},
        consents=tuple(one for line in matters for one in _consents(tx, library, line, *begun[line.id])),
        entries=tuple(_entries(tx)),
        certificates=tuple(_certificates(tx)),
        files=tuple(_files(tx)),
        comments=tuple(_comments(tx)),
        readings=tuple(_readings(tx)),
    )


def _begun(tx: Transaction, instance_id: str) -> tuple[Mapping[str, Any], datetime]:
    """What was entered when it began; nothing where that was deleted since."""
    first = select(history.c.payload, history.c.at).where(history.c.subject_id == instance_id, history.c.number == 1)
    row = tx.session.execute(first).one()
    return (row.payload or {}).get("values") or {}, row.at


def _consents(
    tx: Transaction, library: Library, line: InstanceLine, values: Mapping[str, Any], at: datetime
) -> Iterator[Consent]:
    compiled = library.get(tx.session, line.deployment_id)
    form = compiled.forms.get(compiled.diagrams[line.process].start.form_id or "")
    for component, path in _all(form.components if form else ()):
        if component.kind is Kind.CHECKBOX and component.required and pick(values, path) is True:
            yield Consent(line.id, line.title, component.name, at)


def _all(components: tuple[Component, ...], base: Path = ()) -> Iterator[tuple[Component, Path]]:
    """Every component with its path; what stands in the rows of a list is left out."""
    for component in components:
        yield component, base + component.path
        if component.kind is not Kind.DYNAMICLIST:
            yield from _all(component.children, base)


def _entries(tx: Transaction) -> Iterator[EntryAboutMe]:
    about_me = select(register_entry).where(register_entry.c.person_id == tx.actor.id)
    for row in tx.session.execute(about_me.order_by(register_entry.c.register, register_entry.c.key).limit(LIMIT)):
        register = REGISTERS.get(row.register)
        labels = {column.key: column.label for column in register.columns} if register else {}
        cells = tuple(
            (labels.get(key, Text(key, key)), str(value)) for key, value in row.data.items() if value is not None
        )
        yield EntryAboutMe(register.label if register else Text(row.register, row.register), row.key, cells, row.struck)


def _certificates(tx: Transaction) -> Iterator[CertificateOfMine]:
    mine = select(certificate).where(certificate.c.holder_id == tx.actor.id).order_by(certificate.c.issued_on)
    for row in tx.session.execute(mine):
        yield CertificateOfMine(row.number, row.level, row.trade, row.issued_on, row.status)


def _files(tx: Transaction) -> Iterator[FileOfMine]:
    mine = select(attachment).where(attachment.c.by_id == tx.actor.id).order_by(attachment.c.at.desc())
    for row in tx.session.execute(mine.limit(LIMIT)):
        yield FileOfMine(row.id, row.instance_id, row.name, row.size, row.at, row.struck)


def _comments(tx: Transaction) -> Iterator[tuple[str, str, datetime]]:
    mine = select(comment).where(comment.c.by_id == tx.actor.id).order_by(comment.c.at.desc())
    for row in tx.session.execute(mine.limit(LIMIT)):
        yield row.instance_id, row.text, row.at


def _readings(tx: Transaction) -> Iterator[Reading]:
    reviewers = set(tx.session.scalars(_named_in_mine(tx)))
    read = (
        select(access, person.c.name.label("reader_name"), person.c.roles)
        .join(person, person.c.id == access.c.reader_id)
        .where(access.c.person_id == tx.actor.id)
        .order_by(access.c.id.desc())
    )
    for row in tx.session.execute(read.limit(LIMIT)):
        known = Text(row.reader_name, row.reader_name)
        is_named = INSTITUTION & set(row.roles) and Role.EXPERT not in row.roles and row.reader_id not in reviewers
        reader = _MYSELF if row.reader_id == tx.actor.id else known if is_named else _REVIEWER
        yield Reading(reader, row.name, row.instance_id, row.at, row.at_real, row.purpose)


def _named_in_mine(tx: Transaction) -> Select[Any]:
    """Whom a diagram has named for a task of the actor's matters: experts, who may hold another role besides, or that alone by now."""
    mine = select(process_instance.c.id).where(process_instance.c.initiator_id == tx.actor.id)
    return select(task.c.assignee_id).where(task.c.instance_id.in_(mine), cast(task.c.candidate_roles, String) == "[]")
