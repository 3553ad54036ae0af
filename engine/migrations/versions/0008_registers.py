"""Registers: employers that leave, conflicts of experts, certificates issued before, entries of all kinds"""

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_HOLDER = "SELECT p.name FROM person p WHERE p.id = certificate.holder_id"
_EMPLOYER = "SELECT i.employer_id FROM process_instance i WHERE i.id = certificate.instance_id"


def upgrade() -> None:
    op.add_column("employer", sa.Column("hq", sa.JSON(none_as_null=True)))
    op.add_column("employer", sa.Column("status", sa.String(20), nullable=False, server_default="active"))
    op.add_column("employer", sa.Column("exit", sa.JSON(none_as_null=True)))
    op.add_column("person", sa.Column("conflicts", sa.JSON(none_as_null=True)))
    _certificates()
    _entries()
    op.create_table(
        "staged_import",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("staged_by", sa.String(64), nullable=False),
        sa.Column("staged_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staged_import")),
    )
    op.create_index(op.f("ix_staged_import_staged_by"), "staged_import", ["staged_by"])


def _certificates() -> None:
    with op.batch_alter_table("certificate") as certificate:
        certificate.alter_column("instance_id", existing_type=sa.String(64), nullable=True)
        certificate.alter_column("holder_id", existing_type=sa.String(64), nullable=True)
        certificate.add_column(sa.Column("employer_id", sa.String(64)))
        certificate.add_column(sa.Column("holder", sa.String(200)))
        certificate.add_column(sa.Column("holder_id_number", sa.String(40)))
        certificate.add_column(sa.Column("level", sa.String(100)))
        certificate.add_column(sa.Column("trade", sa.String(100)))
        certificate.add_column(sa.Column("status", sa.String(20), nullable=False, server_default="valid"))
        certificate.add_column(sa.Column("source", sa.String(500)))
        certificate.create_foreign_key(op.f("fk_certificate_employer_id"), "employer", ["employer_id"], ["id"])
        certificate.create_index(op.f("ix_certificate_employer_id"), ["employer_id"])
        certificate.create_index(op.f("ix_certificate_holder_id"), ["holder_id"])
    op.execute(f"UPDATE certificate SET holder = ({_HOLDER}), employer_id = ({_EMPLOYER})")  # noqa: S608
    # AX.1: the only letter that numbers could be given out with so far.
    op.execute("UPDATE certificate SET level = 'special' WHERE substr(number, 16, 1) = 'T'")


def _entries() -> None:
    op.create_table(
        "register_entry",
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("employer_id", sa.String(64)),
        sa.Column("person_id", sa.String(64)),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("struck", sa.Text()),
        sa.Column("source_id", sa.String(64)),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("register", "key", name=op.f("pk_register_entry")),
        sa.ForeignKeyConstraint(["employer_id"], ["employer.id"], name=op.f("fk_register_entry_employer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_register_entry_person_id")),
        sa.ForeignKeyConstraint(["source_id"], ["process_instance.id"], name=op.f("fk_register_entry_source_id")),
    )
    op.create_index(op.f("ix_register_entry_register_employer_id"), "register_entry", ["register", "employer_id"])
    op.create_index(op.f("ix_register_entry_person_id"), "register_entry", ["person_id"])


def downgrade() -> None:
    op.drop_table("register_entry")
    op.drop_table("staged_import")
    # What was issued before has no instance: there was no place for it.
    op.execute("DELETE FROM certificate WHERE instance_id IS NULL OR holder_id IS NULL")
    with op.batch_alter_table("certificate") as certificate:
        certificate.drop_constraint(op.f("fk_certificate_employer_id"), type_="foreignkey")
        for index in ("ix_certificate_employer_id", "ix_certificate_holder_id"):
            certificate.drop_index(op.f(index))
        for column in ("employer_id", "holder", "holder_id_number", "level", "trade", "status", "source"):
            certificate.drop_column(column)
        certificate.alter_column("instance_id", existing_type=sa.String(64), nullable=False)
        certificate.alter_column("holder_id", existing_type=sa.String(64), nullable=False)
    op.drop_column("person", "conflicts")
    for column in ("hq", "status", "exit"):
        op.drop_column("employer", column)
