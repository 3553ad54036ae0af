"""The same request sent twice does its work once: the first answer is kept under the caller's key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from engine.errors import ConflictError, InvalidError
from engine.tables import idempotency
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.transaction import Transaction

_MAX_KEY = 200


def once(tx: Transaction, key: str | None, request: object, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer given before under this key, else what the command says now."""
    if (earlier := recall(tx, key, request)) is not None:
        return earlier
    result = run()
    keep(tx, key, request, result)
    return result


def recall(tx: Transaction, key: str | None, request: object) -> dict[str, Any] | None:
    """The answer given before under this key; raises ConflictError if it was another request."""
    if key is None:
        return None
    if not 0 < len(key) <= _MAX_KEY:
        raise InvalidError(
            f"Idempotency-Key应为1-{_MAX_KEY}个字符", f"an Idempotency-Key has 1 to {_MAX_KEY} characters"
        )
    lock_name(tx, f"key {tx.actor.id} {key}")  # the same request twice at once: the second waits for the first's answer
    row = tx.session.execute(select(idempotency).filter_by(actor_id=tx.actor.id, key=key)).first()
    if row is None:
        return None
    if row.digest not in _digests(tx, request):
        raise ConflictError(
            f"Idempotency-Key {key} 已用于另一个请求, 请更换。",
            f"the Idempotency-Key {key} was used for another request; take a new one.",
        )
    result: dict[str, Any] = json.loads(row.result)
    return result


def keep(tx: Transaction, key: str | None, request: object, result: dict[str, Any]) -> None:
    if key is not None:
        tx.session.execute(
            insert(idempotency).values(
                actor_id=tx.actor.id,
                key=key,
                digest=_digests(tx, request)[0],
                result=json.dumps(result),
                created_at=tx.now,
            )
        )


def _digests(tx: Transaction, request: object) -> tuple[str, ...]:
    """Keyed, as there may be an identity number in it that somebody could find by trying all of them."""
    return tx.keys.digests(json.dumps(request, sort_keys=True, default=str).encode())
