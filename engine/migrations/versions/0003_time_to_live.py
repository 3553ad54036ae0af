"""A message that nobody waits for is kept for a time, no longer for ever"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OUTBOX = sa.table(
    "outbox",
    sa.column("id", sa.Integer),
    sa.column("status", sa.String),
    sa.column("target_id", sa.String),
    sa.column("created_at", engine.tables.Moment()),
    sa.column("expires_at", engine.tables.Moment()),
)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("expires_at", engine.tables.Moment(), nullable=True))
    op.create_index(op.f("ix_outbox_status_expires_at"), "outbox", ["status", "expires_at"])
    _give_a_term_to_what_waits()


def _give_a_term_to_what_waits() -> None:
    connection = op.get_bind()
    waiting = sa.select(_OUTBOX).where(_OUTBOX.c.status == "waiting", _OUTBOX.c.target_id.is_(None))
    for row in connection.execute(waiting).all():
        term = {"expires_at": row.created_at + timedelta(days=7)}
        connection.execute(sa.update(_OUTBOX).where(_OUTBOX.c.id == row.id).values(**term))


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_status_expires_at"), "outbox")
    op.drop_column("outbox", "expires_at")
