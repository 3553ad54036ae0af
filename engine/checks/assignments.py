"""Who does a user task: a person, or roles that can complete one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.checks.expressions import is_constant
from engine.errors import FeelError
from engine.expressions import parse
from engine.feel import to_json
from engine.permissions import TABLE, Act, Role, Whose
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Parts
    from engine.diagram import Element

# Who may complete a task only because it is theirs cannot find it as one of a group.
ABLE = tuple(role for role, whose in TABLE[Act.COMPLETE].items() if whose is not Whose.MINE)


def check_assignment(element: Element, parts: Parts) -> Iterator[tuple[str, Text]]:
    groups = _groups(element.candidate_groups or "")
    if not (element.assignee or "").strip() and groups == []:
        yield "assignment", Text("缺少办理人或候选角色", "neither an assignee nor candidate groups are given")
    for group in groups or []:
        if group not in set(Role) or (parts.policy is not None and group not in parts.policy.roles):
            yield "role", Text(f"policy.yaml中没有角色{group}", f"policy.yaml has no role {group}")
        elif group not in ABLE:
            able = ", ".join(ABLE)
            zh = f"角色{group}不能作为候选角色办理任务, 可以的有: {able}; 请改用办理人(assignee)"
            en = f"the role {group} cannot complete a task as a group, these can: {able}; assign a person instead"
            yield "role", Text(zh, en)


def _groups(text: str) -> list[str] | None:
    """The roles as far as they are known before anybody runs it."""
    if not text.startswith("="):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        parsed = parse(text[1:])
        if not is_constant(parsed):
            return None
        value: Any = to_json(parsed.evaluate({}))
    except FeelError:
        return None
    return [str(part) for part in value] if isinstance(value, list) else _groups(str(value or ""))
