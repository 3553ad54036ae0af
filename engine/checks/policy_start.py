"""The `roles` and `start` of policy.yaml: known roles, and rules that somebody can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.checks.policy_words import check_words
from engine.checks.suggestions import unknown
from engine.permissions import TABLE, Act, Role
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.checks.policy_words import Problem

_KEYS = frozenset({"process", "roles", "parent", "while", "given", "once", "employer"})
_ONCE = frozenset({"initiator"})


def check_roles(roles: Any) -> Iterator[Problem]:
    if not isinstance(roles, dict):
        yield "roles", "shape", Text("应为角色到名称的键值结构", "expected names by their role")
        return
    for role, entry in roles.items():
        if role not in set(Role):
            yield f"roles.{role}", "role", unknown(Text("角色", "role"), role, set(Role))
        yield from check_words(f"roles.{role}", entry)
        if isinstance(entry, dict) and "head" in entry:
            yield from _check_head(role, entry["head"], roles)


def _check_head(role: str, head: Any, roles: dict[str, Any]) -> Iterator[Problem]:
    """Whoever hears of what a role leaves undone is another role of this policy."""
    others = sorted(roles.keys() - {role})
    if head not in others:
        what = Text(f"{role}的上级角色", f"head of {role},")
        yield f"roles.{role}.head", "role", unknown(what, str(head), others)


def check_start(rules: Any, roles: Any) -> Iterator[Problem]:
    if not isinstance(rules, list):
        yield "start", "start", Text("应为发起规则的列表", "expected a list of start rules")
        return
    seen: set[str] = set()
    for number, rule in enumerate(rules, 1):
        process = rule.get("process") if isinstance(rule, dict) else None
        if not isinstance(process, str) or not process:
            zh, en = f"第{number}条应有process: 流程的id", f"rule {number} needs process: the id of a process"
            yield f"start.{number}", "start", Text(zh, en)
            continue
        if process in seen:
            zh, en = f"流程{process}有两条发起规则, 请合并", f"the process {process} has two start rules; make them one"
            yield f"start.{process}", "start", Text(zh, en)
        seen.add(process)
        yield from _check_rule(f"start.{process}", rule, roles if isinstance(roles, dict) else {})


def _check_rule(place: str, rule: dict[str, Any], roles: dict[str, Any]) -> Iterator[Problem]:
    for key in rule.keys() - _KEYS:
        yield f"{place}.{key}", "unknown-key", unknown(Text("键", "key"), key, _KEYS)
    parent, at = rule.get("parent"), rule.get("while")
    by_message = "roles" not in rule and parent is not None
    if not by_message:
        yield from _check_who(f"{place}.roles", rule.get("roles"), roles)
    for key, value in (("parent", parent), ("while", at)):
        if value is not None and (not isinstance(value, str) or not value):
            yield f"{place}.{key}", "start", Text(f"{key}应为一个id", f"{key} should be one id")
    if by_message and (at is not None or "once" in rule or "given" in rule):
        zh = "没有roles的流程由上级的消息开始, 不能有while、once、given; 由人发起的请写roles"
        en = "without roles a message of its parent begins it: no while, once or given; name the roles if people start it"
        yield place, "start", Text(zh, en)
    elif not by_message and (parent is None) != (at is None):
        zh, en = "parent和while须同时给出", "parent and while are given together"
        yield place, "start", Text(zh, en)
    employer = rule.get("employer", "=")
    if not isinstance(employer, str) or not employer.startswith("="):
        zh = "应为以=开头的FEEL表达式: 所涉单位的id"
        yield (
            f"{place}.employer",
            "start",
            Text(zh, "expected FEEL that begins with =: the id of the employer it is about"),
        )
    if rule.get("once") is not None and rule["once"] not in _ONCE:
        yield f"{place}.once", "start", unknown(Text("once值", "value of once"), str(rule["once"]), _ONCE)
    yield from _check_given(f"{place}.given", rule.get("given", {}))


def _check_who(place: str, who: Any, roles: dict[str, Any]) -> Iterator[Problem]:
    if not isinstance(who, list) or not who or not all(isinstance(role, str) for role in who):
        yield place, "role", Text("应为角色列表, 如 [hr]", "expected a list of roles, such as [hr]")
        return
    for role in who:
        if role not in roles:
            yield place, "role", Text(f"角色{role}未在roles中列出", f"role {role} is not listed under roles")
        elif role in set(Role) and role not in TABLE[Act.START]:
            able = ", ".join(TABLE[Act.START])
            zh, en = (
                f"角色{role}不能发起流程, 可以的有: {able}",
                f"the role {role} cannot start a process; these can: {able}",
            )
            yield place, "role", Text(zh, en)


def _check_given(place: str, given: Any) -> Iterator[Problem]:
    if not isinstance(given, dict):
        yield place, "given", Text("应为变量名到表达式的键值结构", "expected expressions by the variable's name")
        return
    for name, expression in given.items():
        if not isinstance(expression, str) or not expression.startswith("="):
            zh = f"应为以=开头的FEEL表达式, 如 {name}: ={name}"
            yield f"{place}.{name}", "given", Text(zh, f"expected FEEL that begins with =, such as {name}: ={name}")
