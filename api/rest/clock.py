"""The sandbox's clock. In production there is none to move: 404."""

from __future__ import annotations

from marshmallow import Schema

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, wanted_moment
from engine.scopes import Scope


class ClockSchema(Schema):
    """Business time, and when the next timer is due; null: none waits."""

    now = Moment(required=True)
    next_timer = Moment(required=True, allow_none=True)


class MoveSchema(Schema):
    """Where to: not before now, at the latest 2099."""

    to = wanted_moment()


@operation("GET", "/clock", scope=Scope.OPERATIONS, answer=ClockSchema, sandbox=True)
def clock(call: Call) -> Answer:
    """Where the sandbox's clock stands."""
    return Answer({"now": engine().clock.now(), "next_timer": engine().next_timer(call.actor)})


@operation("POST", "/clock", scope=Scope.OPERATIONS, body=MoveSchema, answer=ClockSchema, sandbox=True)
def move_clock(call: Call) -> Answer:
    """Move the sandbox's clock forward; every timer on the way fires at its own moment, in order.

    Moving it to where it stands changes nothing, so the same request may be sent again.
    """
    engine().move_clock(call.actor, call.body["to"])
    return clock.run(call)
