"""Instances that stand still"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("suspended", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("process_instance", "suspended")
