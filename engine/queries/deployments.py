"""Deployments: the list, one version's files, what is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine import in_force
from engine.errors import NotFoundError
from engine.permissions import Act, require
from engine.tables import deployment, deployment_file, person, process_instance
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from engine.library import Library
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class DeploymentLine:
    """One version; `is_current`: new instances start on it today. `from_on`: it is to come into force then.

    `gate` is how it got here: `approved`, `emergency` or `installed`.
    """

    id: int
    policy: str
    version: int
    digest: str
    title: Text
    in_force_from: date
    in_force_until: date | None
    deployed_by: str
    deployed_at: datetime
    deployed_at_real: datetime
    is_in_force: bool
    is_current: bool
    running: int
    gate: str
    from_on: date | None


def deployments(tx: Transaction) -> list[DeploymentLine]:
    """The newest first."""
    require(tx.actor, Act.SEE_DEPLOYMENTS)
    known, today = in_force.activations(tx), in_force.today(tx)
    active = process_instance.c.status == "active"
    running = (
        select(func.count())
        .where(process_instance.c.deployment_id == deployment.c.id, active)
        .correlate(deployment)
        .scalar_subquery()
    )
    rows = tx.session.execute(
        select(deployment, person.c.name.label("by_name"), running.label("running"))
        .outerjoin(person, person.c.id == deployment.c.deployed_by)
        .order_by(deployment.c.id.desc())
    )
    lines: list[DeploymentLine] = []
    for row in rows:
        its = [each for each in known if each.deployment_id == row.id and not each.is_cancelled]
        coming = [each.from_on for each in its if each.from_on > today]
        lines.append(
            DeploymentLine(
                id=row.id,
                policy=row.policy,
                version=row.version,
                digest=row.digest,
                title=Text(row.title["zh"], row.title["en"]),
                in_force_from=row.in_force_from,
                in_force_until=row.in_force_until,
                deployed_by=row.by_name or row.deployed_by,
                deployed_at=row.deployed_at,
                deployed_at_real=row.deployed_at_real,
                is_in_force=any(each.holds_on(today) for each in its),
                is_current=any(in_force.current(known, process, today) in its for process in row.processes),
                running=row.running,
                gate=row.gate,
                from_on=min(coming, default=None),
            )
        )
    return lines


def files(tx: Transaction, deployment_id: int) -> Mapping[str, bytes]:
    """The files of one version, as they were deployed."""
    require(tx.actor, Act.SEE_DEPLOYMENTS)
    query = select(deployment_file.c.path, deployment_file.c.content).where(
        deployment_file.c.deployment_id == deployment_id
    )
    found = {row.path: row.content for row in tx.session.execute(query.order_by(deployment_file.c.path))}
    if not found:
        raise NotFoundError(f"没有编号为{deployment_id}的部署", f"there is no deployment {deployment_id}")
    return found


def process_names(tx: Transaction, library: Library) -> list[tuple[str, Text]]:
    """Every process with its name in its newest deployment."""
    newest: dict[str, int] = {}
    for row in tx.session.execute(select(deployment.c.id, deployment.c.processes).order_by(deployment.c.id)):
        newest |= dict.fromkeys(row.processes, row.id)
    found = [(each, library.get(tx.session, newest[each]).diagrams[each]) for each in sorted(newest)]
    return [(each, Text(diagram.name, diagram.name_en)) for each, diagram in found]
