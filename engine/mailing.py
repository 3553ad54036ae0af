"""Which notices go out by mail, how often, and when a letter that failed is tried again. Pure."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.clock import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Topic(StrEnum):
    """What a person chooses about: kinds of notices that belong together."""

    HANDED = "handed"
    REMINDERS = "reminders"
    MATTERS = "matters"
    ABSENCES = "absences"
    ALARMS = "alarms"
    ACCOUNT = "account"


class Often(StrEnum):
    """When it is mailed: as it happens, gathered once a working day, never."""

    AT_ONCE = "at once"
    DAILY = "daily"
    NEVER = "never"


class Purpose(StrEnum):
    """Why a letter is written. What carries a secret is no notice: the secret is drawn when the letter is sent."""

    NOTICE = "notice"
    CONFIRM = "confirm"
    RESET = "reset"


HANDED, OPINION, ACCOUNT = "handed", "opinion", "account"
MAIL, HOOK = "mail", "hook"
# Every kind of notice. That mail or a web hook fails is told on the page alone: a letter about it would fail as well.
TOPIC_OF: Mapping[str, Topic | None] = {
    MAIL: None,
    HOOK: None,
    HANDED: Topic.HANDED,
    OPINION: Topic.HANDED,
    "urged": Topic.HANDED,
    "before": Topic.REMINDERS,
    "on": Topic.REMINDERS,
    "after": Topic.REMINDERS,
    "escalated": Topic.REMINDERS,
    "copied": Topic.MATTERS,
    "correction": Topic.MATTERS,
    "suspended": Topic.MATTERS,
    "resumed": Topic.MATTERS,
    "absence": Topic.ABSENCES,
    "calendar": Topic.ALARMS,
    "policy": Topic.ALARMS,
    ACCOUNT: Topic.ACCOUNT,
}
# What somebody waits for comes at once, all else in one letter.
DEFAULTS: Mapping[Topic, Often] = {
    **dict.fromkeys(Topic, Often.DAILY),
    **dict.fromkeys((Topic.HANDED, Topic.ACCOUNT), Often.AT_ONCE),
}

# Reminders are said at nine: the day's letter leaves when they are all in.
_LEAVES = dt.time(9, 10)
_SATURDAY = 5
_LOOKS_BACK = 20  # days; the longest holidays are shorter

PAUSES = tuple(dt.timedelta(minutes=each) for each in (1, 5, 30, 120, 360))
# How long a link to confirm an address is good for.
CONFIRM_WITHIN = dt.timedelta(hours=24)
# A link that comes when nobody waits for it any more only frightens people.
GIVEN_UP_AFTER: Mapping[Purpose, dt.timedelta] = {
    Purpose.NOTICE: dt.timedelta(days=3),
    Purpose.CONFIRM: CONFIRM_WITHIN,
    Purpose.RESET: dt.timedelta(hours=1),
}


def often(chosen: str | None, topic: Topic) -> Often:
    return Often(chosen) if chosen else DEFAULTS[topic]


def last_digest(now: dt.datetime, is_working_day: Callable[[dt.date], bool | None]) -> dt.datetime:
    """When the latest of the daily letters left: what was told before is due. A day nobody knows of is judged by its name."""
    today = now.astimezone(SHANGHAI).date()
    for back in range(_LOOKS_BACK):
        day = today - dt.timedelta(days=back)
        known = is_working_day(day)
        moment = dt.datetime.combine(day, _LEAVES, SHANGHAI)
        if moment <= now and (day.weekday() < _SATURDAY if known is None else known):
            return moment
    return dt.datetime.combine(today - dt.timedelta(days=_LOOKS_BACK), _LEAVES, SHANGHAI)


def pause_after(attempts: int) -> dt.timedelta:
    return PAUSES[min(attempts, len(PAUSES)) - 1]
