"""Registers as diagrams read them: the employer and the experts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.errors import InvalidError
from engine.permissions import Role
from engine.tables import employer, person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.transaction import Transaction


def read_employer(
    tx: Transaction, instance: Instance, _compiled: Compiled, _inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """`{"employer": {id, name, prefix, trades: [{trade, occupation_code, senior_count}]}}` (A2.1, A3.2, AX.2)."""
    row = tx.session.execute(select(employer).where(employer.c.id == instance.employer_id)).first()
    if row is None:
        raise InvalidError(
            f"用人单位{instance.employer_id}未登记。请管理员先登记。",
            f"the employer {instance.employer_id} is not registered.",
        )
    return {"employer": {"id": row.id, "name": row.name, "prefix": row.prefix, "trades": row.trades}}


def read_experts(
    tx: Transaction, _instance: Instance, _compiled: Compiled, _inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """`{"experts_register": [{id, name, field}]}`, the active experts by name (A10.2b)."""
    rows = tx.session.execute(select(person).where(person.c.active).order_by(person.c.name, person.c.id))
    experts = [{"id": row.id, "name": row.name, "field": row.field or ""} for row in rows if Role.EXPERT in row.roles]
    return {"experts_register": experts}
