"""What is asked of a version before it comes into force, and what a version must have behind it to be approved. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from engine.files import Handed


@dataclass(frozen=True, slots=True)
class Wanted:
    """An uploaded bundle that should be in force from a day on; without a day, as soon as its term allows."""

    digest: str
    reason: str
    from_on: date | None = None
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """A term that goes on: the last day that it gets, why, what it rests on, and the document that says so."""

    until_on: date
    reason: str
    basis: str
    document: Handed | None


class Status(StrEnum):
    """How far a proposal is."""

    OPEN = "open"
    DEPLOYED = "deployed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Exam(StrEnum):
    """What a proposal is examined by, in this order."""

    CHECKS = "checks"
    DIFFERENCE = "difference"
    CASES = "cases"
    REHEARSAL = "rehearsal"


WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

EXAM_WORDS: Mapping[Exam, Text] = {
    Exam.CHECKS: Text("检查", "checks"),
    Exam.DIFFERENCE: Text("版本差异", "difference"),
    Exam.CASES: Text("示例用例", "worked cases"),
    Exam.REHEARSAL: Text("预演", "rehearsal"),
}


@dataclass(frozen=True, slots=True)
class Examined:
    """One examination: how far it is, and what came of it."""

    kind: Exam
    status: str
    done: int
    total: int
    result: Any


def approvals_needed(*, emergency: bool) -> int:
    """An emergency does not wait for the examinations, so a second person answers for it."""
    return 2 if emergency else 1


def missing(examined: Sequence[Examined], *, emergency: bool) -> list[Text]:
    """What keeps a proposal from being approved; an emergency is kept by nothing but the checks, which it has passed."""
    return [] if emergency else list(_missing(examined))


def _missing(examined: Sequence[Examined]) -> Iterator[Text]:
    for each in examined:
        name = EXAM_WORDS[each.kind]
        if each.status == FAILED:
            yield Text(f"{name.zh}未通过", f"the {name.en} failed")
        elif each.status != DONE:
            yield Text(f"{name.zh}尚未完成", f"the {name.en} is not finished")
