"""Policies put in force: which version from when to when, and what was asked and said before it was."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from engine.tables.base import Id, Moment, Packed, metadata

# A version in force on these days of Asia/Shanghai, both of them included. Of several that hold on a day the one that was
# decided last counts; nothing is ever deleted, a cancelled one holds on no day.
activation = Table(
    "activation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("deployment_id", Integer, ForeignKey("deployment.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("reason", Text, nullable=False),
    # For an extension of the term: what it rests on, and the document that says so.
    Column("basis", Text),
    Column("document", LargeBinary),
    Column("document_name", String(200)),
    Column("document_type", String(100)),
    Column("decided_by", Id, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("decided_at_real", Moment, nullable=False),
    Column("cancelled_at", Moment),
    Column("cancelled_at_real", Moment),
    # When the worker told that it has begun, and that it is over.
    Column("begun_at", Moment),
    Column("over_at", Moment),
    Index(None, "deployment_id"),
)

# A version that somebody wants in force; what was uploaded stands in `staged_bundle`.
proposal = Table(
    "proposal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), ForeignKey("staged_bundle.digest"), nullable=False),
    Column("policy", String(100), nullable=False),
    Column("title", JSON, nullable=False),
    # What it was compared and rehearsed against; null where nothing was in force.
    Column("against_id", Integer, ForeignKey("deployment.id")),
    Column("from_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("emergency", Boolean, nullable=False),
    Column("status", String(20), nullable=False),
    Column("proposed_by", Id, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("proposed_at_real", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("deployment_id", Integer, ForeignKey("deployment.id")),
    Index(None, "status"),
)

# One piece of the gate: `checks`, `difference`, `cases`, `rehearsal`; `at` is where the work of the last two goes on.
examination = Table(
    "examination",
    metadata,
    Column("proposal_id", Integer, ForeignKey("proposal.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("status", String(20), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("at", String(200)),
    Column("result", Packed),
    # Who works on it holds it until then, by the machine's clock.
    Column("held_until", Moment),
    Column("began_at", Moment),
    Column("ended_at", Moment),
    Index(None, "status"),
)

# An instance that would have gone another way, or could not be played; those without an effect are only counted.
rehearsed = Table(
    "rehearsed",
    metadata,
    Column("proposal_id", Integer, ForeignKey("proposal.id"), primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), primary_key=True),
    Column("kinds", JSON, nullable=False),
    Column("effects", Packed, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("proposal_id", Integer, ForeignKey("proposal.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("approves", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("at_real", Moment, nullable=False),
)
