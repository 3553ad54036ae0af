"""The inbox finds, sorts and counts by its own rows; people save views, follow matters, and see what they have not opened"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = {
    "due": ["role", "employer_id", "due_at", "opened_at", "task_id", "element", "process", "unit"],
    "any_due": ["role", "due_at", "opened_at", "task_id", "element", "process", "employer_id"],
    "opened": ["role", "employer_id", "opened_at", "task_id"],
    "any_opened": ["role", "opened_at", "task_id"],
    "title": ["role", "employer_id", "title", "task_id"],
    "key": ["role", "employer_id", "business_key", "task_id"],
    "barred": ["barred_id", "task_id"],
    "count": ["role", "employer_id"],
}
_GOING = ["deployment_id", "process", "status", "employer_id"]
_NO_DUE_DATE = datetime(9999, 12, 31, tzinfo=UTC)
_AWAITS_NOTICE = datetime(9999, 12, 30, tzinfo=UTC)
# Every piece of three characters that a text holds.
_PIECES = """
CREATE FUNCTION search_pieces(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(DISTINCT substr($1, place, 3)), '{}') FROM generate_series(1, length($1) - 2) AS place $$
"""
_INTO = "INSERT INTO task_search (rowid, search, name_search) VALUES (new.id, new.search, new.name_search)"
_OUT_OF = (
    "INSERT INTO task_search (task_search, rowid, search, name_search) "
    "VALUES ('delete', old.id, old.search, old.name_search)"
)
_WORDS = """
CREATE VIRTUAL TABLE task_search USING fts5 (
    search, name_search, content='task_candidate', content_rowid='id', tokenize='trigram case_sensitive 1', detail=none
)
"""
_KEPT_UP = {
    "in AFTER INSERT": _INTO,
    "out AFTER DELETE": _OUT_OF,
    "anew AFTER UPDATE OF search, name_search": f"{_OUT_OF}; {_INTO}",
}


def upgrade() -> None:
    with op.batch_alter_table("process_instance") as instance:
        instance.add_column(sa.Column("search", sa.Text(), nullable=False, server_default=""))
        instance.drop_index(op.f("ix_process_instance_initiator_id"))
        instance.create_index(op.f("ix_process_instance_initiator_id_status"), ["initiator_id", "status"])
        instance.create_index("ix_process_instance_going", _GOING)
    with op.batch_alter_table("task") as task:
        task.add_column(sa.Column("seen_at", engine.tables.Moment()))
        task.add_column(sa.Column("handed_by", sa.String(64)))
    handed = sa.text("handed_by IS NOT NULL")
    op.create_index("ix_task_handed_by", "task", ["handed_by"], postgresql_where=handed, sqlite_where=handed)
    op.drop_table("task_candidate")
    candidates = _create()
    for name, columns in _INDEXES.items():
        op.create_index(f"ix_candidate_{name}", "task_candidate", columns)
    _index_words()
    _fill(candidates)
    _create_others()


def _create() -> sa.Table:
    def by_code_points(length: int) -> sa.String:
        return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")

    return op.create_table(
        "task_candidate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(50), nullable=False),
        sa.Column("barred_id", sa.String(64)),
        sa.Column("employer_id", sa.String(64)),
        sa.Column("unit", sa.String(64)),
        sa.Column("process", sa.String(100), nullable=False),
        sa.Column("element", sa.String(200), nullable=False),
        sa.Column("due_at", engine.tables.Moment(), nullable=False),
        sa.Column("opened_at", engine.tables.Moment(), nullable=False),
        sa.Column("title", by_code_points(300), nullable=False),
        sa.Column("business_key", by_code_points(200), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("name_search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_candidate")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_candidate_task_id")),
        sa.UniqueConstraint("task_id", "role", "barred_id", name=op.f("uq_task_candidate_task_id_role_barred_id")),
    )


def _index_words() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_WORDS)
        for when, statement in _KEPT_UP.items():
            op.execute(f"CREATE TRIGGER task_search_{when} ON task_candidate BEGIN {statement}; END")
    else:
        op.execute(_PIECES)
        # Kept, not reckoned: to look again whether a row holds a piece would cost more than all the rest.
        pieces = "GENERATED ALWAYS AS (search_pieces(search || name_search)) STORED"
        op.execute(f"ALTER TABLE task_candidate ADD COLUMN pieces_search text[] {pieces}")
        op.execute("CREATE INDEX ix_candidate_search ON task_candidate USING gin (pieces_search)")


def _fill(candidates: sa.Table) -> None:
    """What is open now, found by title and business key; the names and the rest come with each matter's next step."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            "SELECT t.id, t.element, t.employer_id, t.due_at, t.opened_at, t.counts, t.candidate_roles, t.barred_ids, "
            "p.process, p.title, p.business_key, p.unit FROM task t JOIN process_instance p ON p.id = t.instance_id "
            "WHERE t.status = 'open' AND t.assignee_id IS NULL"
        ).columns(due_at=engine.tables.Moment(), opened_at=engine.tables.Moment())
    )
    found = [row for each in rows for row in _rows(each)]
    if found:
        bind.execute(sa.insert(candidates), found)


def _rows(task: Any) -> list[dict[str, Any]]:
    counts, roles, barred = (_json(value) for value in (task.counts, task.candidate_roles, task.barred_ids))
    same = {
        "task_id": task.id,
        "due_at": task.due_at or (_AWAITS_NOTICE if counts else _NO_DUE_DATE),
        "search": _spaced(f"{task.title} {task.business_key}".lower()),
        "name_search": "",
        **{
            name: getattr(task, name)
            for name in ("element", "employer_id", "opened_at", "process", "title", "business_key", "unit")
        },
    }
    who = [{"role": role, "barred_id": None} for role in roles] + [{"role": "", "barred_id": one} for one in barred]
    return [same | one for one in who]


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _spaced(text: str) -> str:
    return "\x1f" + "\x1f".join(text) + "\x1f"


def _create_others() -> None:
    op.create_table(
        "task_seen",
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", "person_id", name=op.f("pk_task_seen")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["task_candidate.id"], name=op.f("fk_task_seen_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_task_seen_person_id")),
    )
    op.create_table(
        "follow",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("followed_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "instance_id", name=op.f("pk_follow")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_follow_person_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_follow_instance_id")),
    )
    op.create_index(op.f("ix_follow_instance_id"), "follow", ["instance_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", engine.tables.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_view_person_id_name")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
    )


def downgrade() -> None:
    for table in ("saved_view", "follow", "task_seen"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE task_search")
    op.drop_table("task_candidate")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION search_pieces(text)")
    op.create_table(
        "task_candidate",
        sa.Column("task_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(50), nullable=False),
        sa.Column("employer_id", sa.String(64)),
        sa.PrimaryKeyConstraint("task_id", "role", name=op.f("pk_task_candidate")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_candidate_task_id")),
    )
    op.create_index(op.f("ix_task_candidate_role_employer_id"), "task_candidate", ["role", "employer_id"])
    op.drop_index("ix_task_handed_by", table_name="task")
    with op.batch_alter_table("task") as task:
        task.drop_column("handed_by")
        task.drop_column("seen_at")
    with op.batch_alter_table("process_instance") as instance:
        instance.drop_index(op.f("ix_process_instance_initiator_id_status"))
        instance.create_index(op.f("ix_process_instance_initiator_id"), ["initiator_id"])
        instance.drop_index("ix_process_instance_going")
        instance.drop_column("search")
