"""Files, drafts, comments and copies hang on a matter; who read whose files is kept"""

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("instance_id", sa.String(64)),
        sa.Column("place", sa.String(400)),
        sa.Column("task_id", sa.String(64)),
        sa.Column("element", sa.String(200)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("for_staff", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("at", engine.tables.Moment(), nullable=False),
        sa.Column("struck", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_attachment_instance_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_attachment_task_id")),
        sa.ForeignKeyConstraint(["digest"], ["stored_file.digest"], name=op.f("fk_attachment_digest")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_attachment_by_id")),
    )
    op.create_index(op.f("ix_attachment_by_id_place"), "attachment", ["by_id", "place"])
    op.create_index(op.f("ix_attachment_digest"), "attachment", ["digest"])
    op.create_index(op.f("ix_attachment_instance_id"), "attachment", ["instance_id"])
    op.create_table(
        "draft",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("place", sa.String(400), nullable=False),
        sa.Column("typed", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("saved_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("person_id", "place", name=op.f("uq_draft_person_id_place")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("for_all", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("at", engine.tables.Moment(), nullable=False),
        sa.Column("struck", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_comment_instance_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_comment_by_id")),
    )
    op.create_index(op.f("ix_comment_by_id"), "comment", ["by_id"])
    op.create_index(op.f("ix_comment_instance_id"), "comment", ["instance_id"])
    op.create_table(
        "copy",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("receiver_id", sa.String(64), nullable=False),
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("task_id", sa.String(64)),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", engine.tables.Moment(), nullable=False),
        sa.Column("read_at", engine.tables.Moment()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy")),
        sa.ForeignKeyConstraint(["receiver_id"], ["person.id"], name=op.f("fk_copy_receiver_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_copy_instance_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_copy_task_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_copy_by_id")),
    )
    op.create_index(op.f("ix_copy_instance_id"), "copy", ["instance_id"])
    op.create_index(op.f("ix_copy_receiver_id_read_at"), "copy", ["receiver_id", "read_at"])
    op.create_table(
        "access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("reader_id", sa.String(64), nullable=False),
        sa.Column("instance_id", sa.String(64)),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("at", engine.tables.Moment(), nullable=False),
        sa.Column("at_real", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_person_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_access_reader_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_access_instance_id")),
    )
    op.create_index(op.f("ix_access_person_id_id"), "access", ["person_id", "id"])


def downgrade() -> None:
    for table in ("access", "copy", "comment", "draft", "attachment", "stored_file"):
        op.drop_table(table)
