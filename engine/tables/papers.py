"""What hangs on a matter beside its steps: files, drafts, comments, copies, and who has read whose files."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from engine.tables.base import Id, Moment, metadata

# The bytes, once however often they were handed in; in the database, so that one backup has everything.
stored_file = Table(
    "stored_file",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# A file that somebody handed in; until its matter begins it waits at the `place` of the form beside which it was chosen.
attachment = Table(
    "attachment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id")),
    Column("place", String(400)),
    Column("task_id", Id, ForeignKey("task.id")),
    Column("element", String(200)),
    Column("digest", String(64), ForeignKey("stored_file.digest"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("type", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    # Which line of the application it proves, in the words of who handed it in.
    Column("about", String(200), nullable=False),
    Column("for_staff", Boolean, nullable=False),
    Column("by_id", Id, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    # Why it does not count any more; the file stays.
    Column("struck", Text),
    Index(None, "instance_id"),
    Index(None, "by_id", "place"),
    Index(None, "digest"),
)

# What somebody typed on a form and has not submitted. `place` is the form's: `task:…`, `start:…:…` or `set-off:…:…`.
draft = Table(
    "draft",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("place", String(400), nullable=False),
    # Pairs of name and value as the page sends them: nothing is lost because a form or a right is another by then. JSON,
    # compressed and encrypted; without a key only what was kept before there were keys.
    Column("typed", LargeBinary, nullable=False),
    Column("key_id", String(16)),
    # Where the matter stood when the page was made; null where there was none yet.
    Column("revision", Integer),
    Column("saved_at", Moment, nullable=False),
    UniqueConstraint("person_id", "place"),
)

comment = Table(
    "comment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    # For everybody who may see the matter; else for staff and its author.
    Column("for_all", Boolean, nullable=False),
    Column("by_id", Id, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("struck", Text),
    Index(None, "instance_id"),
    Index(None, "by_id"),
)

# Who was sent a matter to read.
copy = Table(
    "copy",
    metadata,
    Column("id", Id, primary_key=True),
    Column("receiver_id", Id, ForeignKey("person.id"), nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("task_id", Id, ForeignKey("task.id")),
    Column("by_id", Id, ForeignKey("person.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("read_at", Moment),
    Index(None, "receiver_id", "read_at"),
    Index(None, "instance_id"),
)

# Who has read what of whom.
access = Table(
    "access",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("reader_id", Id, ForeignKey("person.id"), nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id")),
    Column("what", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    # What for, where that is asked: an identity number in full.
    Column("purpose", String(300)),
    Column("at", Moment, nullable=False),
    Column("at_real", Moment, nullable=False),
    Index(None, "person_id", "id"),
)
