"""Delivering the outbox: each message in a transaction of its own, its effect and its mark in the same commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, insert, or_, select, update

from engine import feel
from engine.audit import Event
from engine.commands import incidents, instances, jobs
from engine.commands.sending import DELIVERED, INCIDENT, JOB, OUTSIDE, PENDING, UNMATCHED, WAITING
from engine.commands.step import take
from engine.errors import InvalidError
from engine.instance import ACTIVE, COLUMNS, JOINED, Instance, as_instance, locked_instance
from engine.services import exits
from engine.spiff.snapshot import Done, Receive
from engine.tables import outbox, process_instance, report, subscription
from engine.transaction import lock_name
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction

# How long a message for whoever waits with its key is kept, unless its sender's property `timeToLive` says otherwise.
TIME_TO_LIVE = "P7D"
# So many more waits for children than stand open may be passed at once; a loop without an end comes to it in a second.
_ROUNDS = 100


def next_pending(tx: Transaction) -> tuple[int, datetime] | None:
    """The oldest message to deliver, and the moment at which it happens.

    One that failed holds back the later ones to the same instance: they were sent in an order that means something.
    """
    earlier = outbox.alias("earlier")
    held_back = exists().where(
        earlier.c.target_id == outbox.c.target_id,
        earlier.c.kind.not_in(OUTSIDE),  # whose worker takes its time
        earlier.c.id < outbox.c.id,
        or_(earlier.c.status == INCIDENT, and_(earlier.c.status == PENDING, earlier.c.retry_at > tx.real)),
    )
    due = or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= tx.real)
    found = tx.session.execute(
        select(outbox.c.id, outbox.c.ready_at)
        .where(outbox.c.status == PENDING, outbox.c.kind != JOB, due, ~held_back, ~_stands_still())
        .order_by(outbox.c.id)
        .limit(1)
    ).first()
    return (found.id, found.ready_at) if found else None


def _stands_still() -> ColumnElement[bool]:
    """Whether a message is for one that stands still: it waits with it; only what lets it go on again comes through."""
    by_key = exists().where(
        outbox.c.target_id.is_(None),
        subscription.c.message == outbox.c.message,
        subscription.c.correlation_key == outbox.c.correlation_key,
        subscription.c.instance_id == process_instance.c.id,
        process_instance.c.suspended.is_not(None),
    )
    to_it = exists().where(process_instance.c.id == outbox.c.target_id, process_instance.c.suspended.is_not(None))
    return and_(outbox.c.kind != exits.RESUME, or_(to_it, by_key))


def deliver(tx: Transaction, library: Library, message_id: int) -> None:
    """Deliver one message. One that nobody waits for yet is kept; raises InvalidError for one whose receiver has ended."""
    message = tx.session.execute(select(outbox).where(outbox.c.id == message_id).with_for_update()).one()
    if message.status != PENDING:
        return  # another worker was faster
    match message.kind:
        case "report":
            status = _take_report(tx, library, message)
        case "check":
            status = _check_fan_in(tx, library, message.target_id)
        case "signal":
            status = _deliver_signal(tx, library, message)
        case "done":
            status = _tell_done(tx, library, message)
        case "resume":
            status = _resume(tx, library, message)
        case "begin":
            instances.begin_by_message(tx, library, _lock(tx, message.source_id), message.message, message.payload)
            status = DELIVERED
        case _:
            status = _deliver(tx, library, message)
    if status == UNMATCHED:
        raise InvalidError(
            f"消息{message.message}的接收方已经结束, 没有送达。请核对是否需要另行通知。",
            f"the message {message.message} came after its receiver had ended and was not delivered; see whom it was for.",
        )
    closed: dict[str, Any] = {"status": status, "closed_at": tx.now}
    if status == WAITING:
        closed = {"status": status, "expires_at": message.expires_at or _expires_at(tx, library, message)}
    tx.session.execute(update(outbox).where(outbox.c.id == message_id).values(**closed))


def next_expiry(tx: Transaction, until: datetime) -> tuple[int, datetime] | None:
    """The kept message whose time is over first, if it is over by `until`, and that moment."""
    found = tx.session.execute(
        select(outbox.c.id, outbox.c.expires_at)
        .where(outbox.c.status == WAITING, outbox.c.expires_at <= until)
        .order_by(outbox.c.expires_at, outbox.c.id)
        .limit(1)
    ).first()
    return (found.id, found.expires_at) if found else None


def expire(tx: Transaction, message_id: int) -> None:
    """A message that nobody came to wait for is a person's to look at: an incident, and no wait gets it by itself."""
    message = tx.session.execute(select(outbox).where(outbox.c.id == message_id).with_for_update()).one()
    if message.status != WAITING or message.expires_at is None or message.expires_at > tx.now:
        return  # its wait has begun meanwhile, or another worker was faster
    tx.session.execute(update(outbox).where(outbox.c.id == message_id).values(status=UNMATCHED, closed_at=tx.now))
    name, key = message.message, message.correlation_key
    cause = Text(
        f"消息{name}(关联键{key})已过保留期, 始终没有流程等待它。请核对关联键; 有流程等待后可重试。",
        f"nobody came to wait for the message {name} with key {key} while it was kept; check the key, and retry once "
        "somebody waits for it.",
    )
    incidents.open_incident(tx, "message", message, cause)


def _expires_at(tx: Transaction, library: Library, message: Row[Any]) -> datetime | None:
    """One that is for an instance is kept as long as that instance goes on; any other has a time to live."""
    if message.target_id:
        return None
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == message.source_id))
    source = as_instance(row.one())
    compiled = library.get(tx.session, source.deployment_id)
    properties = compiled.diagrams[source.process].elements[message.source_element].properties
    scope = feel.from_json(source.scope(compiled.settings))
    given = properties.get("timeToLive", TIME_TO_LIVE)
    return library.evaluator(tx.now).moment(given, scope, message.source_element)


def _deliver(tx: Transaction, library: Library, message: Row[Any]) -> str:
    if message.target_id:
        _lock(tx, message.target_id)
    else:
        lock_name(tx, f"message {message.message} {message.correlation_key}")
    wanted = (
        subscription.c.instance_id == message.target_id
        if message.target_id
        else subscription.c.correlation_key == message.correlation_key
    )
    waits = tx.session.execute(
        select(subscription)
        .where(subscription.c.message == message.message, subscription.c.fan_in.is_(None), wanted)
        .where(~subscription.c.is_signal)
        .order_by(subscription.c.element, subscription.c.id)
    ).all()
    if not waits:
        return WAITING if message.target_id is None or _is_active(tx, message.target_id) else UNMATCHED
    if message.target_id is None and len(waits) > 1:
        raise InvalidError(
            f"消息{message.message}(关联键{message.correlation_key})有{len(waits)}处在等待, 无法确定送给谁。请使关联键唯一。",
            f"the message {message.message} with key {message.correlation_key} is waited for in {len(waits)} places; "
            "make the correlation key unique.",
        )
    _receive(tx, library, _lock(tx, waits[0].instance_id), waits[0], message.payload, message.source_id)
    return DELIVERED


def _deliver_signal(tx: Transaction, library: Library, message: Row[Any]) -> str:
    """Every wait for it in one instance; one that the first of them has ended is over."""
    instance = _lock(tx, message.target_id)
    waiting = (
        select(subscription)
        .where(subscription.c.instance_id == message.target_id)
        .where(subscription.c.is_signal, subscription.c.message == message.message)
        .order_by(subscription.c.element, subscription.c.id)
    )
    for wait in tx.session.execute(waiting).all():
        still = select(subscription.c.id).where(subscription.c.id == wait.id)
        if tx.session.execute(still).first() is not None:
            _receive(tx, library, instance, wait, message.payload, message.source_id)
            instance = _lock(tx, message.target_id)
    return DELIVERED


def _resume(tx: Transaction, library: Library, message: Row[Any]) -> str:
    """It goes on again and hears of it in one step, so that no timer of the time in between comes first."""
    exits.resume(tx, _lock(tx, message.target_id), message.payload["reversal"])
    _deliver(tx, library, message)  # who does not wait for it just goes on where it stood
    return DELIVERED


def _tell_done(tx: Transaction, library: Library, message: Row[Any]) -> str:
    """A job was done while its instance could not go on."""
    done = jobs.done(message, message.payload)
    take(tx, library, _lock(tx, message.target_id), Done(message.correlation_key, message.payload), done)
    return DELIVERED


def _take_report(tx: Transaction, library: Library, message: Row[Any]) -> str:
    """A child's report counts once, however often it comes, and its last word counts.

    One that nobody can count any more is not lost either.
    """
    parent = _lock(tx, message.target_id)
    key = {"parent_id": message.target_id, "message": message.message, "child_id": message.source_id}
    word = {"payload": message.payload, "reported_at": tx.now}
    known = tx.session.execute(select(report.c.payload).filter_by(**key)).first()
    if parent.status != ACTIVE and (known is None or known.payload != message.payload):
        return UNMATCHED
    if known is None:
        tx.session.execute(insert(report).values(**key, **word))
    elif parent.status == ACTIVE:
        tx.session.execute(update(report).filter_by(**key).values(**word))
    return _check_fan_in(tx, library, message.target_id)


def _check_fan_in(tx: Transaction, library: Library, parent_id: str) -> str:
    """Under the parent's lock: every wait goes on whose children have all reported or ended."""
    instance = _lock(tx, parent_id)
    left = _ROUNDS + _fan_ins(tx, parent_id)
    while (wait := _satisfied(tx, parent_id)) is not None:
        left -= 1
        if left < 0:
            raise _endless(wait.element)
        _receive(tx, library, instance, wait, {"reports": _reports(tx, parent_id, wait.message)}, None)
        instance = _lock(tx, parent_id)
    return DELIVERED


def _endless(element: str) -> InvalidError:
    """A loop that comes back to a wait which is satisfied at once would go round for ever, a step each."""
    return InvalidError(
        f"{element}: 同一时刻反复通过, 循环中没有真正的等待。请更正流程图的条件或所用的变量后重试。",
        f"{element} was passed again and again at one moment: its loop does not really wait. Correct the diagram's condition or "
        "the variables that it uses, then retry.",
    )


def _fan_ins(tx: Transaction, parent_id: str) -> int:
    waiting = (subscription.c.instance_id == parent_id, subscription.c.fan_in.is_not(None))
    return tx.session.scalar(select(func.count()).select_from(subscription).where(*waiting)) or 0


def _satisfied(tx: Transaction, parent_id: str) -> Row[Any] | None:
    waits = tx.session.execute(
        select(subscription)
        .where(subscription.c.instance_id == parent_id, subscription.c.fan_in.is_not(None))
        .order_by(subscription.c.element, subscription.c.id)
    ).all()
    return next((wait for wait in waits if not _is_missing(tx, parent_id, wait.fan_in, wait.message)), None)


def _is_missing(tx: Transaction, parent_id: str, process: str, message: str) -> bool:
    """Whether a child is still to report: one that goes on without having done so, or whose report is on its way."""
    child = process_instance.c
    has_reported = exists().where(report.c.child_id == child.id, report.c.message == message)
    is_on_its_way = exists().where(
        outbox.c.kind == "report",
        outbox.c.source_id == child.id,
        outbox.c.message == message,
        outbox.c.status.in_((PENDING, INCIDENT)),
    )
    missing = select(child.id).where(
        child.parent_id == parent_id,
        child.process == process,
        ~has_reported,
        or_(child.status == ACTIVE, is_on_its_way),
    )
    return tx.session.execute(missing.limit(1)).first() is not None


def _reports(tx: Transaction, parent_id: str, message: str) -> list[dict[str, Any]]:
    rows = tx.session.execute(
        select(report.c.payload, process_instance.c.id, process_instance.c.business_key)
        .join(process_instance, process_instance.c.id == report.c.child_id)
        .where(report.c.parent_id == parent_id, report.c.message == message)
        .order_by(process_instance.c.number)
    )
    return [{**row.payload, "key": row.business_key, "id": row.id} for row in rows]


def _receive(
    tx: Transaction,
    library: Library,
    instance: Instance,
    wait: Row[Any],
    payload: dict[str, Any],
    source_id: str | None,
) -> None:
    # The key tells apart the turns of a loop that wait for one message.
    key = {"key": wait.correlation_key} if wait.correlation_key is not None else {}
    event = Event("received", wait.element, {"message": wait.message, **key, "from": source_id, "payload": payload})
    take(tx, library, instance, Receive(wait.id, payload), event)


def _lock(tx: Transaction, instance_id: str) -> Instance:
    return as_instance(tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).one())


def _is_active(tx: Transaction, instance_id: str) -> bool:
    status = tx.session.scalar(select(process_instance.c.status).where(process_instance.c.id == instance_id))
    return status == ACTIVE
