"""Asking a decision of the policy in force, without an instance: what would it say, and by which cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import decisions, feel, in_force
from engine.errors import InvalidError, NotFoundError
from engine.permissions import Act, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision says, as JSON values, the sentences that explain it, and the deployment that it was asked of."""

    deployment_id: int
    result: Any
    trace: Mapping[str, Any]
    explanation: Sequence[Mapping[str, str]]


def decide(tx: Transaction, library: Library, key: str, context: Mapping[str, Any]) -> Decided:
    """Evaluate a decision of the newest policy in force today that has it, over its own settings.

    Raises NotPermittedError, NotFoundError, InvalidError where the context would change the settings.
    """
    require(tx.actor, Act.DECIDE)
    deployment_id, compiled = _in_force_with(tx, library, key)
    if "settings" in context:
        raise InvalidError(
            "context.settings: 参数取自施行中的政策, 不能另行给出。请去掉settings。",
            "context.settings: settings are those of the policy in force and cannot be given; leave them out.",
        )
    known = {**context, "settings": compiled.settings}
    outcome = compiled.decisions[key].evaluate(key, known, library.evaluator(tx.now).functions())
    explanation = [text.as_json() for text in decisions.sentences(outcome.trace)]
    return Decided(deployment_id, feel.to_json(outcome.value), outcome.trace.as_json(), explanation)


def _in_force_with(tx: Transaction, library: Library, key: str) -> tuple[int, Compiled]:
    today = in_force.today(tx)
    for each in in_force.holding(in_force.activations(tx), today):
        compiled = library.get(tx.session, each.deployment_id)
        if key in compiled.decisions:
            return each.deployment_id, compiled
    raise NotFoundError(
        f"{today}施行的政策中没有决策{key}。请核对决策的id。",
        f"no policy in force on {today} has a decision {key}; check the decision's id.",
    )
