"""A certificate's source may be as long as the reason for which it was made void"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("certificate") as certificate:
        certificate.alter_column("source", existing_type=sa.String(500), type_=sa.Text())


def downgrade() -> None:
    op.execute("UPDATE certificate SET source = substr(source, 1, 500)")
    with op.batch_alter_table("certificate") as certificate:
        certificate.alter_column("source", existing_type=sa.Text(), type_=sa.String(500))
