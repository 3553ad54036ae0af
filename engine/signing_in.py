"""What counts at the door: how long a session lasts, how long to wait after failures, what is written down. Pure; real time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from engine.errors import InvalidError, PingpinError

LINK_LASTS = timedelta(minutes=60)
# What was wrong so often is made to wait: a minute, then twice as long each time.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
_SEEN_EVERY = timedelta(minutes=1)


class How(StrEnum):
    """How somebody signed in."""

    PASSWORD = "password"  # noqa: S105
    OIDC = "oidc"
    SANDBOX = "sandbox"


class Over(StrEnum):
    """Why a session is over."""

    IDLE = "idle"
    EXPIRED = "expired"
    SIGNED_OUT = "signed out"
    TOO_MANY = "too many"
    PASSWORD = "password"  # noqa: S105
    ENDED = "ended"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Happened(StrEnum):
    """What the log of sign-ins tells."""

    SIGNED_IN = "signed in"
    WRONG = "wrong"
    HELD_OFF = "held off"
    NOT_LINKED = "not linked"
    SIGNED_OUT = "signed out"
    SESSIONS_ENDED = "sessions ended"
    PASSWORD_CHANGED = "password changed"  # noqa: S105
    LINK_MADE = "link made"
    PASSWORD_RESET = "password reset"  # noqa: S105
    UNLOCKED = "unlocked"
    CLOSED = "closed"
    OPENED = "opened"
    TOKEN_MADE = "token made"  # noqa: S105
    TOKEN_REVOKED = "token revoked"  # noqa: S105
    IDENTITY_LINKED = "identity linked"
    IDENTITY_UNLINKED = "identity unlinked"
    LINK_ASKED = "link asked"
    ADDRESS_CONFIRMED = "address confirmed"
    ADDRESS_DROPPED = "address dropped"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, as far as it can be known."""

    address: str = ""
    agent: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", self.address.replace("\0", "")[:45])
        object.__setattr__(self, "agent", self.agent.replace("\0", "")[:200])


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session may lie idle, how long it lasts at all, and how many a person has at once."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    at_once: int = 5


@dataclass(frozen=True, slots=True)
class Patience:
    """From how many failures on there is a wait, and after how long without one they are forgotten."""

    failures: int
    forgets: timedelta


OF_ACCOUNT = Patience(5, timedelta(hours=24))
# How often a link to one's own address may be asked for.
OF_LETTERS = Patience(3, timedelta(hours=24))
# Many people sit behind one address.
OF_ADDRESS = Patience(30, timedelta(minutes=15))


class TooManyError(PingpinError):
    """Too often in too short a time; `seconds` is when to try again."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, -(-int(wait.total_seconds() * 1000) // 1000))
        minutes = -(-self.seconds // 60)
        super().__init__(
            f"尝试次数过多，请在{minutes}分钟后再试。如果忘记密码，请联系安全管理员。",
            f"Too many attempts: try again in {minutes} minute{'' if minutes == 1 else 's'}. If you have forgotten your "
            "password, ask the security administrator.",
        )


class WrongPasswordError(InvalidError):
    """The name or the password is wrong; which of them is not said."""


class UnknownIdentityError(InvalidError):
    """The provider knows who this is; here nobody is linked to that account."""


class Kept(Protocol):
    """A session as it is kept."""

    ended: str | None
    seen_at: datetime
    ends_at: datetime


def wait_after(failures: int, patience: Patience) -> timedelta:
    """How long nothing is tried again after so many failures in a row."""
    beyond = failures - patience.failures
    return timedelta(0) if beyond < 0 else min(_FIRST_WAIT * 2 ** min(beyond, 10), _LONGEST_WAIT)


def why_over(kept: Kept, now: datetime, limits: SessionLimits) -> Over | None:
    if kept.ended:
        return Over(kept.ended)
    if now >= kept.ends_at:
        return Over.EXPIRED
    return Over.IDLE if now - kept.seen_at >= limits.idle else None


def is_to_be_noted(seen_at: datetime, now: datetime) -> bool:
    """Whether that somebody is still there is worth a write."""
    return now - seen_at >= _SEEN_EVERY


def digest(secret: str) -> str:
    """A secret of 256 random bits needs no more than this to be kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def account_key(name: str) -> str:
    """What failures are counted under, for names that nobody has, too: a wait must not tell who exists."""
    return f"account:{digest(name)}"


def address_key(origin: Origin) -> str:
    return f"address:{origin.address}"
