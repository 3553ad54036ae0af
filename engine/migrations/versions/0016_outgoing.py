"""Letters to people, calls of web hooks"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "mail_choice",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("often", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "topic", name=op.f("pk_mail_choice")),
        _to("mail_choice", "person_id", "person"),
    )
    op.create_table(
        "mail_address",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_address")),
        _to("mail_address", "person_id", "person"),
    )
    op.create_table(
        "address_link",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_address_link")),
        _to("address_link", "person_id", "person"),
    )
    op.create_index(op.f("ix_address_link_person_id"), "address_link", ["person_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("notice_id", sa.Integer()),
        sa.Column("address", sa.String(254)),
        sa.Column("is_daily", sa.Boolean(), nullable=False),
        sa.Column("batch", sa.String(36)),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("retry_at", sa.DateTime()),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("cause", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        _to("letter", "person_id", "person"),
        _to("letter", "notice_id", "notice"),
    )
    op.create_index(op.f("ix_letter_status_is_daily_id"), "letter", ["status", "is_daily", "id"])
    op.create_index(op.f("ix_letter_person_id_status"), "letter", ["person_id", "status"])
    op.create_table(
        "hook",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failing_since", sa.DateTime()),
        sa.Column("rests_until", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
    )
    op.create_table(
        "hook_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hook_id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("retry_at", sa.DateTime()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("answer", sa.Integer()),
        sa.Column("cause", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_call")),
        _to("hook_call", "hook_id", "hook"),
    )
    op.create_index(op.f("ix_hook_call_status_id"), "hook_call", ["status", "id"])
    op.create_index(op.f("ix_hook_call_hook_id_id"), "hook_call", ["hook_id", "id"])


def downgrade() -> None:
    for table in ("hook_call", "hook", "letter", "address_link", "mail_address", "mail_choice"):
        op.drop_table(table)
