"""An employer's work is ended, or goes on again (A14.2, Q20): its open matters stand still at once, nothing of them is lost.

What stands still keeps its tasks, waits and entries; nobody can complete, no timer fires, no message comes through. Which
processes stop with their employer is the diagram's to say (property `stopsWithEmployer`); titles that were issued stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine.audit import Event, note
from engine.errors import InvalidError
from engine.instance import ACTIVE, Instance, as_instance, locked_instance
from engine.permissions import Role
from engine.tables import employer, outbox, person, process_instance, task, timer
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.transaction import Transaction

RESUME = "resume"
# What those hear that wait for it: a publicity window begins anew.
REVERSED = "exit_reversed"
_STAFF = frozenset({Role.HR, Role.LEADER})


def exit_employer(
    tx: Transaction, _instance: Instance, compiled: Compiled, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Inputs `employer` (its id), `number`, `decided_on`, `scope`, `reason`; brings `stopped`: the keys that stand still."""
    decision = {name: inputs.get(name) for name in ("number", "decided_on", "scope", "reason")}
    row = _locked_employer(tx, inputs)
    if row.status == "exited":
        raise InvalidError(
            f"{row.name}已经退出({(row.exit or {}).get('number')}), 不能再次退出。",
            f"the work of {row.name} was ended already ({(row.exit or {}).get('number')}).",
        )
    _mark(tx, row.id, "exited", decision)
    why = {
        "zh": f"A14.2: {row.name}的评聘工作已被终止(决定{decision['number']}, {decision['decided_on']})",
        "en": f"A14.2: the evaluation work of {row.name} was ended (decision {decision['number']} of {decision['decided_on']})",
    }
    going = [each for each in _of_employer(tx, compiled, row.id) if each.suspended is None]
    for each in going:
        tx.session.execute(_set(each, why))
        windows = _open_windows(tx, each)
        note(tx, each, Event("suspended", None, {**why, "windows": windows}))
        _tell(tx, each, "suspended", _stopped(why, windows=bool(windows)))
    return {"stopped": [each.business_key for each in going]}


def restore_employer(
    tx: Transaction, instance: Instance, compiled: Compiled, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Inputs `employer`, `number`, `decided_on`, `reason`; brings `resumed`: the keys that go on.

    Each by a message of its own, so that it goes on and hears of it in one step: no timer of the time between comes first.
    """
    row = _locked_employer(tx, inputs)
    _mark(tx, row.id, "active", None)
    why = {name: inputs.get(name) for name in ("number", "decided_on", "reason")}
    stopped = [each for each in _of_employer(tx, compiled, row.id) if each.suspended is not None]
    if stopped:
        tx.announce()
        tx.session.execute(insert(outbox), [_message(tx, instance, each, why) for each in stopped])
    return {"resumed": [each.business_key for each in stopped]}


def resume(tx: Transaction, instance: Instance, why: Mapping[str, Any]) -> None:
    """One of them goes on; its row is locked."""
    tx.session.execute(_set(instance, None))
    note(tx, instance, Event("resumed", None, dict(why)))
    _tell(tx, instance, "resumed", _going_on(why, windows=bool(_open_windows(tx, instance))))


def _locked_employer(tx: Transaction, inputs: Mapping[str, Any]) -> Any:
    found = tx.session.execute(
        select(employer).where(employer.c.id == inputs.get("employer")).with_for_update()
    ).first()
    if found is None:
        raise InvalidError(
            f"单位{inputs.get('employer')}未登记。请先登记。",
            f"the employer {inputs.get('employer')} is not registered; register it first.",
        )
    return found


def _mark(tx: Transaction, employer_id: str, status: str, decision: Mapping[str, Any] | None) -> None:
    values = {"status": status, "exit": decision}
    tx.session.execute(update(employer).where(employer.c.id == employer_id).values(**values))


def _of_employer(tx: Transaction, compiled: Compiled, employer_id: str) -> list[Instance]:
    """Parents first, each locked: nothing is done in them meanwhile."""
    stopping = [name for name, each in compiled.diagrams.items() if each.properties.get("stopsWithEmployer") == "true"]
    rows = tx.session.execute(
        locked_instance()
        .where(process_instance.c.employer_id == employer_id, process_instance.c.status == ACTIVE)
        .where(process_instance.c.process.in_(stopping))
        .order_by(process_instance.c.started_at, process_instance.c.id)
    )
    return [as_instance(row) for row in rows]


def _set(instance: Instance, why: Mapping[str, Any] | None) -> Any:
    # What could be withdrawn before is not withdrawn any more.
    return update(process_instance).where(process_instance.c.id == instance.id).values(suspended=why, undo=None)


def _open_windows(tx: Transaction, instance: Instance) -> list[str]:
    """The publicity windows that end with it: should it go on, they begin anew."""
    open_ = (timer.c.status == "open", timer.c.window.is_not(None))
    return sorted(tx.session.scalars(select(timer.c.element).where(timer.c.instance_id == instance.id, *open_)))


def _stopped(why: Mapping[str, str], *, windows: bool) -> Text:
    zh, en = ("公示随之终止；", "its publicity ends with it; ") if windows else ("", "")
    return Text(
        f"{why['zh']}。{zh}恢复之前不能办理，已有的记录都保留。",
        f"{why['en']}; {en}nothing can be done until it goes on again, and everything is kept.",
    )


def _going_on(why: Mapping[str, Any], *, windows: bool) -> Text:
    zh, en = ("；公示须重新张贴，从头计算", "; its publicity begins anew from the first day") if windows else ("", "")
    number = why.get("number")
    by = Text(f"（决定{number}）", f" (decision {number})") if number else Text("", "")
    return Text(f"评聘工作恢复{by.zh}{zh}。", f"the evaluation work goes on again{by.en}{en}.")


def _tell(tx: Transaction, instance: Instance, kind: str, text: Text) -> None:
    """Who began it, who has work in it, and the employer's staff."""
    working = select(task.c.assignee_id).where(task.c.instance_id == instance.id, task.c.status == "open")
    mine = select(person.c.id, person.c.roles).where(person.c.employer_id == instance.employer_id, person.c.active)
    staff = {row.id for row in tx.session.execute(mine) if _STAFF & set(row.roles)}
    told = {instance.initiator_id, *staff, *filter(None, tx.session.scalars(working))}
    tell(tx, sorted(told), f"{instance.id}#{instance.history_count + 1}", kind, text, instance_id=instance.id)


def _message(tx: Transaction, source: Instance, target: Instance, why: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": RESUME,
        "message": REVERSED,
        "target_id": target.id,
        "source_id": source.id,
        "source_element": "",
        "payload": {"reversal": dict(why)},
        "status": "pending",
        "created_at": tx.now,
        "ready_at": tx.now,
    }
