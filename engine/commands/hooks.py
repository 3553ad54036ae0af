"""Web hooks: registered, paused, tried out; their calls taken, made and noted in three steps, as jobs are."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine.announcing import call_row
from engine.audit import Event, append_to
from engine.commands.jobs import LEASE
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.hooks import PAUSED_AFTER, TEST, Heard, draw_secret, pause_after, require_url
from engine.keys import Sealed
from engine.mailing import HOOK
from engine.permissions import Act, Role, require
from engine.queries import people
from engine.queries.hooks import bound_to
from engine.tables.outgoing import hook, hook_call
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from engine.transaction import Transaction

ACTIVE, PAUSED, ENDED = "active", "paused", "ended"
PENDING, SENT, FAILED = "pending", "sent", "failed"
_GOOD, _MOVED, _GONE = 200, 300, 410


@dataclass(frozen=True, slots=True)
class Call:
    """What this worker is to call, and until when nobody else does; `secret` is opened when it is called."""

    id: int
    until: datetime
    hook_id: str
    url: str
    secret: Sealed
    message_id: str
    body: str


def register(tx: Transaction, label: str, url: str, events: Collection[str], *, https_only: bool) -> dict[str, str]:
    """Says `{"hook", "secret"}`: the secret is said this once. Raises InvalidError."""
    require(tx.actor, Act.KEEP_HOOKS)
    said, where = required(label, "用途", "what it is for"), require_url(url, https_only=https_only)
    wanted = sorted(set(events))
    if not wanted or not set(wanted) <= set(Heard):
        raise InvalidError("请至少选择一类事件。", "choose at least one kind of events.")
    hook_id, secret = str(uuid.uuid4()), draw_secret()
    kept = tx.keys.seal(secret.encode(), bound_to(hook_id))
    made = {"id": hook_id, "secret": kept.content, "key_id": kept.key_id}
    values = {"label": said[:200], "url": where, "events": wanted, "status": ACTIVE, "made_by": tx.actor.id}
    tx.session.execute(insert(hook).values(**made, **values, made_at=tx.real))
    append_to(tx, f"hook/{hook_id}", Event("hook registered", None, {"url": where, "events": wanted}))
    return {"hook": hook_id, "secret": secret}


def set_status(tx: Transaction, hook_id: str, status: str) -> None:
    """Paused, active again (from the first attempt on), or ended for good."""
    require(tx.actor, Act.KEEP_HOOKS)
    found = _locked(tx, hook_id)
    if found.status == status:
        raise ConflictError("该网络回调已是这个状态。", "the web hook is in this state already.")
    rested = {"failures": 0, "failing_since": None, "rests_until": None}
    tx.session.execute(update(hook).where(hook.c.id == hook_id).values(status=status, **rested))
    append_to(tx, f"hook/{hook_id}", Event(f"hook {status}", None, {}))


def send_test(tx: Transaction, hook_id: str) -> None:
    """One call, tried once; a paused hook, too, gets it."""
    require(tx.actor, Act.KEEP_HOOKS)
    found = _locked(tx, hook_id)
    tx.session.execute(insert(hook_call).values(**call_row(tx, found.id, TEST, {"hook": hook_id})))


def replay(tx: Transaction, call_id: int) -> str:
    """Call again what is closed, under the same message id; says the hook's id."""
    require(tx.actor, Act.KEEP_HOOKS)
    row = tx.session.execute(select(hook_call).where(hook_call.c.id == call_id).with_for_update()).first()
    if row is None:
        raise NotFoundError("没有这次调用的记录。", "there is no such call.")
    if row.status == PENDING:
        raise ConflictError("这次调用尚在进行, 无需重发。", "this call is still being tried.")
    if _locked(tx, row.hook_id).status == PAUSED and row.event != TEST:
        raise ConflictError("该网络回调已暂停, 请先恢复。", "the web hook is paused; resume it first.")
    again = {"status": PENDING, "retry_at": None, "closed_at": None}
    tx.session.execute(update(hook_call).where(hook_call.c.id == call_id).values(**again))
    return str(row.hook_id)


def _locked(tx: Transaction, hook_id: str) -> Any:
    found = tx.session.execute(
        select(hook).where(hook.c.id == hook_id, hook.c.status != ENDED).with_for_update(key_share=True)
    ).first()
    if found is None:
        raise NotFoundError("没有这个网络回调。", "there is no such web hook.")
    return found


def has_due(tx: Transaction) -> bool:
    return tx.session.execute(_first(tx, hook_call.c.id)).first() is not None


def take_next(tx: Transaction) -> Call | None:
    """The oldest call of a hook that is not at rest, and that nobody has in hand."""
    require(tx.actor, Act.FIRE_TIMER)
    columns = (hook_call, hook.c.url, hook.c.secret, hook.c.key_id)
    row = tx.session.execute(_first(tx, *columns).with_for_update(of=hook_call, skip_locked=True)).first()
    if row is None:
        return None
    until = tx.real + LEASE
    tx.session.execute(update(hook_call).where(hook_call.c.id == row.id).values(retry_at=until))
    kept = Sealed(row.key_id, row.secret)
    return Call(row.id, until, row.hook_id, row.url, kept, row.message_id, row.body)


def _first(tx: Transaction, *columns: Any) -> Any:
    rested = hook.c.rests_until.is_(None) | (hook.c.rests_until <= tx.real)
    free = hook_call.c.retry_at.is_(None) | (hook_call.c.retry_at <= tx.real)
    wanted: ColumnElement[bool] = ((hook.c.status == ACTIVE) & rested) | (
        (hook.c.status != ENDED) & (hook_call.c.event == TEST)
    )
    query = select(*columns).select_from(hook_call.join(hook, hook.c.id == hook_call.c.hook_id))
    return query.where(hook_call.c.status == PENDING, free, wanted).order_by(hook_call.c.id).limit(1)


def note_answer(tx: Transaction, call: Call, answer: int | None, cause: Text | None) -> None:
    """Sent, or the whole hook rests and is paused in the end; nothing if another worker has it in hand meanwhile."""
    # The hook first, as those do who register and replay.
    found = tx.session.execute(select(hook).where(hook.c.id == call.hook_id).with_for_update(key_share=True)).one()
    row = tx.session.execute(select(hook_call).where(hook_call.c.id == call.id).with_for_update()).one()
    is_good = answer is not None and _GOOD <= answer < _MOVED
    if row.status != PENDING or (row.retry_at != call.until and not is_good):
        return
    values = {"attempts": row.attempts + 1, "answer": answer, "cause": cause.as_json() if cause else None}
    is_over = is_good or row.event == TEST
    over = {"status": SENT if is_good else FAILED, "closed_at": tx.real} if is_over else {"retry_at": None}
    tx.session.execute(update(hook_call).where(hook_call.c.id == row.id).values(**values, **over))
    if is_good:
        _rest(tx, call.hook_id, failures=0, failing_since=None, rests_until=None)
    elif not is_over:
        _fail(tx, found, answer)


def _fail(tx: Transaction, found: Any, answer: int | None) -> None:
    since = found.failing_since or tx.real
    tried = found.failures + 1
    _rest(tx, found.id, failures=tried, failing_since=since, rests_until=tx.real + pause_after(tried))
    if found.status == ACTIVE and (answer == _GONE or tx.real - since >= PAUSED_AFTER):
        _rest(tx, found.id, status=PAUSED)
        append_to(tx, f"hook/{found.id}", Event("hook paused", None, {"answer": answer}))
        text = Text(
            f"网络回调“{found.label}”连续一天未能送达，已暂停。请联系对方系统，处理后在“网络回调”页恢复。",
            f"The web hook “{found.label}” has failed for a day and is paused. Talk to who runs the receiver, then resume it.",
        )
        told = [each.id for each in people.with_roles(tx, {Role.ADMIN})]
        tell(tx, told, f"{HOOK} {found.id} {tx.real.isoformat()}", HOOK, text)


def _rest(tx: Transaction, hook_id: str, **values: Any) -> None:
    tx.session.execute(update(hook).where(hook.c.id == hook_id).values(**values))
