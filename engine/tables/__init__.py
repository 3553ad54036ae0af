"""The database's tables: data only, no rules. Moments are UTC, days are days in Asia/Shanghai."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engine.tables import accounts, ballots, outgoing, papers, policies, rectifications, sealed
from engine.tables.base import Id, Moment, Packed, metadata
from engine.tables.inbox import follow, saved_view, task_candidate, task_seen

__all__ = [
    "Id",
    "Moment",
    "Packed",
    "accounts",
    "ballots",
    "follow",
    "metadata",
    "outgoing",
    "papers",
    "policies",
    "rectifications",
    "saved_view",
    "sealed",
    "task_candidate",
    "task_seen",
]

employer = Table(
    "employer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    # Positions 1-13 of its certificate numbers (AX.2), registered with a source, never typed at issue.
    Column("prefix", String(13)),
    Column("prefix_source", String(500)),
    Column("trades", JSON, nullable=False),
    # What its headquarters is recognised for (A6.3): `{agency_code, name, scope: [{trade, level}]}`.
    Column("hq", JSON(none_as_null=True)),
    # `active` or `exited`, and the decision by which it left (A14.2): `{number, decided_on, ...}`.
    Column("status", String(20), nullable=False, server_default="active"),
    Column("exit", JSON(none_as_null=True)),
)

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("employer_id", Id, ForeignKey("employer.id")),
    Column("roles", JSON, nullable=False),
    Column("field", String(200)),
    Column("password_hash", String(200)),
    Column("language", String(2), nullable=False, default="zh"),
    Column("active", Boolean, nullable=False, default=True),
    # Whom this expert must not review: `[{person, name, relation}]`.
    Column("conflicts", JSON(none_as_null=True)),
    Column("email", String(254)),
    # Its key in the register of units; with `unit_only` its bearer reaches that unit's matters and those of no unit.
    Column("unit", Id),
    Column("unit_only", Boolean, nullable=False, server_default="0"),
)

# Who stands in for whom, on which days of Asia/Shanghai; in these processes alone, or in all where the list is empty.
absence = Table(
    "absence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("absent_id", Id, ForeignKey("person.id"), nullable=False),
    Column("stand_in_id", Id, ForeignKey("person.id"), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("processes", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("arranged_by", Id, ForeignKey("person.id"), nullable=False),
    Column("arranged_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index(None, "stand_in_id", "until_on"),
    Index(None, "absent_id", "until_on"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", String(200), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    # What of its bearer's rights it has (engine.scopes); none recorded: all of them.
    Column("scopes", JSON(none_as_null=True)),
    Column("last_used_at", Moment),
)

deployment = Table(
    "deployment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("policy", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("title", JSON, nullable=False),
    Column("in_force_from", Date, nullable=False),
    Column("in_force_until", Date),
    # The processes in it, so that no deployment has to be read to know that it has nothing to do with a question.
    Column("processes", JSON, nullable=False),
    Column("deployed_by", Id, nullable=False),
    Column("deployed_at", Moment, nullable=False),
    Column("deployed_at_real", Moment, nullable=False),
    # How it got past the gate, for ever: `approved`, `emergency`, or `installed` by who set the installation up.
    Column("gate", String(20), nullable=False, server_default="installed"),
    UniqueConstraint("policy", "version"),
)

deployment_file = Table(
    "deployment_file",
    metadata,
    Column("deployment_id", Integer, ForeignKey("deployment.id"), primary_key=True),
    Column("path", String(300), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# An uploaded bundle that has passed its checks and waits for the administrator's word.
staged_bundle = Table(
    "staged_bundle",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("staged_by", Id, nullable=False),
    Column("staged_at", Moment, nullable=False),
)

process_instance = Table(
    "process_instance",
    metadata,
    Column("id", Id, primary_key=True),
    Column("deployment_id", Integer, ForeignKey("deployment.id"), nullable=False),
    Column("process", String(100), nullable=False),
    Column("business_key", String(200), nullable=False),
    Column("title", String(300), nullable=False),
    # What a search finds it by (engine.searching.joined).
    Column("search", Text, nullable=False, server_default=""),
    # 1, 2, ... among the instances of this process under one parent, or of one employer.
    Column("number", Integer, nullable=False),
    Column("parent_id", Id, ForeignKey("process_instance.id")),
    Column("employer_id", Id, ForeignKey("employer.id")),
    Column("initiator_id", Id, ForeignKey("person.id"), nullable=False),
    # The unit of who began it, as it was then.
    Column("unit", Id),
    Column("status", String(20), nullable=False),
    Column("end_element", String(200)),
    # Raised by every step; a reader who saw an older one is told so.
    Column("revision", Integer, nullable=False),
    Column("history_count", Integer, nullable=False),
    Column("history_head", String(64), nullable=False),
    # Compressed JSON text in SpiffWorkflow's own key order: never a JSON column, it would reorder the keys.
    Column("state", LargeBinary, nullable=False),
    Column("variables", Text, nullable=False),
    # How to take back the last step, while it is a completion and the instance goes on; overwritten by every step.
    Column("undo", Packed),
    # Nothing goes on in it at present, and why: `{zh, en, ...}`; null: it does.
    Column("suspended", JSON(none_as_null=True)),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    UniqueConstraint("process", "business_key"),
    Index(None, "parent_id", "process", "status"),
    Index(None, "employer_id", "status"),
    Index(None, "initiator_id", "status"),
    Index("ix_process_instance_going", "deployment_id", "process", "status", "employer_id"),
)

task = Table(
    "task",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("employer_id", Id),
    Column("status", String(20), nullable=False),
    Column("assignee_id", Id),
    # Who has entrusted it to the assignee, and to whom it comes back; null where nobody has.
    Column("owner_id", Id),
    Column("claimed_at", Moment),
    # Whose right its assignee has claimed it by, where they stood in for somebody.
    Column("in_place_of", Id),
    Column("candidate_roles", JSON, nullable=False),
    Column("barred_ids", JSON, nullable=False),
    Column("local", Text, nullable=False),
    Column("due_at", Moment),
    # When somebody is next reminded of it, how many of its reminders are behind (32767: all), and how often people have urged it.
    Column("next_reminder_at", Moment),
    Column("reminded", Integer, nullable=False, server_default="0"),
    Column("urged", Integer, nullable=False, server_default="0"),
    # The working days that its due date was counted by.
    Column("counts", JSON, nullable=False, server_default="[]"),
    # Into which box its votes go, where its form has a secret ballot.
    Column("box", Id),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", Id),
    # When its assignee first opened it since it came to them, and who handed it on last.
    Column("seen_at", Moment),
    Column("handed_by", Id),
    Index(
        "ix_task_handed_by",
        "handed_by",
        postgresql_where=text("handed_by IS NOT NULL"),
        sqlite_where=text("handed_by IS NOT NULL"),
    ),
    Index(
        "ix_task_in_place_of",
        "in_place_of",
        postgresql_where=text("in_place_of IS NOT NULL"),
        sqlite_where=text("in_place_of IS NOT NULL"),
    ),
    Index(None, "instance_id", "status"),
    Index(None, "assignee_id", "status"),
    Index(None, "owner_id", "status"),
    Index(None, "closed_by", "closed_at"),
    Index(None, "status", "next_reminder_at"),
)

# What somebody was asked beside the diagram; the task is completed after all have answered.
opinion = Table(
    "opinion",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task_id", Id, ForeignKey("task.id"), nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("asked_by", Id, ForeignKey("person.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("question", Text, nullable=False),
    # `asked`, `given` or `cancelled`.
    Column("status", String(20), nullable=False),
    Column("agrees", Boolean),
    Column("text", Text),
    Column("asked_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index(None, "task_id"),
    Index(None, "person_id", "status"),
    Index(None, "instance_id"),
)

timer = Table(
    "timer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    # Null while the official calendar of a day needed is unknown: open, and never fired by itself.
    Column("due_at", Moment),
    Column("window", String(50)),
    Column("counts", JSON, nullable=False),
    # After a failure: how often it was tried, and not before when (real time) it is tried again.
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Moment),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    # In the order of firing: of ten thousand due together the first is found without sorting them.
    Index("ix_timer_next", "status", "due_at", "opened_at", "element", "id"),
    Index(None, "instance_id"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("message", String(200), nullable=False),
    Column("correlation_key", String(200)),
    Column("fan_in", String(100)),
    Column("is_signal", Boolean, nullable=False, server_default=text("false")),
    Index(None, "message", "correlation_key"),
    Index(None, "instance_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("message", String(200), nullable=False),
    Column("correlation_key", String(200)),
    Column("target_id", Id),
    Column("source_id", Id, nullable=False),
    Column("source_element", String(200), nullable=False),
    Column("payload", Packed, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Moment),
    Column("created_at", Moment, nullable=False),
    # The business moment at which it is delivered: when it was sent, or when its wait began.
    Column("ready_at", Moment, nullable=False),
    # While it is kept for a wait that has not begun: until when. Null for one that is kept as long as its receiver goes on.
    Column("expires_at", Moment),
    Column("closed_at", Moment),
    Index(None, "status", "id"),
    Index(None, "status", "expires_at"),
    Index(None, "message", "correlation_key", "status"),
    Index(None, "target_id", "status"),
)

# A message or a timer whose step failed more often than it is tried by itself: a person looks at the cause and retries.
incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("work_id", Id, nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("cause", JSON, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", Id),
    Index(None, "closed_at"),
    Index(None, "instance_id"),
)

# What a child instance has reported to its parent: fan-in counts these rows under the parent's lock.
report = Table(
    "report",
    metadata,
    Column("parent_id", Id, ForeignKey("process_instance.id"), primary_key=True),
    Column("message", String(200), primary_key=True),
    Column("child_id", Id, ForeignKey("process_instance.id"), primary_key=True),
    Column("payload", Packed, nullable=False),
    Column("reported_at", Moment, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("subject_id", Id, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(50), nullable=False),
    Column("element", String(200)),
    Column("actor_id", Id),
    Column("at", Moment, nullable=False),
    Column("at_real", Moment, nullable=False),
    # H(salt, payload), and the hash that binds the entry to the one before it.
    Column("commitment", String(64), nullable=False),
    Column("link", String(64), nullable=False),
    # Both null once the payload was deleted; the chain verifies all the same.
    Column("salt", String(32)),
    Column("payload", Packed),
)

# Every day all heads: a chain that was cut, or is gone altogether, shows against the lists.
head_list = Table(
    "head_list",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("heads", Packed, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

certificate_serial = Table(
    "certificate_serial",
    metadata,
    Column("prefix", String(13), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("level", String(1), primary_key=True),
    Column("last", Integer, nullable=False),
)

certificate = Table(
    "certificate",
    metadata,
    Column("number", String(22), primary_key=True),
    # Null for one that was issued before, elsewhere, and imported.
    Column("instance_id", Id, ForeignKey("process_instance.id"), unique=True),
    Column("employer_id", Id, ForeignKey("employer.id")),
    Column("holder_id", Id),
    Column("holder", String(200)),
    # First three and last two places, never more.
    Column("holder_id_number", String(40)),
    Column("level", String(100)),
    Column("trade", String(100)),
    Column("issued_on", Date, nullable=False),
    Column("status", String(20), nullable=False, server_default="valid"),
    Column("source", Text),
    # When the number was given out, or imported.
    Column("allocated_at", Moment, nullable=False),
    Index(None, "employer_id"),
    Index(None, "holder_id"),
)

# What registers hold that has no table of its own (engine.registers).
register_entry = Table(
    "register_entry",
    metadata,
    Column("register", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("employer_id", Id, ForeignKey("employer.id")),
    Column("person_id", Id, ForeignKey("person.id")),
    Column("data", JSON, nullable=False),
    # Its words in small letters, for the search.
    Column("words", Text, nullable=False),
    # The reason for which it does not count any more; the entry stays.
    Column("struck", Text),
    Column("source_id", Id, ForeignKey("process_instance.id")),
    Column("changed_by", Id, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "register", "employer_id"),
    Index(None, "person_id"),
)

# A file that has been read without an error and waits for the word of whoever brought it.
staged_import = Table(
    "staged_import",
    metadata,
    Column("id", Id, primary_key=True),
    Column("register", String(40), nullable=False),
    Column("file_name", String(200), nullable=False),
    # Encrypted: there may be identity numbers in it.
    Column("content", LargeBinary, nullable=False),
    Column("key_id", String(16)),
    Column("staged_by", Id, nullable=False),
    Column("staged_at", Moment, nullable=False),
    Index(None, "staged_by"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("actor_id", Id, primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("result", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

virtual_clock = Table(
    "virtual_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("moment", Moment, nullable=False),
)

# What a person is told beside their tasks. One key is told once: of several workers, one writes it.
notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("key", String(200), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id")),
    Column("task_id", Id),
    # `{zh, en}`.
    Column("text", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("read_at", Moment),
    UniqueConstraint("person_id", "key"),
    Index(None, "person_id", "read_at"),
)

# The secret address of a person's agenda: its digest alone.
agenda_feed = Table(
    "agenda_feed",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

# A year's working-day calendar that somebody has imported. Those that travel with the product have no row.
calendar_version = Table(
    "calendar_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", Text, nullable=False),
    # `pending`, `confirmed`, or `replaced` by a later import before anybody confirmed it.
    Column("status", String(20), nullable=False),
    # 1, 2, ... in the order of confirmation: the register's own version. Of one year the highest counts.
    Column("number", Integer, unique=True),
    Column("imported_by", Id, nullable=False),
    Column("imported_at", Moment, nullable=False),
    Column("imported_at_real", Moment, nullable=False),
    Column("confirmed_by", Id),
    Column("confirmed_at", Moment),
    Column("confirmed_at_real", Moment),
    Index(None, "year", "status"),
)

# An open timer to be counted anew by a later calendar. The row goes when that is done; it stays where a person is asked.
timer_recount = Table(
    "timer_recount",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("timer_id", Id, ForeignKey("timer.id"), nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    # The register's number that it is counted by.
    Column("calendar_number", Integer, nullable=False),
    # `pending`, `asked`, then `accepted` or `kept`; `replaced` when a later calendar is confirmed before an answer.
    Column("status", String(20), nullable=False),
    # What it would be, and why that is for a person to say.
    Column("due_at", Moment),
    Column("counts", JSON),
    Column("why", JSON),
    Column("reason", Text),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("opened_at", Moment, nullable=False),
    Index(None, "status", "id"),
    Index(None, "timer_id"),
)
