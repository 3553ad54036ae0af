"""policy.yaml, worked cases and plain texts as facts."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from engine.difference.facts import EXISTS, ORDER, Facts, Kind, Place, leaves
from engine.policy import FILE, read_yaml
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each entry is a part of its own with a name for people.
_LISTED = {"settings": "label", "clauses": "", "roles": ""}
# What the keys of policy.yaml are called.
_KEYS = {
    "id": Text("政策编号", "id of the policy"),
    "title": Text("政策名称", "title of the policy"),
    "document": Text("发文", "document"),
    "in_force": Text("施行期", "term"),
    "basis": Text("上位依据", "basis"),
    "calendar": Text("工作日历", "calendar"),
    "roles": Text("角色", "roles"),
    "start": Text("发起", "who starts what"),
    "certificate": Text("证书编号规则", "certificate number"),
    "settings": Text("参数", "settings"),
    "clauses": Text("条款", "clauses"),
}


def read(facts: Facts, path: str, content: bytes) -> None:
    if path == FILE:
        _policy(facts, read_yaml(content) or {})
    elif path.endswith(".yaml"):
        _case(facts, path, read_yaml(content))
    else:
        facts.part(Kind.FILE, path, "", "file")
        facts.say(Kind.FILE, path, "", "content", hashlib.sha256(content).hexdigest()[:12])


def _policy(facts: Facts, policy: Mapping[str, Any]) -> None:
    for key, value in policy.items():
        facts.names[Place(Kind.POLICY, str(key), "", EXISTS)] = _KEYS.get(str(key), Text(str(key), str(key)))
        if key in _LISTED and isinstance(value, dict):
            for entry, said in value.items():
                _entry(facts, str(key), str(entry), said)
            continue
        facts.part(Kind.POLICY, str(key), "", "key", _KEYS.get(str(key)))
        for what, text in leaves(value):
            facts.say(Kind.POLICY, str(key), "", what or "value", text)


def _entry(facts: Facts, key: str, entry: str, said: Any) -> None:
    kind = Kind.SETTING if key == "settings" else Kind.POLICY
    named = said.get(_LISTED[key]) if _LISTED[key] and isinstance(said, dict) else said
    name = (
        Text(str(named["zh"]), str(named["en"])) if isinstance(named, dict) and {"zh", "en"} <= named.keys() else None
    )
    facts.part(kind, key, entry, "entry", name)
    for what, text in leaves(said):
        facts.say(kind, key, entry, what or "value", text)


def _case(facts: Facts, path: str, case: Any) -> None:
    told = case if isinstance(case, dict) else {"case": case}
    title = str(told.get("case") or path)
    facts.part(Kind.CASE, path, "", "case", Text(title, title))
    for what, text in leaves({key: value for key, value in told.items() if key != "steps"}):
        facts.say(Kind.CASE, path, "", what, text)
    seen: dict[str, int] = {}
    order = []
    for number, step in enumerate(told.get("steps") or [], 1):
        # A step is what it says: put in before it, another changes nothing of it.
        text = json.dumps(step, ensure_ascii=False, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        part = f"{digest}-{seen[digest]}"
        facts.part(Kind.CASE, path, part, text[:500], Text(f"第{number}步", f"step {number}"))
        order.append(part)
    facts.orders[Place(Kind.CASE, path, "", ORDER)] = order
