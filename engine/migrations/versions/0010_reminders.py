"""Due dates are reminded of and counted anew; people are told things; a person's agenda has an address"""

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ORDER = ["status", "due_at", "opened_at", "element", "id"]


def upgrade() -> None:
    with op.batch_alter_table("task") as task:
        task.add_column(sa.Column("next_reminder_at", engine.tables.Moment()))
        task.add_column(sa.Column("reminded", sa.Integer(), nullable=False, server_default="0"))
        task.add_column(sa.Column("urged", sa.Integer(), nullable=False, server_default="0"))
        task.add_column(sa.Column("counts", sa.JSON(), nullable=False, server_default="[]"))
        task.create_index(op.f("ix_task_status_next_reminder_at"), ["status", "next_reminder_at"])
    # Of ten thousand timers due together the first is found without sorting them.
    with op.batch_alter_table("timer") as timer:
        timer.drop_index(op.f("ix_timer_status_due_at"))
        timer.create_index("ix_timer_next", _ORDER)
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("instance_id", sa.String(64)),
        sa.Column("task_id", sa.String(64)),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("created_at", engine.tables.Moment(), nullable=False),
        sa.Column("read_at", engine.tables.Moment()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_notice_person_id_key")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_notice_instance_id")),
    )
    op.create_index(op.f("ix_notice_person_id_read_at"), "notice", ["person_id", "read_at"])
    op.create_table(
        "agenda_feed",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_agenda_feed")),
        sa.UniqueConstraint("digest", name=op.f("uq_agenda_feed_digest")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_agenda_feed_person_id")),
    )


def downgrade() -> None:
    op.drop_table("agenda_feed")
    op.drop_table("notice")
    with op.batch_alter_table("timer") as timer:
        timer.drop_index("ix_timer_next")
        timer.create_index(op.f("ix_timer_status_due_at"), ["status", "due_at"])
    with op.batch_alter_table("task") as task:
        task.drop_index(op.f("ix_task_status_next_reminder_at"))
        for column in ("counts", "urged", "reminded", "next_reminder_at"):
            task.drop_column(column)
