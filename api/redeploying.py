"""`pingpin deploy` and `pingpin rehearse`: the same gate as the page's, for scripts and for who keeps bundles in git."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.configuration import from_environment
from api.connecting import connect
from engine.bundle import read_folder, zipped
from engine.checks import compile_bundle
from engine.examining import examine
from engine.gate import FAILED, RUNNING, WAITING, Status, Wanted
from engine.permissions import OPERATOR
from engine.rehearsals import rehearse_all
from engine.rehearsing import Rehearsal

if TYPE_CHECKING:
    from datetime import datetime

    from engine import Engine
    from engine.bundle import Bundle
    from engine.queries.proposals import ProposalDetail, ProposalLine

# Exit codes beside 0 (in force, or to come) and 1 (refused).
AWAITS_APPROVAL = 3
_BUNDLE = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("bundle", type=_BUNDLE)
@click.option("--reason", default="", help="why; needed unless it is the first policy of an installation")
@click.option("--from", "from_on", type=click.DateTime(["%Y-%m-%d"]), help="the day it comes into force")
@click.option("--emergency", is_flag=True, help="does not wait for cases and rehearsal; two people must approve it")
@click.option("--no-wait", is_flag=True, help="leave cases and rehearsal to the worker")
@click.option("--dry-run", is_flag=True, help="check only")
def deploy(bundle: Path, reason: str, from_on: datetime | None, emergency: bool, no_wait: bool, dry_run: bool) -> None:
    """Propose a bundle as the version in force, and play its cases and the rehearsal.

    Another person approves it on the page or through the API; run again after that, this says so. Exit code 0: deployed;
    3: awaits approval; 1: refused, or a case failed. The first policy of an installation is deployed at once.
    """
    content = read_folder(bundle)
    if dry_run:
        click.echo(f"would deploy {compile_bundle(content).policy.id}, digest {content.digest}")
        return
    engine = connect(from_environment())
    deployed = engine.deployments(OPERATOR)
    if not deployed:
        first = engine.deploy(OPERATOR, content)
        click.echo(f"{first['policy']} version {first['version']}, the first of this installation: {first['digest']}")
        return
    if found := next((line for line in deployed if line.digest == content.digest), None):
        click.echo(f"{found.policy} version {found.version}, there already: {found.digest}")
        return
    day = from_on.date() if from_on else None
    number = _proposed(engine, content, Wanted(content.digest, reason, day, emergency=emergency))
    if not no_wait:
        _examine(engine, number)
    _tell(engine.redeployment.proposal(OPERATOR, number))


def _proposed(engine: Engine, content: Bundle, wanted: Wanted) -> int:
    """The open proposal with these files, or a new one."""
    door = engine.redeployment
    for line in door.proposals(OPERATOR):
        if line.status is Status.OPEN and door.proposal(OPERATOR, line.id).digest == content.digest:
            _tell_other(line, wanted)
            return line.id
    door.stage(OPERATOR, zipped(content.files))
    number: int = door.propose(OPERATOR, wanted)["proposal"]
    return number


def _tell_other(line: ProposalLine, wanted: Wanted) -> None:
    """What was asked for now, and is not what was proposed."""
    asked = [
        name
        for name, value, stands in (
            ("--reason", wanted.reason, line.reason),
            ("--from", wanted.from_on, line.from_on),
            ("--emergency", wanted.emergency, line.emergency),
        )
        if value and value != stands
    ]
    if asked:
        click.echo(
            f"{', '.join(asked)} not heeded: the same files are proposed already, as below, with the reason "
            f"“{line.reason}”. Withdraw proposal {line.id} to propose them otherwise.",
            err=True,
        )


def _examine(engine: Engine, number: int) -> None:
    """Until it is done, whoever does it: this process or a worker."""
    found = engine.redeployment.proposal(OPERATOR, number)
    while found.line.status is Status.OPEN and {each.status for each in found.examined} & {WAITING, RUNNING}:
        if not examine(engine, 2):
            time.sleep(0.5)
        found = engine.redeployment.proposal(OPERATOR, number)
        shown = ", ".join(f"{each.kind} {each.done}/{each.total}" for each in found.examined[2:])
        click.echo(f"\r{shown}", nl=False, err=True)
    click.echo("", err=True)


def _tell(found: ProposalDetail) -> None:
    line = found.line
    click.echo(f"proposal {line.id}: {line.policy} from {line.from_on}{', an emergency' if line.emergency else ''}")
    for each in found.examined:
        click.echo(f"  {each.kind}: {each.status} {each.done}/{each.total}")
        for name, why in ((each.result or {}).get("failed") or {}).items():
            click.echo(f"    FAILED {name}: {why}")
    if any(each.status == FAILED for each in found.examined):
        sys.exit(1)
    click.echo(
        f"awaits approval by another person ({len(found.approvals)}/{found.needed}): /deployments/proposals/{line.id}"
    )
    sys.exit(AWAITS_APPROVAL)


@click.command()
@click.argument("bundle", type=_BUNDLE)
@click.option("--json", "as_json", is_flag=True)
def rehearse(bundle: Path, as_json: bool) -> None:
    """Play every recorded matter again on a bundle and say what would differ; nothing is written.

    One line a difference: matter, element, what, row, old, new.
    """
    content = read_folder(bundle)
    compile_bundle(content)
    engine = connect(from_environment())
    played, found = Counter[str](), list[Rehearsal]()
    for batch in rehearse_all(engine, content):
        played.update(one.process for one in batch)
        found += [one for one in batch if one.found]
        click.echo(f"\r{played.total()} played, {len(found)} differ", nl=False, err=True)
    click.echo("", err=True)
    if as_json:
        affected = [{"instance": one.instance_id, "process": one.process, **one.as_json()} for one in found]
        click.echo(json.dumps({"played": dict(played), "affected": affected}, ensure_ascii=False, indent=2))
        return
    for one in found:
        for each in one.found:
            click.echo(
                f"{one.process} {one.instance_id} {each.element}: {each.kind} {each.row or each.name}: {_short(each.old)} -> {_short(each.new)}"
            )
    click.echo(f"{played.total()} played, {len(found)} would differ")


def _short(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("verdict") or value.get("due_at") or value.get("en") or value.get("state")
    return json.dumps(value, ensure_ascii=False)[:80]
