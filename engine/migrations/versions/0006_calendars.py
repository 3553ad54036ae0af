"""The register of working-day calendars, and the timers to be counted anew"""

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("imported_by", sa.String(length=64), nullable=False),
        sa.Column("imported_at", engine.tables.Moment(), nullable=False),
        sa.Column("imported_at_real", engine.tables.Moment(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", engine.tables.Moment(), nullable=True),
        sa.Column("confirmed_at_real", engine.tables.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_version")),
        sa.UniqueConstraint("number", name=op.f("uq_calendar_version_number")),
    )
    op.create_index(op.f("ix_calendar_version_year_status"), "calendar_version", ["year", "status"])
    op.create_table(
        "timer_recount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("timer_id", sa.String(length=64), nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("calendar_number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("due_at", engine.tables.Moment(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", engine.tables.Moment(), nullable=True),
        sa.Column("opened_at", engine.tables.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["timer_id"], ["timer.id"], name=op.f("fk_timer_recount_timer_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_timer_recount_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_recount")),
    )
    op.create_index(op.f("ix_timer_recount_status_id"), "timer_recount", ["status", "id"])
    op.create_index(op.f("ix_timer_recount_timer_id"), "timer_recount", ["timer_id"])


def downgrade() -> None:
    op.drop_table("timer_recount")
    op.drop_table("calendar_version")
