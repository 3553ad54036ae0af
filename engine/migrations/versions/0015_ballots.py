"""Votes without their persons"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task") as task:
        task.add_column(sa.Column("box", sa.String(64)))
    op.create_table(
        "ballot",
        sa.Column("box", sa.String(64), nullable=False),
        sa.Column("slip", sa.String(32), nullable=False),
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("element", sa.String(200), nullable=False),
        sa.Column("choice", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("box", "slip", name=op.f("pk_ballot")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_ballot_instance_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ballot_instance_id"), "ballot", ["instance_id"])


def downgrade() -> None:
    op.drop_table("ballot")
    with op.batch_alter_table("task") as task:
        task.drop_column("box")
