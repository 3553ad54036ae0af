"""Corrections of what staff entered by an honest mistake: asked for by one, signed by another."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from engine.tables.base import Id, Moment, Packed, metadata

rectification = Table(
    "rectification",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    # The entry of the history that has it wrong.
    Column("entry", Integer, nullable=False),
    # `{changes: [{path, old, new}], effects: [...], void, children: [...]}` as they were when it was asked for.
    Column("content", Packed, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("asked_by", Id, ForeignKey("person.id"), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("settled_by", Id, ForeignKey("person.id")),
    Column("settled_at", Moment),
    Column("answer", Text),
    Index(None, "status"),
    Index(None, "instance_id"),
)
