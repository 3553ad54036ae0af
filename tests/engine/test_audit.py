"""The history verifies, and any change to it shows: a row changed, rows dropped, a whole instance gone."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, text, update

from api.cli import commands
from engine.clock import SystemClock
from engine.errors import InvalidError, NotPermittedError
from engine.queries.verification import verify
from engine.tables import head_list, history, process_instance
from tests.people import ADMIN


@pytest.fixture
def told(play):
    """All of S1, and the first daily list."""
    world = play()
    world.engine.tick()
    return world


def breaks(engine):
    return [str(one) for one in verify(json.loads(json.dumps(engine.audit_export(ADMIN)))).breaks]


def tamper(engine, *statements):
    with engine.sessions() as session:
        for statement in statements:
            session.execute(statement)
        session.commit()


def test_an_undisturbed_history_verifies_online_and_as_an_export(told):
    verdict = verify(told.engine.audit_export(ADMIN))
    assert verdict.breaks == ()
    # The round, the candidacy, the appointment that it began, two registers, the deployment, the clock.
    assert (verdict.subjects, verdict.lists, verdict.deleted) == (7, 1, 0)
    assert verdict.entries > 40


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "x"},
        {"actor_id": "hr2"},
        {"element": "x"},
        {"payload": {"a": 1}},
        {"at": SystemClock().now()},
        {"salt": "0" * 32},
    ],
    ids=lambda values: next(iter(values)),
)
def test_any_changed_field_shows(told, values):
    subject = told.instances["jia"]
    tamper(told.engine, update(history).where(history.c.subject_id == subject, history.c.number == 2).values(**values))
    assert [one.split(":")[0] for one in breaks(told.engine)] == [f"{subject}#2"]


def test_every_single_row_is_guarded(told):
    export = told.engine.audit_export(ADMIN)
    for index in range(len(export["entries"])):
        changed = json.loads(json.dumps(export))
        changed["entries"][index]["actor"] = "somebody"
        assert verify(changed).breaks, export["entries"][index]
        del changed["entries"][index]
        assert verify(changed).breaks, export["entries"][index]


def test_dropping_the_newest_entries_shows_even_if_the_instance_is_made_to_agree(told):
    subject = told.instances["jia"]
    tamper(told.engine, delete(history).where(history.c.subject_id == subject, history.c.number > 3))
    assert any("were written" in one for one in breaks(told.engine))
    link = next(
        e["link"] for e in told.engine.audit_export(ADMIN)["entries"] if (e["subject"], e["number"]) == (subject, 3)
    )
    agree = update(process_instance).where(process_instance.c.id == subject).values(history_count=3, history_head=link)
    tamper(told.engine, agree)
    assert any("3 are left" in one for one in breaks(told.engine))


def test_a_whole_instance_that_is_gone_shows(told):
    subject = told.instances["jia"]
    tamper(told.engine, delete(history).where(history.c.subject_id == subject))
    export = told.engine.audit_export(ADMIN)
    export["heads"].pop(subject)
    assert any("0 are left" in str(one) for one in verify(export).breaks)


def test_a_changed_or_removed_list_shows(told):
    export = told.engine.audit_export(ADMIN)
    (only,) = export["lists"]
    only["heads"].popitem()
    assert any("list" in str(one) for one in verify(export).breaks)


def test_a_list_is_written_once_a_day(told):
    told.engine.tick()
    assert len(told.engine.audit_export(ADMIN)["lists"]) == 1


def test_a_deleted_payload_is_gone_and_the_chain_still_verifies(told):
    subject = told.instances["jia"]
    told.engine.forget(ADMIN, subject, 1)
    verdict = verify(told.engine.audit_export(ADMIN))
    assert (verdict.breaks, verdict.deleted) == ((), 1)
    (event, *_) = told.engine.instance(told.actor("hr"), subject).events
    assert event.payload == {}
    with pytest.raises(NotPermittedError):
        told.engine.forget(told.actor("hr"), subject, 2)


def test_history_keeps_old_and_new_values_actor_and_both_times(told):
    events = told.engine.audit_export(ADMIN)["entries"]
    changed = [e for e in events if e["kind"] == "decided" or (e["payload"] or {}).get("old")]
    replaced = [e for e in changed if "findings" in (e["payload"].get("old") or {})]
    assert replaced
    assert all(e["actor"] and e["at"].endswith("+00:00") and e["at_real"].endswith("+00:00") for e in events)


def test_the_command_verifies_a_database_and_an_export_and_says_what_broke(told, tmp_path, monkeypatch):
    url = told.engine.sessions.kw["bind"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("PINGPIN_DATABASE_URL", url)
    file = tmp_path / "audit.json"
    assert CliRunner().invoke(commands, ["audit", "export", str(file)]).exit_code == 0
    for arguments in (["audit", "verify"], ["audit", "verify", str(file)]):
        done = CliRunner().invoke(commands, arguments)
        assert done.exit_code == 0
        assert done.output.strip().endswith("0 break(s)")
    export = json.loads(file.read_text())
    export["entries"][5]["kind"] = "forged"
    file.write_text(json.dumps(export))
    done = CliRunner().invoke(commands, ["audit", "verify", str(file)])
    assert done.exit_code == 1
    assert export["entries"][5]["subject"] in done.output


@pytest.mark.parametrize(
    "export", [{}, {"format": "x"}, [], {"format": "pingpin-audit-1"}, {"format": "pingpin-audit-1", "heads": 1}]
)
def test_what_is_no_export_is_refused(export):
    with pytest.raises(InvalidError):
        verify(export)


def test_no_row_of_the_lists_is_guarded_by_itself_alone(told):
    """The list is bound to the one before it: a rewritten first list breaks every later one."""
    with told.engine.sessions() as session:
        row = session.execute(text("SELECT day, digest FROM head_list")).one()
        assert len(row.digest) == 64
        session.execute(update(head_list).values(digest="0" * 64))
        session.commit()
    assert any("list" in one for one in breaks(told.engine))
