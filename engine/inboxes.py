"""The front door to inboxes: boxes, filters, counts, saved views, followed matters, what has been seen.

As Engine: one method, one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.commands import follows, seen, views
from engine.queries import bulk, saved_views
from engine.queries import inbox as queries
from engine.queries.filters import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.driving import Driver
    from engine.library import Library
    from engine.permissions import Actor
    from engine.queries.filters import Filters


class Inboxes:
    """One of an engine's; it keeps nothing."""

    def __init__(self, driver: Driver, library: Library) -> None:
        self._driver, self._library = driver, library

    def page(
        self,
        actor: Actor,
        wanted: Filters,
        *,
        limit: int = 50,
        after: str | None = None,
        before: str | None = None,
        count: int | None = None,
    ) -> queries.Page:
        """See engine.queries.inbox.page."""
        return self._driver.read(actor, lambda tx: queries.page(tx, self._library, wanted, limit, after, before, count))

    def counts(self, actor: Actor, boxes: Iterable[Box] = Box) -> dict[Box, int]:
        """See engine.queries.inbox.counts."""
        return self._driver.read(actor, lambda tx: queries.counts(tx, self._library, boxes))

    def choices(self, actor: Actor) -> queries.Choices:
        """See engine.queries.inbox.choices."""
        return self._driver.read(actor, lambda tx: queries.choices(tx, self._library))

    def bulk(self, actor: Actor, ids: Sequence[str]) -> bulk.Selection:
        """See engine.queries.bulk.selection."""
        return self._driver.read(actor, lambda tx: bulk.selection(tx, self._library, ids))

    def see(self, actor: Actor, task_id: str) -> None:
        """See engine.commands.seen.see; one that was seen before costs no writing."""
        if self._driver.read(actor, lambda tx: seen.is_new(tx, task_id)):
            self._driver.write(actor, lambda tx: seen.see(tx, task_id))

    def follow(self, actor: Actor, instance_id: str) -> None:
        """See engine.commands.follows.follow."""
        self._driver.write(actor, lambda tx: follows.follow(tx, instance_id))

    def unfollow(self, actor: Actor, instance_id: str) -> None:
        """See engine.commands.follows.unfollow."""
        self._driver.write(actor, lambda tx: follows.unfollow(tx, instance_id))

    def follows(self, actor: Actor, instance_id: str) -> bool:
        """Whether the actor follows this matter."""
        return self._driver.read(actor, lambda tx: follows.is_followed(tx, instance_id))

    def views(self, actor: Actor) -> list[saved_views.View]:
        """The actor's own, by name."""
        return self._driver.read(actor, saved_views.views)

    def save_view(self, actor: Actor, name: str, wanted: Filters, *, is_default: bool) -> None:
        """See engine.commands.views.save."""
        self._driver.write(actor, lambda tx: views.save(tx, name, wanted, is_default=is_default))

    def drop_view(self, actor: Actor, view_id: int) -> None:
        """See engine.commands.views.drop."""
        self._driver.write(actor, lambda tx: views.drop(tx, view_id))
