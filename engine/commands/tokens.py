"""API tokens that people make for themselves: for some scopes, for a year at most, said once."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from engine.commands import throttling
from engine.commands.account_events import log
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.permissions import Act, may, require
from engine.scopes import Scope
from engine.signing_in import Happened, digest
from engine.tables import api_token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.signing_in import Origin
    from engine.transaction import Transaction

LONGEST_DAYS = 365
_LONGEST_LABEL = 200
_MOST = 20


def make(tx: Transaction, label: str, scopes: Sequence[str], days: int, origin: Origin) -> str:
    """A new token of one's own; only its digest is kept."""
    require(tx.actor, Act.OWN_ACCOUNT)
    _check(label.strip(), scopes, days)
    live = (api_token.c.person_id == tx.actor.id, api_token.c.revoked_at.is_(None))
    alive = (
        select(func.count())
        .select_from(api_token)
        .where(*live, func.coalesce(api_token.c.expires_at, tx.real) >= tx.real)
    )
    if (tx.session.scalar(alive) or 0) >= _MOST:
        raise ConflictError(
            f"最多同时有{_MOST}个接口密钥。请先停用不再使用的。",
            f"one has {_MOST} tokens at most; revoke those out of use first.",
        )
    token = f"pp_{secrets.token_urlsafe(32)}"
    tx.session.execute(
        insert(api_token).values(
            id=str(uuid.uuid4()), person_id=tx.actor.id, digest=digest(token), label=label.strip(), created_at=tx.real,
            expires_at=tx.real + timedelta(days=days), scopes=[scope for scope in Scope if scope in scopes],
        )
    )  # fmt: skip
    log(tx, Happened.TOKEN_MADE, tx.actor.id, origin)
    return token


def revoke(tx: Transaction, token_id: str, origin: Origin) -> None:
    """One's own, or anybody's where one keeps the accounts."""
    keeps = may(tx.actor, Act.KEEP_ACCOUNTS)
    if not keeps:
        require(tx.actor, Act.OWN_ACCOUNT)
    whose = () if keeps else (api_token.c.person_id == tx.actor.id,)
    which = (api_token.c.id == token_id, api_token.c.revoked_at.is_(None), *whose)
    person_id = tx.session.scalar(select(api_token.c.person_id).where(*which))
    if person_id is None:
        raise NotFoundError("没有这个接口密钥, 或已停用。", "there is no such token, or it is revoked already.")
    tx.session.execute(update(api_token).where(*which).values(revoked_at=tx.real))
    log(tx, Happened.TOKEN_REVOKED, person_id, origin)


def draw_calls(tx: Transaction, key: str, most: int, portion: int, token_id: str | None) -> tuple[int, datetime]:
    """Calls of this minute's (engine.commands.throttling.draw); that the token is in use is noted with it."""
    if token_id is not None:
        tx.session.execute(update(api_token).where(api_token.c.id == token_id).values(last_used_at=tx.real))
    return throttling.draw(tx, key, most, portion)


def _check(label: str, scopes: Sequence[str], days: int) -> None:
    if not 0 < len(label) <= _LONGEST_LABEL or "\0" in label:
        raise InvalidError(
            f"用途应为1至{_LONGEST_LABEL}个字符。", f"say what it is for, in 1 to {_LONGEST_LABEL} characters."
        )
    if not scopes or not set(scopes) <= set(Scope):
        raise InvalidError("请至少选择一个范围。", "choose at least one scope.")
    if not 0 < days <= LONGEST_DAYS:
        raise InvalidError(f"有效期为1至{LONGEST_DAYS}天。", f"it is good for 1 to {LONGEST_DAYS} days.")
