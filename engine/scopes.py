"""What a token may be for: a closed list of scopes, and which acts of the permissions' table each lets through.

A token does what its person may do and its scopes let through, never more than either.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.errors import NotPermittedError
from engine.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from engine.permissions import Actor


class Scope(StrEnum):
    """What a token is for."""

    READ = "read"
    TASKS = "tasks"
    START = "start"
    REGISTERS = "registers"
    MESSAGES = "messages"
    POLICIES = "policies"
    OPERATIONS = "operations"
    PEOPLE = "people"
    AUDIT = "audit"
    IDENTITY = "identity"


_READING = frozenset({Act.SEE_INSTANCE, Act.SEE_TASK, Act.SEE_REGISTER, Act.SEE_OPEN_REGISTER, Act.DECIDE})
_WORKING = {
    Act.CLAIM, Act.COMPLETE, Act.UNCLAIM, Act.REASSIGN, Act.DELEGATE, Act.WITHDRAW, Act.URGE, Act.ASK_OPINION,
    Act.GIVE_OPINION, Act.SET_OFF, Act.RECORD_SIGNATURES, Act.ATTACH, Act.COMMENT, Act.COPY,
    Act.RECTIFY, Act.COUNTERSIGN,
}  # fmt: skip
_OPERATING = {
    Act.SEE_TIMERS, Act.MOVE_TIMER, Act.SEE_INCIDENTS, Act.RETRY, Act.SEE_CALENDARS, Act.IMPORT_CALENDAR,
    Act.CONFIRM_CALENDAR, Act.DECIDE_RECOUNT, Act.MOVE_CLOCK,
}  # fmt: skip

# Whatever changes something may also read what it is about: the answer shows it.
SCOPES: Mapping[Scope, frozenset[Act]] = {
    Scope.READ: _READING,
    Scope.TASKS: _READING | _WORKING,
    Scope.START: _READING | {Act.START, Act.ATTACH},
    Scope.REGISTERS: _READING | {Act.WRITE_OWN_REGISTER, Act.WRITE_REGISTER, Act.KEEP_REGISTER, Act.WRITE_UNITS},
    Scope.MESSAGES: frozenset({Act.SEND_MESSAGE}),
    Scope.POLICIES: frozenset({Act.SEE_DEPLOYMENTS, Act.DEPLOY, Act.PROPOSE, Act.APPROVE, Act.DECIDE_POLICY}),
    Scope.OPERATIONS: frozenset(_OPERATING),
    Scope.PEOPLE: frozenset(
        {Act.MANAGE_PEOPLE, Act.GRANT_ROLES, Act.SEE_PEOPLE, Act.SEE_PERMISSIONS, Act.ARRANGE_STAND_IN}
    ),
    Scope.AUDIT: frozenset({Act.AUDIT, Act.SEE_SIGN_INS}),
    Scope.IDENTITY: _READING | {Act.UNMASK},
}

# What no token with scopes does: look after accounts (it could make itself a stronger one) and keys, forget, be the worker,
# send word of what happens here elsewhere.
NEVER = frozenset(
    {
        Act.OWN_ACCOUNT,
        Act.OWN_PASSWORD,
        Act.KEEP_ACCOUNTS,
        Act.KEEP_KEYS,
        Act.FORGET,
        Act.FIRE_TIMER,
        Act.KEEP_HOOKS,
        Act.KEEP_LETTERS,
    }
)


class ScopeMissingError(NotPermittedError):
    """The token is not for this; `scope` is what it lacks."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"此接口密钥没有范围“{scope}”。请在“我的账号”另建一个带此范围的接口密钥。",
            f"this token lacks the scope `{scope}`; make one that has it on the page of your account.",
        )
        self.scope = scope


def narrowed(actor: Actor, scopes: Collection[str] | None) -> Actor:
    """The actor as this token acts, and in others' places too; None is a token for everything that its person may."""
    if scopes is None:
        return actor
    acts = frozenset[Act]().union(*(SCOPES[scope] for scope in Scope if scope in scopes))
    lent = tuple(replace(one, absent=replace(one.absent, acts=acts)) for one in actor.stands_in_for)
    return replace(actor, acts=acts, stands_in_for=lent)


def require_scope(actor: Actor, scope: Scope) -> None:
    """Raise ScopeMissingError unless the actor's token, if it has scopes, has this one or one that lets through as much."""
    if actor.acts is not None and not SCOPES[scope] <= actor.acts:
        raise ScopeMissingError(scope)
