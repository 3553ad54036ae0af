"""The front door of what hangs on a matter: files, drafts, comments, copies, and what is kept about oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.commands import attachments, comments, copies, drafts, previews, unmasking
from engine.queries import appeals as appeal_queries
from engine.queries import attachments as attachment_queries
from engine.queries import beside as beside_queries
from engine.queries import drafts as draft_queries
from engine.queries import my_data as my_data_queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.driving import Driver
    from engine.files import File, Handed
    from engine.library import Library
    from engine.permissions import Actor
    from engine.places import Place
    from engine.starting import Preview


class Papers:
    """Every method is one transaction, as those of `Engine`."""

    def __init__(self, driver: Driver, library: Library) -> None:
        self._driver, self._library = driver, library

    def attach(
        self, actor: Actor, place: Place, handed: Sequence[Handed], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.attachments.attach."""
        return self._driver.write(
            actor, lambda tx: attachments.attach(tx, self._library, place, handed, idempotency_key)
        )

    def strike_attachment(
        self, actor: Actor, attachment_id: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.attachments.strike."""
        return self._driver.write(actor, lambda tx: attachments.strike(tx, attachment_id, reason, idempotency_key))

    def read_attachment(self, actor: Actor, attachment_id: str) -> File:
        """See engine.commands.attachments.read."""
        return self._driver.write(actor, lambda tx: attachments.read(tx, attachment_id))

    def attachments(self, actor: Actor, instance_id: str) -> list[attachment_queries.AttachmentLine]:
        return self._driver.read(actor, lambda tx: attachment_queries.of_matter(tx, instance_id))

    def beside_start(self, actor: Actor, place: Place) -> list[attachment_queries.AttachmentLine]:
        return self._driver.read(actor, lambda tx: attachment_queries.beside_start(tx, str(place)))

    def save_draft(
        self, actor: Actor, place: Place, typed: Sequence[tuple[str, str]], revision: int | None = None
    ) -> bool:
        """See engine.commands.drafts.save."""
        return self._driver.write(actor, lambda tx: drafts.save(tx, self._library, place, typed, revision))

    def discard_draft(self, actor: Actor, draft_id: str) -> None:
        """See engine.commands.drafts.discard_by_id."""
        self._driver.write(actor, lambda tx: drafts.discard_by_id(tx, draft_id))

    def draft_at(self, actor: Actor, place: Place) -> draft_queries.Kept | None:
        return self._driver.read(actor, lambda tx: draft_queries.of_place(tx, place))

    def drafts(self, actor: Actor) -> list[draft_queries.DraftLine]:
        return self._driver.read(actor, lambda tx: draft_queries.drafts(tx, self._library))

    def draft(self, actor: Actor, draft_id: str) -> draft_queries.DraftDetail:
        return self._driver.read(actor, lambda tx: draft_queries.draft_detail(tx, self._library, draft_id))

    def comment(
        self, actor: Actor, instance_id: str, text: str, *, for_all: bool = False, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.comments.add."""
        return self._driver.write(
            actor, lambda tx: comments.add(tx, instance_id, text, idempotency_key, for_all=for_all)
        )

    def ask_correction(
        self, actor: Actor, instance_id: str, text: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.comments.ask_correction."""
        return self._driver.write(actor, lambda tx: comments.ask_correction(tx, instance_id, text, idempotency_key))

    def strike_comment(
        self, actor: Actor, comment_id: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.comments.strike."""
        return self._driver.write(actor, lambda tx: comments.strike(tx, comment_id, reason, idempotency_key))

    def send_copies(
        self,
        actor: Actor,
        instance_id: str,
        to: Sequence[str],
        words: str = "",
        *,
        task_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.copies.send."""
        return self._driver.write(
            actor, lambda tx: copies.send(tx, instance_id, to, words, idempotency_key, task_id=task_id)
        )

    def mark_copies_read(self, actor: Actor, instance_id: str) -> None:
        """See engine.commands.copies.mark_read."""
        self._driver.write(actor, lambda tx: copies.mark_read(tx, instance_id))

    def beside(self, actor: Actor, instance_id: str) -> beside_queries.Beside:
        return self._driver.read(actor, lambda tx: beside_queries.beside(tx, instance_id))

    def preview_start(
        self, actor: Actor, process: str, submitted: Mapping[str, Any], parent_id: str | None = None
    ) -> Preview:
        """See engine.commands.previews.preview_start: as starting would go, and nothing is written."""
        return self._driver.try_out(
            actor, lambda tx: previews.preview_start(tx, self._library, process, submitted, parent_id)
        )

    def appeals(self, actor: Actor, instance_id: str) -> list[appeal_queries.Appeal]:
        return self._driver.read(actor, lambda tx: appeal_queries.appeals(tx, self._library, instance_id))

    def unmask(self, actor: Actor, instance_id: str, path: str, purpose: str = "", words: str = "") -> dict[str, Any]:
        """See engine.commands.unmasking.unmask."""
        return self._driver.write(
            actor, lambda tx: unmasking.unmask(tx, self._library, instance_id, path, purpose, words)
        )

    def my_data(self, actor: Actor) -> my_data_queries.MyData:
        return self._driver.read(actor, lambda tx: my_data_queries.my_data(tx, self._library))
