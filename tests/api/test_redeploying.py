"""`pingpin deploy` and `pingpin rehearse`: the gate from a script, with exit codes that a script can read."""

import json

import pytest
import yaml
from click.testing import CliRunner

from api.cli import commands
from engine import Engine
from engine.clock import SystemClock
from engine.migrations import upgrade
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.engine.bundles import POLICY, line, small, task
from tests.people import ADMIN

BODY = task("work") + line("begin", "work", "finish")
TERM = POLICY.replace("until: 2026-03-31", "until: 2099-12-31")
BAD = yaml.safe_dump({"case": "错的", "starts_at": "2025-01-01 09:00", "steps": [{"start": "nothing", "by": "nobody"}]})


@pytest.fixture
def address(tmp_path):
    found = databases.sqlite(tmp_path)
    upgrade(open_database(found))
    return found


@pytest.fixture
def engine(address):
    return Engine(make_sessions(open_database(address)), SystemClock())


@pytest.fixture
def say(address):
    def run(*words):
        return CliRunner().invoke(commands, [str(word) for word in words], env={"PINGPIN_DATABASE_URL": address})

    return run


def folder(path, policy=TERM, files=None):
    for name, content in small(BODY, policy=policy, files=files).files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


def test_the_first_is_deployed_the_next_is_proposed_and_a_person_approves_it(say, engine, tmp_path):
    first, second = folder(tmp_path / "first"), folder(tmp_path / "second", TERM.replace("default: 5", "default: 7"))
    done = say("deploy", first)
    assert (done.exit_code, "the first of this installation" in done.output) == (0, True)
    assert "there already" in say("deploy", first).output
    for person, role in (("hr", "hr"), ("bureau", "bureau")):
        engine.add_person(ADMIN, id=person, name=person, roles=[role])
    engine.add_employer(ADMIN, id="E1", name="津虚重工")
    engine.add_person(ADMIN, id="hr1", name="人事", roles=["hr"], employer_id="E1")
    engine.start(engine.actor("hr1"), "p", {})

    waits = say("deploy", second, "--reason", "修订")
    assert waits.exit_code == 3
    assert "awaits approval by another person (0/1): /deployments/proposals/1" in waits.output
    assert "rehearsal: done 1/1" in waits.output
    again = say("deploy", second, "--reason", "修订")
    assert (again.exit_code, "proposal 1:" in again.output, "not heeded" in again.output) == (3, True, False)
    other = say("deploy", second, "--reason", "别的", "--from", "2098-01-01", "--emergency")
    assert (other.exit_code, "--reason, --from, --emergency not heeded" in other.output) == (3, True)
    assert "with the reason “修订”" in other.output
    engine.redeployment.approve(engine.actor("bureau"), 1, "同意")
    over = say("deploy", second)
    assert (over.exit_code, "version 2, there already" in over.output) == (0, True)


def test_what_is_wrong_is_said_and_nothing_is_proposed(say, engine, tmp_path):
    say("deploy", folder(tmp_path / "first"))
    without_reason = say("deploy", folder(tmp_path / "second", TERM.replace("default: 5", "default: 7")))
    assert without_reason.exit_code != 0
    assert engine.redeployment.proposals(ADMIN) == []
    failing = folder(tmp_path / "third", TERM.replace("default: 5", "default: 8"), {"cases/bad.yaml": BAD.encode()})
    done = say("deploy", failing, "--reason", "修订")
    assert (done.exit_code, "FAILED cases/bad.yaml" in done.output) == (1, True)
    later = say(
        "deploy",
        folder(tmp_path / "fourth", TERM.replace("default: 5", "default: 9")),
        "--reason",
        "急",
        "--emergency",
        "--no-wait",
        "--from",
        "2098-01-01",
    )
    assert (later.exit_code, "from 2098-01-01, an emergency" in later.output) == (3, True)


def test_a_rehearsal_from_the_command_line_writes_nothing(say, engine, tmp_path):
    body = task(
        "work",
        inside='<zeebe:taskSchedule dueDate="=now() + duration(&quot;P&quot; + string(settings.publicity.days) + &quot;D&quot;)" />',
    )
    for name, policy in (("first", TERM), ("second", TERM.replace("default: 5", "default: 7"))):
        for path, content in small(body + line("begin", "work", "finish"), policy=policy).files.items():
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / path).write_bytes(content)
    say("deploy", tmp_path / "first")
    engine.add_employer(ADMIN, id="E1", name="津虚重工")
    engine.add_person(ADMIN, id="hr", name="人事", roles=["hr"], employer_id="E1")
    started = engine.start(engine.actor("hr"), "p", {})["instance"]
    told = say("rehearse", tmp_path / "second")
    assert (told.exit_code, "1 played, 1 would differ" in told.output) == (0, True)
    found = json.loads(say("rehearse", tmp_path / "second", "--json").stdout)
    assert found["played"] == {"p": 1}
    ((effect,),) = [one["effects"] for one in found["affected"]]
    assert (found["affected"][0]["instance"], effect["kind"]) == (started, "deadline")
    assert "0 would differ" in say("rehearse", tmp_path / "first").output
    assert engine.redeployment.proposals(ADMIN) == []
