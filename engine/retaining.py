"""For how many days what nobody needs any more is kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Days:
    """`sign_ins`: the log of sign-ins, which the law on network security (第二十一条) wants kept for six months at least.

    `letters`: what became of mail; `hook_calls`: of calls of web hooks; `drafts`: what somebody typed, or handed in beside a
    form, and never submitted. Each counted from the day on which it was closed, or last saved.
    """

    letters: int = 90
    hook_calls: int = 30
    sign_ins: int = 730
    drafts: int = 365


LEAST_SIGN_INS = 183
USUAL_DAYS = Days()
