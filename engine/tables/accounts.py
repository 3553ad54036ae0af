"""Accounts: sessions, what happened at the door, links that reset a password, identities elsewhere, delays.

Every moment here is real time: no virtual clock keeps anybody signed in.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table

from engine.tables.base import Id, Moment, metadata

credential = Table(
    "credential",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("set_at", Moment),
    # Whoever has signed in comes no further than to the page for a new password.
    Column("must_change", Boolean, nullable=False),
)

web_session = Table(
    "web_session",
    metadata,
    # What people name it by; the cookie holds a secret of which only the digest is here.
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    # As they were when the secret was drawn: with other roles it is drawn anew.
    Column("roles", JSON, nullable=False),
    Column("how", String(20), nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    # Why it is over, where somebody or something ended it before its time.
    Column("ended", String(20)),
    Column("address", String(45), nullable=False),
    Column("agent", String(200), nullable=False),
    Index(None, "person_id"),
)

# Only ever added to.
account_event = Table(
    "account_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(30), nullable=False),
    # Whom it is about: nobody where a name was typed that nobody has, which may as well have been a password.
    Column("person_id", Id, ForeignKey("person.id")),
    # Who did it, where it was somebody else.
    Column("by_id", Id),
    Column("how", String(20)),
    Column("address", String(45), nullable=False),
    Column("agent", String(200), nullable=False),
    Index(None, "person_id", "id"),
)

reset_link = Table(
    "reset_link",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("made_by", Id, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

identity_link = Table(
    "identity_link",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("linked_at", Moment, nullable=False),
)

# What is counted against a name, an address or a token, and until when it has to wait.
throttle = Table(
    "throttle",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", Moment, nullable=False, index=True),
    Column("until", Moment),
)
