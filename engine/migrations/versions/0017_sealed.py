"""Identity numbers, drafts and staged files encrypted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed",
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "path", "number", name=op.f("pk_sealed")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_sealed_instance_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_sealed_by_id")),
    )
    op.create_index(op.f("ix_sealed_key_id"), "sealed", ["key_id"])
    # Null: kept before there were keys, and readable without one until `pingpin keys rotate`.
    op.add_column("draft", sa.Column("key_id", sa.String(16)))
    op.add_column("staged_import", sa.Column("key_id", sa.String(16)))
    op.add_column("access", sa.Column("purpose", sa.String(300)))


def downgrade() -> None:
    op.drop_column("access", "purpose")
    op.drop_column("staged_import", "key_id")
    op.drop_column("draft", "key_id")
    op.drop_table("sealed")
