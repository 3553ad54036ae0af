"""Whose right a task was claimed by"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("in_place_of", sa.String(64)))
    lent = sa.text("in_place_of IS NOT NULL")
    op.create_index("ix_task_in_place_of", "task", ["in_place_of"], postgresql_where=lent, sqlite_where=lent)


def downgrade() -> None:
    op.drop_index("ix_task_in_place_of", table_name="task")
    op.drop_column("task", "in_place_of")
