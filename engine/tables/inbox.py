"""The inbox: who may claim what, what somebody has seen, the matters they follow, the views they have saved."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from engine.tables.base import Id, Moment, metadata


def _ordered(length: int) -> String:
    """Sorted by code points everywhere, so that a page ends at the same place on both databases."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


# Who may claim an open task: a row for each role, and one without a role for each person who may not (`barred_id`). The rows
# go when it closes or is claimed, so the inbox reads open work only; what it is filtered, sorted and searched by stands in
# them, because no index reaches over three tables.
task_candidate = Table(
    "task_candidate",
    metadata,
    # A number, because SQLite's index of words knows a row by one.
    Column("id", Integer, primary_key=True),
    Column("task_id", Id, ForeignKey("task.id"), nullable=False),
    Column("role", String(50), nullable=False),
    Column("barred_id", Id),
    Column("employer_id", Id),
    Column("unit", Id),
    Column("process", String(100), nullable=False),
    Column("element", String(200), nullable=False),
    # Never null: a task without a due date is due on the last day that there is, one that awaits a notice the day before.
    Column("due_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("title", _ordered(300), nullable=False),
    Column("business_key", _ordered(200), nullable=False),
    # As engine.searching.spaced has them; the names are the task's own, the rest is its matter's.
    Column("search", Text, nullable=False),
    Column("name_search", Text, nullable=False),
    UniqueConstraint("task_id", "role", "barred_id"),
    # With all that filters ask for behind the order: counting and turning pages read the index alone.
    Index("ix_candidate_due", "role", "employer_id", "due_at", "opened_at", "task_id", "element", "process", "unit"),
    Index("ix_candidate_any_due", "role", "due_at", "opened_at", "task_id", "element", "process", "employer_id"),
    Index("ix_candidate_opened", "role", "employer_id", "opened_at", "task_id"),
    Index("ix_candidate_any_opened", "role", "opened_at", "task_id"),
    Index("ix_candidate_title", "role", "employer_id", "title", "task_id"),
    Index("ix_candidate_key", "role", "employer_id", "business_key", "task_id"),
    Index("ix_candidate_barred", "barred_id", "task_id"),
    # The smallest, so that a whole group is counted in a few milliseconds.
    Index("ix_candidate_count", "role", "employer_id"),
)

# Who of a group has opened a task that nobody has claimed; gone with the candidates.
task_seen = Table(
    "task_seen",
    metadata,
    Column("candidate_id", Integer, ForeignKey("task_candidate.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
)

follow = Table(
    "follow",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), primary_key=True),
    Column("followed_at", Moment, nullable=False),
    Index(None, "instance_id"),
)

# Filters, sort and search of an inbox under a name of one's own.
saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("name", String(60), nullable=False),
    # As the page's address has it.
    Column("query", Text, nullable=False),
    # What the inbox opens with.
    Column("is_default", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("person_id", "name"),
)
