"""The double random draw (A14.1): which employers are inspected and by whom, so that anybody can draw it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

from engine.errors import InvalidError
from engine.tables import employer, person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.transaction import Transaction

T = TypeVar("T")
_INSPECTORS = 2
METHOD = {
    "zh": "对每个单位编号计算SHA-256(种子|单位编号), 按十六进制结果由小到大取前若干个; 每个中签单位的检查人员, 按SHA-256(种子|单位编号|人员编号)"
    "由小到大取前两名, 属于该单位的人员除外。文字均为UTF-8。",
    "en": "For each employer take SHA-256(seed|employer id), sort the hexadecimal results and take the first; for each drawn employer "
    "take the first two inspectors by SHA-256(seed|employer id|inspector id), leaving out those who belong to it. All text is UTF-8.",
}


def draw(tx: Transaction, _instance: Instance, _compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Draw `count` of `employers` by a published `seed`, each with two of `inspectors`.

    Brings `drawn` `[{employer, employer_name, inspectors}]` and `draw` `{seed, method, candidates, count}`, the candidates
    in the order of the draw with their digests. Raises InvalidError where there is too little to draw from.
    """
    seed, count = str(inputs.get("seed") or "").strip(), inputs.get("count")
    employers, inspectors = _ids(inputs, "employers"), _ids(inputs, "inspectors")
    if not seed:
        raise InvalidError(
            "A14.1: 抽查没有种子。请填写已公布的种子。", "A14.1: the draw has no seed; enter the published one."
        )
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(employers):
        raise InvalidError(
            f"A14.1: 抽取数量应为1至{len(employers)}的整数, 现为{count!r}。",
            f"A14.1: the count is a whole number from 1 to {len(employers)}, found {count!r}.",
        )
    names = _names(tx, employers)
    belong = _belong(tx, inspectors)
    ordered = sorted(employers, key=lambda one: digest(seed, one))
    drawn = [
        {"employer": one, "employer_name": names[one], "inspectors": _inspectors(seed, one, names[one], belong)}
        for one in ordered[:count]
    ]
    candidates = [{"id": one, "name": names[one], "digest": digest(seed, one)} for one in ordered]
    return {"drawn": drawn, "draw": {"seed": seed, "method": METHOD, "candidates": candidates, "count": count}}


def digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _inspectors(seed: str, employer_id: str, name: str, belong: Mapping[str, str | None]) -> list[str]:
    free = sorted(
        (one for one, own in belong.items() if own != employer_id), key=lambda one: digest(seed, employer_id, one)
    )
    if len(free) < _INSPECTORS:
        raise InvalidError(
            f"A14.1: 可检查{name}的人员不足{_INSPECTORS}名(本单位人员须回避)。请增加检查人员。",
            f"A14.1: fewer than {_INSPECTORS} inspectors may inspect {name} (its own people may not); name more.",
        )
    return free[:_INSPECTORS]


def _ids(inputs: Mapping[str, Any], name: str) -> Sequence[str]:
    found = inputs.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise InvalidError(
            f"A14.1: {name}应为编号的列表, 现为{found!r:.60}。请更正流程图。",
            f"A14.1: {name} is a list of ids, found {found!r:.60}; correct the diagram.",
        )
    return list(dict.fromkeys(found))


def _names(tx: Transaction, employers: Sequence[str]) -> dict[str, str]:
    rows = tx.session.execute(select(employer.c.id, employer.c.name).where(employer.c.id.in_(employers)))
    return _all_there({row.id: row.name for row in rows}, employers)


def _belong(tx: Transaction, inspectors: Sequence[str]) -> dict[str, str | None]:
    rows = tx.session.execute(select(person.c.id, person.c.employer_id).where(person.c.id.in_(inspectors)))
    return _all_there({row.id: row.employer_id for row in rows}, inspectors)


def _all_there(found: dict[str, T], wanted: Sequence[str]) -> dict[str, T]:
    missing = [one for one in wanted if one not in found]
    if missing:
        raise InvalidError(
            f"A14.1: 没有登记: {', '.join(missing)}。请核对名单。",
            f"A14.1: not registered: {', '.join(missing)}; check the list.",
        )
    return found
