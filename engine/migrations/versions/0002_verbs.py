"""What the verbs beside the diagram need: a way back, an owner, opinions"""

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("undo", engine.tables.Packed(), nullable=True))
    op.add_column("task", sa.Column("owner_id", sa.String(length=64), nullable=True))
    op.create_table(
        "opinion",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("asked_at", engine.tables.Moment(), nullable=False),
        sa.Column("closed_at", engine.tables.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_opinion_task_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_opinion_instance_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_opinion_asked_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_opinion_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
    )
    op.create_index(op.f("ix_opinion_task_id"), "opinion", ["task_id"])
    op.create_index(op.f("ix_opinion_person_id_status"), "opinion", ["person_id", "status"])
    op.create_index(op.f("ix_opinion_instance_id"), "opinion", ["instance_id"])


def downgrade() -> None:
    op.drop_table("opinion")
    op.drop_column("task", "owner_id")
    op.drop_column("process_instance", "undo")
