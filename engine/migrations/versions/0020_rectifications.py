"""Corrections of what staff entered by mistake"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rectification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("settled_by", sa.String(64)),
        sa.Column("settled_at", sa.DateTime()),
        sa.Column("answer", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_rectification_instance_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_rectification_asked_by")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_rectification_settled_by")),
    )
    op.create_index(op.f("ix_rectification_status"), "rectification", ["status"])
    op.create_index(op.f("ix_rectification_instance_id"), "rectification", ["instance_id"])


def downgrade() -> None:
    op.drop_table("rectification")
