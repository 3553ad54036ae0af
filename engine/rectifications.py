"""The front door of corrections: what was entered by an honest mistake, put right by two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.commands import rectifications
from engine.queries import rectifications as rectification_queries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.driving import Driver
    from engine.library import Library
    from engine.permissions import Actor


class Rectifications:
    """Every method is one transaction, as those of `Engine`."""

    def __init__(self, driver: Driver, library: Library) -> None:
        self._driver, self._library = driver, library

    def ask(
        self,
        actor: Actor,
        instance_id: str,
        entry: int,
        typed: Mapping[str, str],
        reason: str,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.rectifications.ask."""
        return self._driver.write(
            actor, lambda tx: rectifications.ask(tx, self._library, instance_id, entry, typed, reason, idempotency_key)
        )

    def sign(
        self, actor: Actor, rectification_id: int, answer: str = "", *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.rectifications.sign."""
        return self._driver.write(
            actor, lambda tx: rectifications.sign(tx, self._library, rectification_id, answer, idempotency_key)
        )

    def refuse(
        self, actor: Actor, rectification_id: int, answer: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.rectifications.refuse."""
        return self._driver.write(
            actor, lambda tx: rectifications.refuse(tx, rectification_id, answer, idempotency_key)
        )

    def withdraw(self, actor: Actor, rectification_id: int, *, idempotency_key: str | None = None) -> dict[str, Any]:
        """See engine.commands.rectifications.withdraw."""
        return self._driver.write(actor, lambda tx: rectifications.withdraw(tx, rectification_id, idempotency_key))

    def correctable(self, actor: Actor, instance_id: str) -> list[rectification_queries.Correctable]:
        """See engine.queries.rectifications.correctable."""
        return self._driver.read(actor, lambda tx: rectification_queries.correctable(tx, self._library, instance_id))

    def entry_form(self, actor: Actor, instance_id: str, entry: int) -> rectification_queries.EntryForm:
        """See engine.queries.rectifications.entry_form."""
        return self._driver.read(
            actor, lambda tx: rectification_queries.entry_form(tx, self._library, instance_id, entry)
        )

    def preview(
        self, actor: Actor, instance_id: str, entry: int, typed: Mapping[str, str]
    ) -> rectification_queries.Preview:
        """See engine.queries.rectifications.preview."""
        return self._driver.read(
            actor, lambda tx: rectification_queries.preview(tx, self._library, instance_id, entry, typed)
        )

    def rectifications(
        self, actor: Actor, instance_id: str | None = None
    ) -> list[rectification_queries.RectificationDetail]:
        """See engine.queries.rectifications.rectifications."""
        return self._driver.read(actor, lambda tx: rectification_queries.rectifications(tx, self._library, instance_id))

    def rectification(self, actor: Actor, rectification_id: int) -> rectification_queries.RectificationDetail:
        """See engine.queries.rectifications.rectification_detail."""
        return self._driver.read(
            actor, lambda tx: rectification_queries.rectification_detail(tx, self._library, rectification_id)
        )
