"""What leaves the house: letters to people, calls of web hooks; and who wants which of them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from engine.tables.base import Id, Moment, metadata

# Where somebody wants it otherwise than by default (engine.mailing).
mail_choice = Table(
    "mail_choice",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("topic", String(20), primary_key=True),
    Column("often", String(10), nullable=False),
)

# An address that its person has named and confirmed: it goes before the register's (`person.email`).
mail_address = Table(
    "mail_address",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("address", String(254), nullable=False),
    Column("confirmed_at", Moment, nullable=False),
)

address_link = Table(
    "address_link",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("address", String(254), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# One thing to be mailed to one person; those of one daily letter share its `batch`, which the message id is made of.
letter = Table(
    "letter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("purpose", String(10), nullable=False),
    Column("notice_id", Integer, ForeignKey("notice.id")),
    # Where to, for one that confirms an address; else the person's.
    Column("address", String(254)),
    Column("is_daily", Boolean, nullable=False),
    Column("batch", String(36)),
    Column("status", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # Real time; `told_at` is business time, which says when a daily one is due.
    Column("retry_at", Moment),
    Column("told_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("cause", String(500)),
    Index(None, "status", "is_daily", "id"),
    Index(None, "person_id", "status"),
)

hook = Table(
    "hook",
    metadata,
    Column("id", Id, primary_key=True),
    Column("label", String(200), nullable=False),
    Column("url", String(1000), nullable=False),
    Column("events", JSON, nullable=False),
    # What its calls are signed with, encrypted (engine.keys); the receiver has the same.
    Column("secret", LargeBinary, nullable=False),
    Column("key_id", String(16), nullable=False),
    # `active`, `paused` or `ended`.
    Column("status", String(10), nullable=False),
    Column("made_by", Id, nullable=False),
    Column("made_at", Moment, nullable=False),
    # How often in a row it has failed, since when, and until when it is left alone (real time).
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Moment),
    Column("rests_until", Moment),
)

hook_call = Table(
    "hook_call",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hook_id", Id, ForeignKey("hook.id"), nullable=False),
    # The same at every attempt and when it is called again by hand: the receiver drops what it has had.
    Column("message_id", String(40), nullable=False),
    Column("event", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    # The last answer's status, or why there was none.
    Column("answer", Integer),
    Column("cause", JSON(none_as_null=True)),
    Index(None, "status", "id"),
    Index(None, "hook_id", "id"),
)
