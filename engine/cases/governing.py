"""Steps of a case about versions in force and corrections: proposed, rehearsed, approved, extended, put in force again, signed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from engine import in_force
from engine.bundle import zipped
from engine.cases.expecting import Unmet, plain
from engine.files import Handed
from engine.gate import Exam, Extension, Wanted
from engine.permissions import OPERATOR
from engine.rehearsals import rehearse_piece

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine import Engine
    from engine.bundle import Bundle
    from engine.permissions import Actor

# The document that an extension rests on is not what a case is about.
_DOCUMENT = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def propose(engine: Engine, actor: Actor, bundle: Bundle, step: Mapping[str, Any]) -> int:
    """Propose it and do the worker's part; the cases of what a case proposes are not played again."""
    engine.redeployment.stage(actor, zipped(bundle.files))
    wanted = Wanted(
        bundle.digest,
        str(step.get("reason", "修订")),
        _day(step["from"]) if "from" in step else None,
        emergency=bool(step.get("emergency")),
    )
    number: int = engine.redeployment.propose(actor, wanted)["proposal"]
    while (piece := engine.redeployment.take_piece()) is not None:
        if piece.kind is Exam.CASES:
            engine.redeployment.finish_piece(piece, passed=True, result={})
        else:
            rehearse_piece(engine, piece)
    return number


def extend(engine: Engine, actor: Actor, step: Mapping[str, Any]) -> None:
    engine.redeployment.extend(actor, _version(engine, step["extend"]), _longer(step))


def roll_back(engine: Engine, actor: Actor, step: Mapping[str, Any]) -> None:
    day = _day(step["from"]) if "from" in step else None
    longer = _longer(step) if "until" in step else None
    reason = str(step.get("reason", "恢复"))
    engine.redeployment.roll_back(actor, _version(engine, step["roll_back"]), reason, day, longer)


def correct(engine: Engine, actor: Actor, instance_id: str, step: Mapping[str, Any]) -> int:
    """Ask for a correction of the newest entry of an element (or of the start); the values by their paths."""
    for entry in engine.rectifications.correctable(actor, instance_id):
        form = engine.rectifications.entry_form(actor, instance_id, entry.number)
        known = {value.path.removeprefix("values."): value.path for value in form.values}
        if set(step["with"]) <= known.keys() and step.get("entry", entry.element) == entry.element:
            typed = {known[name]: str(plain(value)) for name, value in step["with"].items()}
            done = engine.rectifications.ask(actor, instance_id, entry.number, typed, str(step.get("reason", "误填")))
            number: int = done["rectification"]
            return number
    raise Unmet(f"nothing in {step['of']} that may be corrected has {', '.join(step['with'])}")


def check_in_force(engine: Engine, expected: Any) -> None:
    """The number of the deployment that new matters begin on today; null for none."""
    known = engine.inspect(lambda tx: (in_force.activations(tx), in_force.today(tx)))
    holding = next(iter(in_force.holding(*known)), None)
    found = holding.deployment_id if holding else None
    if found != expected:
        raise Unmet(f"in force: expected deployment {expected}, found {found}")


def check_rehearsed(engine: Engine, number: int, expected: Mapping[str, Any]) -> None:
    """By business key what would differ: the kinds of effects, a finding as its row."""
    report = engine.redeployment.rehearsal(OPERATOR, number, limit=None)
    found = {
        each.business_key: sorted({effect.row or effect.kind for effect in each.effects}) for each in report.affected
    }
    wanted = {str(key): sorted(map(str, values)) for key, values in expected.items()}
    if found != wanted:
        raise Unmet(f"rehearsed: expected {wanted}, found {found}")


def _version(engine: Engine, number: Any) -> int:
    """Deployments by the order in which they came."""
    ids = sorted(line.id for line in engine.deployments(OPERATOR))
    if not isinstance(number, int) or not 0 < number <= len(ids):
        raise Unmet(f"there is no deployment {number}; there are {len(ids)}")
    return ids[number - 1]


def _longer(step: Mapping[str, Any]) -> Extension:
    document = Handed("依据.pdf", _DOCUMENT)
    return Extension(_day(step["until"]), str(step.get("reason", "延期")), str(step["basis"]), document)


def _day(value: Any) -> date:
    return date.fromisoformat(str(value))
