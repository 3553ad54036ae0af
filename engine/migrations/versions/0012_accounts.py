"""Sessions on the server, the log of sign-ins, links that reset, identities elsewhere, delays; tokens have scopes"""

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.String(64)


def upgrade() -> None:
    with op.batch_alter_table("api_token") as token:
        token.add_column(sa.Column("scopes", sa.JSON()))
        token.add_column(sa.Column("last_used_at", engine.tables.Moment()))
    op.create_table(
        "credential",
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("set_at", engine.tables.Moment()),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credential")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id")),
    )
    op.create_table(
        "web_session",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("begun_at", engine.tables.Moment(), nullable=False),
        sa.Column("seen_at", engine.tables.Moment(), nullable=False),
        sa.Column("ends_at", engine.tables.Moment(), nullable=False),
        sa.Column("ended", sa.String(20)),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_web_session_digest")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_web_session_person_id")),
    )
    op.create_index(op.f("ix_web_session_person_id"), "web_session", ["person_id"])
    op.create_table(
        "account_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", engine.tables.Moment(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("person_id", _ID),
        sa.Column("by_id", _ID),
        sa.Column("how", sa.String(20)),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_event_person_id")),
    )
    op.create_index(op.f("ix_account_event_person_id_id"), "account_event", ["person_id", "id"])
    op.create_table(
        "reset_link",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("made_by", _ID, nullable=False),
        sa.Column("expires_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_reset_link")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reset_link_person_id")),
    )
    op.create_index(op.f("ix_reset_link_person_id"), "reset_link", ["person_id"])
    op.create_table(
        "identity_link",
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("linked_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identity_link")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_link_person_id")),
    )
    op.create_index(op.f("ix_identity_link_person_id"), "identity_link", ["person_id"])
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", engine.tables.Moment(), nullable=False),
        sa.Column("until", engine.tables.Moment()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_since"), "throttle", ["since"])


def downgrade() -> None:
    for table in ("throttle", "identity_link", "reset_link", "account_event", "web_session", "credential"):
        op.drop_table(table)
    with op.batch_alter_table("api_token") as token:
        token.drop_column("last_used_at")
        token.drop_column("scopes")
