"""Identity numbers as they were typed, encrypted; everything else holds them masked. Without its row a number is gone."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from engine.tables.base import Id, Moment, metadata

sealed = Table(
    "sealed",
    metadata,
    Column("instance_id", Id, ForeignKey("process_instance.id"), primary_key=True),
    # Of the form's field ("application.id_number").
    Column("path", String(200), primary_key=True),
    # Of the history entry that tells of it; a later one stands for the earlier, until it is withdrawn.
    Column("number", Integer, primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("by_id", Id, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "key_id"),
)
