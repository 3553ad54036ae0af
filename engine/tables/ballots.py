"""Secret ballots: votes that nobody cast."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table

from engine.tables.base import Id, metadata

# Neither a person nor a moment: that somebody has voted is their task being done. `slip` is random and made anew with
# every vote into the box, so that no order among the rows says whose is whose; SQLite keeps them in the order of the key.
ballot = Table(
    "ballot",
    metadata,
    Column("box", Id, primary_key=True),
    Column("slip", String(32), primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("choice", String(200), nullable=False),
    Index(None, "instance_id"),
    sqlite_with_rowid=False,
)
