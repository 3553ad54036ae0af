"""policy.yaml by itself: every section of its shape, every text one that can be kept, nothing said twice.

Whether what it names exists in the bundle is for engine.checks.policies.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import yaml

from engine.checks.policy_certificate import check_certificate
from engine.checks.policy_settings import check_settings
from engine.checks.policy_start import check_roles, check_start
from engine.checks.policy_words import check_words
from engine.checks.suggestions import unknown
from engine.findings import Finding
from engine.in_force import LAST_DAY
from engine.policy import FILE, doubled_keys, read_yaml
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.checks.policy_words import Problem

KEYS = frozenset(
    {"id", "title", "document", "in_force", "basis", "calendar", "roles", "start", "certificate", "settings", "clauses"}
)
REQUIRED = ("id", "title", "in_force", "roles", "start")
LONGEST_ID, LONGEST_TITLE = 100, 300
_ID = re.compile(r"[^\W_][\w.-]*")
_LARGEST = 10**15
_SURROGATES = re.compile("[\ud800-\udfff]")


def check_policy_file(content: bytes) -> Iterator[Finding]:
    """Every finding of policy.yaml by itself; without one, engine.policy can read it."""
    try:
        document = read_yaml(content)
        doubled = doubled_keys(content) if isinstance(document, dict) else []
    except yaml.YAMLError as error:
        yield _finding("", "yaml", Text(f"无法读取, 请更正: {error}", f"cannot be read, correct it: {error}"))
        return
    if not isinstance(document, dict):
        yield _finding("", "yaml", Text("应为键值结构, 如 id: …", "expected keys and values, such as id: …"))
        return
    for key, line in doubled:
        zh, en = f"第{line}行: {key}写了两次, 请只保留一处", f"line {line}: {key} stands twice; keep one of them"
        yield _finding(key, "duplicate-key", Text(zh, en))
    unkeepable = list(_check_values(document, ""))
    for problem in unkeepable or _check_sections(document):
        yield _finding(*problem)


def _finding(key: str, rule: str, text: Text) -> Finding:
    return Finding(FILE, key, rule, text)


def _check_values(value: Any, place: str) -> Iterator[Problem]:
    """Only what JSON and every database can keep, and days."""
    if isinstance(value, dict):
        for key, entry in value.items():
            here = f"{place}.{key}" if place else str(key)
            if isinstance(key, str):
                yield from _check_values(key, here)
                yield from _check_values(entry, here)
            else:
                yield (
                    here,
                    "key",
                    Text(f"键{key!r}应为文字, 请加引号", f"the key {key!r} should be text; put it in quotes"),
                )
    elif isinstance(value, list):
        for number, entry in enumerate(value, 1):
            yield from _check_values(entry, f"{place}.{number}")
    else:
        yield from _check_value(value, place)


def _check_value(value: Any, place: str) -> Iterator[Problem]:
    if isinstance(value, str):
        if _SURROGATES.search(value) or "\0" in value:
            zh, en = "文字中有无法保存的字符, 请重新输入", "has a character that cannot be kept; type it again"
            yield _printable(place), "text", Text(zh, en)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value) or abs(value) >= _LARGEST:
            yield place, "number", Text("数过大或不是数, 请更正", "the number is too large or none at all; correct it")
    elif value is not None and type(value) not in {bool, date}:
        kind = type(value).__name__
        yield (
            place,
            "value",
            Text(f"不能用{kind}, 请写成文字并加引号", f"a {kind} cannot be used; write it as text in quotes"),
        )


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _check_sections(document: dict[str, Any]) -> Iterator[Problem]:
    for key in document.keys() - KEYS:
        yield key, "unknown-key", unknown(Text("键", "key"), key, KEYS)
    for key in REQUIRED:
        if key not in document:
            yield key, "missing", Text(f"缺少{key}, 请补上", f"{key} is missing; add it")
    for key, check in _SECTIONS.items():
        if key in document:
            yield from check(document[key])
    if "start" in document:
        yield from check_start(document["start"], document.get("roles"))


def _check_id(value: Any) -> Iterator[Problem]:
    if not isinstance(value, str) or not _ID.fullmatch(value) or len(value) > LONGEST_ID:
        zh = f"id应为不超过{LONGEST_ID}个字符的字母、数字、点、横线, 如 tianjin-2024-9"
        en = f"an id is letters, digits, dots and hyphens, at most {LONGEST_ID} of them, such as tianjin-2024-9"
        yield "id", "id", Text(zh, en)


def _check_title(value: Any) -> Iterator[Problem]:
    yield from check_words("title", value)
    texts = value.values() if isinstance(value, dict) else [value]
    if any(isinstance(text, str) and len(text) > LONGEST_TITLE for text in texts):
        yield (
            "title",
            "title",
            Text(f"标题不得超过{LONGEST_TITLE}个字符", f"a title has at most {LONGEST_TITLE} characters"),
        )


def _check_term(term: Any) -> Iterator[Problem]:
    if not isinstance(term, dict):
        yield "in_force", "shape", Text("应有from和until两个日期", "expected the two days from and until")
        return
    start, end = term.get("from"), term.get("until")
    if type(start) is not date or start > LAST_DAY:
        yield "in_force.from", "date", Text("应为日期, 如 2024-04-01", "expected a date such as 2024-04-01")
    elif end is not None and (type(end) is not date or end < start):
        yield "in_force.until", "date", Text("应为不早于from的日期", "expected a date not before from")
    for key in term.keys() - {"from", "until"}:
        yield f"in_force.{key}", "unknown-key", unknown(Text("键", "key"), key, ("from", "until"))


def _check_document(value: Any) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield "document", "shape", Text("应为键值结构, 如 number: …", "expected keys and values, such as number: …")


_CLAUSE = frozenset({"gist", "check", "note"})


def _check_clauses(clauses: Any) -> Iterator[Problem]:
    if not isinstance(clauses, dict):
        yield "clauses", "shape", Text("应为行号到条款的键值结构", "expected clauses by their row id")
        return
    for row, clause in clauses.items():
        if isinstance(clause, dict) and "gist" in clause:
            for key in ("gist", "note") if "note" in clause else ("gist",):
                yield from check_words(f"clauses.{row}.{key}", clause[key])
            for key in clause.keys() - _CLAUSE:
                yield f"clauses.{row}.{key}", "unknown-key", unknown(Text("键", "key"), str(key), _CLAUSE)
        else:
            zh, en = "条款应有gist: {zh: …, en: …}", "a clause has a gist: {zh: …, en: …}"
            yield f"clauses.{row}", "clause", Text(zh, en)


_SECTIONS: dict[str, Callable[[Any], Iterator[Problem]]] = {
    "id": _check_id,
    "title": _check_title,
    "document": _check_document,
    "in_force": _check_term,
    "roles": check_roles,
    "settings": check_settings,
    "certificate": check_certificate,
    "clauses": _check_clauses,
}
