"""Policies in force by recorded acts, proposals with what the gate asks of them"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deployment", sa.Column("gate", sa.String(20), nullable=False, server_default="installed"))
    op.create_table(
        "activation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text()),
        sa.Column("document", sa.LargeBinary()),
        sa.Column("document_name", sa.String(200)),
        sa.Column("document_type", sa.String(100)),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at_real", sa.DateTime(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime()),
        sa.Column("cancelled_at_real", sa.DateTime()),
        sa.Column("begun_at", sa.DateTime()),
        sa.Column("over_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation")),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_activation_deployment_id")),
    )
    op.create_index(op.f("ix_activation_deployment_id"), "activation", ["deployment_id"])
    # Until now a deployment was in force on the days of its term, the newest first.
    op.execute(
        "INSERT INTO activation (deployment_id, kind, from_on, until_on, reason, decided_by, decided_at, decided_at_real, "
        "begun_at) SELECT id, 'deployed', in_force_from, in_force_until, '', deployed_by, deployed_at, deployed_at_real, "
        "deployed_at FROM deployment ORDER BY id"
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("policy", sa.String(100), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("against_id", sa.Integer()),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("proposed_at_real", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("deployment_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.ForeignKeyConstraint(["digest"], ["staged_bundle.digest"], name=op.f("fk_proposal_digest")),
        sa.ForeignKeyConstraint(["against_id"], ["deployment.id"], name=op.f("fk_proposal_against_id")),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_proposal_deployment_id")),
    )
    op.create_index(op.f("ix_proposal_status"), "proposal", ["status"])
    op.create_table(
        "examination",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(200)),
        sa.Column("result", sa.LargeBinary()),
        sa.Column("held_until", sa.DateTime()),
        sa.Column("began_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("proposal_id", "kind", name=op.f("pk_examination")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_examination_proposal_id")),
    )
    op.create_index(op.f("ix_examination_status"), "examination", ["status"])
    op.create_table(
        "rehearsed",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("effects", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "instance_id", name=op.f("pk_rehearsed")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_rehearsed_proposal_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_rehearsed_instance_id")),
    )
    op.create_table(
        "approval",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("at_real", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "person_id", name=op.f("pk_approval")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_approval_proposal_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_person_id")),
    )


def downgrade() -> None:
    for name in ("approval", "rehearsed", "examination", "proposal", "activation"):
        op.drop_table(name)
    op.drop_column("deployment", "gate")
