"""The cast of every test: the people of S1 (docs/cases.md), all fictional."""

from functools import cache
from pathlib import Path

from engine.cases import read_case
from engine.keys import Keys
from engine.permissions import Actor, Role

BUNDLE = Path(__file__).parent.parent / "processes" / "tianjin-2024-9"
S1 = BUNDLE / "cases" / "s1-normal.yaml"

KEYS = Keys([b"a key for tests" + bytes(17)])

# All three administrators in one: who sets a test up. Those that a test signs in as are one each.
ADMIN = Actor("admin", "系统管理员", roles=frozenset({Role.ADMIN, Role.SECURITY, Role.AUDIT}))


@cache
def s1():
    """S1, read once; nobody changes it."""
    return read_case(S1)


def submitted(element: str, case: Path = S1, by: str | None = None) -> dict:
    """What S1's person enters at this step; the start form under the process's name."""
    for step in (s1() if case == S1 else read_case(case)).steps:
        if element in (step.get("complete"), step.get("start")) and "with" in step and (by is None or step["by"] == by):
            from engine.cases.expecting import plain

            return plain(step["with"])
    raise LookupError(element)
