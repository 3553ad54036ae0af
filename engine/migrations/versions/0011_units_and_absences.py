"""People have a unit and an address; matters have the unit of who began them; somebody stands in for who is absent"""

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_PEOPLE = ("absent_id", "stand_in_id", "arranged_by")


def upgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("email", sa.String(254)))
        person.add_column(sa.Column("unit", sa.String(64)))
        person.add_column(sa.Column("unit_only", sa.Boolean(), nullable=False, server_default="0"))
    with op.batch_alter_table("process_instance") as instance:
        instance.add_column(sa.Column("unit", sa.String(64)))
    op.create_table(
        "absence",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("absent_id", sa.String(64), nullable=False),
        sa.Column("stand_in_id", sa.String(64), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("processes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("arranged_by", sa.String(64), nullable=False),
        sa.Column("arranged_at", engine.tables.Moment(), nullable=False),
        sa.Column("ended_at", engine.tables.Moment()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        *(sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_absence_{column}")) for column in _PEOPLE),
    )
    op.create_index(op.f("ix_absence_stand_in_id_until_on"), "absence", ["stand_in_id", "until_on"])
    op.create_index(op.f("ix_absence_absent_id_until_on"), "absence", ["absent_id", "until_on"])


def downgrade() -> None:
    op.drop_table("absence")
    with op.batch_alter_table("process_instance") as instance:
        instance.drop_column("unit")
    with op.batch_alter_table("person") as person:
        for column in ("unit_only", "unit", "email"):
            person.drop_column(column)
