"""An index for the list of entrusted tasks"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_task_owner_id_status"), "task", ["owner_id", "status"])


def downgrade() -> None:
    op.drop_index(op.f("ix_task_owner_id_status"), "task")
