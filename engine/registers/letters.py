"""The letter of place 16 (AX.1): the deployment's policy says it, or else the register of letters, with its source."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from engine import certificate as numbers
from engine.registers import stores
from engine.registers.stores import Asked
from engine.registers.table import LETTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.certificate import CodeSets
    from engine.policy import Policy
    from engine.transaction import Transaction


def code_sets(tx: Transaction, policy: Policy) -> CodeSets:
    """The policy's codes; a level that it leaves open has the registered letter, if no other level has that one."""
    codes = numbers.read_code_sets(policy.certificate)
    letters = dict(codes.letters)
    for level, entry in _registered(tx).items():
        if level in codes.levels and level not in letters and entry["letter"] not in letters.values():
            letters[level] = entry["letter"]
    return dataclasses.replace(codes, letters=letters)


def letter(tx: Transaction, policy: Policy, level: str) -> dict[str, str] | None:
    """`{letter, source}`, or None while no source says it."""
    found = code_sets(tx, policy).letters.get(level)
    if found is None:
        return None
    own = policy.certificate["levels"].get(level, {})
    source = own.get("source") if own.get("letter") else _registered(tx)[level]["source"]
    return {"letter": found, "source": str(source or "")}


def _registered(tx: Transaction) -> dict[str, Mapping[str, Any]]:
    return {row.key: row.data for row in stores.rows(tx, LETTERS, Asked()) if row.struck is None}
