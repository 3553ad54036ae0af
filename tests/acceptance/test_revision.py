"""The story of issue and revision: rounds at every stage and three hundred candidacies under the 2024 policy, a revised one
uploaded, compared, rehearsed, approved, scheduled, in force on its day; running rounds keep theirs; back again."""

import copy
from datetime import date, datetime
from pathlib import Path

import pytest

from engine import Engine
from engine.bundle import make_bundle, read_folder, zipped
from engine.cases import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import SHANGHAI, VirtualClock
from engine.errors import ConflictError
from engine.examining import examine
from engine.files import Handed
from engine.gate import Exam, Extension, Wanted
from engine.permissions import Actor, Role
from engine.queries.verification import verify
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.people import ADMIN, BUNDLE, KEYS, S1

REVISED = BUNDLE.parent / "tianjin-2026-fictional"
OWNER = Actor("owner", "流程负责人", roles=frozenset({Role.OWNER}))
BUREAU = Actor("bureau", "处长", roles=frozenset({Role.BUREAU}))
CUTOFF = date(2025, 5, 30)
MANY = 300
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def post_since(number):
    """From sixteen years in the post down to some days."""
    return date(2009 + number * 16 // MANY, 1 + number % 12, 1 + number % 28)


def whole_years(since, until):
    """How many birthdays of the day lie behind; the test's own count, by nothing of the product."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def staff_of(engine, employer, name):
    engine.add_employer(
        ADMIN,
        id=employer,
        name=name,
        prefix=f"Y000012000{employer[1:]:0>3}",
        prefix_source="虚构",
        trades=[{"trade": "焊工", "occupation_code": "6-18-02-04", "senior_count": 900}],
    )
    for role, who in (("hr", "hr"), ("leader", "leader"), ("candidate", "jia")):
        engine.add_person(ADMIN, id=f"{who}_{employer}", name=f"{name}{role}", employer_id=employer, roles=[role])


def elsewhere(step, employer):
    """The same step in another employer's round."""
    step = {name: value for name, value in copy.deepcopy(dict(step)).items() if name != "expect"}
    for name in ("of", "in", "as"):
        if name in step:
            step[name] = f"{step[name]}_{employer}"
    if step.get("by") in ("hr", "leader", "jia"):
        step["by"] = f"{step['by']}_{employer}"
    return _renamed(step, employer)


def _renamed(value, employer):
    if isinstance(value, dict):
        return {name: _renamed(each, employer) for name, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, employer) for each in value]
    return value.replace("E1-2025", f"{employer}-2025") if isinstance(value, str) else value


def rounds_at_every_stage(world):
    """S1 once for each of its steps, each stopped before that step; and one round with many candidates."""
    steps = [step for step in read_case(S1).steps if "expect" not in step or len(step) > 1]
    acts = [place for place, step in enumerate(steps) if "complete" in step or "start" in step]
    stops = {f"E{place + 10}": place for place in acts[2::2]}
    for employer in (*stops, "E99"):
        staff_of(world.engine, employer, f"津虚{employer}厂")
    for place, step in enumerate(steps):
        if "at" in step:
            assert play_steps(world, [{"at": step["at"]}]) is None
            continue
        goes_on = [employer for employer, stop in stops.items() if place < stop]
        for employer in [*goes_on, *(["E99"] if place <= 2 else [])]:
            failure = play_steps(world, [elsewhere(step, employer)]) if "complete" in step or "start" in step else None
            assert failure is None, (employer, failure)
        if step.get("complete") == "publish_plan":
            play_steps(world, [elsewhere(step, "E99")])
        if step.get("start") == "candidacy":
            many_apply(world, step["with"])
    return stops


def many_apply(world, form):
    from engine.cases.expecting import plain

    for number in range(MANY):
        person = f"c{number:03}"
        world.engine.add_person(ADMIN, id=person, name=f"试{number:03}", employer_id="E99", roles=["candidate"])
        filled = plain(copy.deepcopy(form))
        filled["application"] |= {"name": f"试{number:03}", "signed_name": f"试{number:03}"}
        filled["application"]["posts"][0]["start"] = post_since(number).isoformat()
        started = world.engine.start(world.actor(person), "candidacy", filled, parent_id=world.instances["round_E99"])
        world.instances[person] = started["instance"]


def early(story):
    """An employer whose round has not got far."""
    return min(name.removeprefix("round_") for name in story.instances if name.startswith("round_"))


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    database = open_database(databases.sqlite(tmp_path_factory.mktemp("story")))
    case = read_case(S1)
    clock = VirtualClock(case.starts_at)
    world = World(Engine(make_sessions(database), clock, keys=KEYS), clock, Path())
    populate(world, case, read_folder(BUNDLE))
    for person_id, role in (("owner", "owner"), ("bureau", "bureau"), ("admin", "admin")):
        world.engine.add_person(ADMIN, id=person_id, name=person_id, roles=[role])
    rounds_at_every_stage(world)
    yield world
    database.dispose()


def revised():
    """The fictional revision with a few of its worked cases: all of them are played in tests/policies."""
    files = read_folder(REVISED).files
    cases = {path for path in files if path.startswith("cases/")}
    alone = sorted(path for path in cases if b"\nlike:" not in files[path] and b"play:" not in files[path])[:3]
    return make_bundle({path: content for path, content in files.items() if path not in cases - set(alone)})


def test_the_revision_comes_into_force_and_everybody_knows_before_whom_it_would_touch(story):
    engine, bundle = story.engine, revised()
    door = engine.redeployment
    door.stage(OWNER, zipped(bundle.files))
    staged = door.staged(OWNER, bundle.digest)
    assert any(change.place.part == "publicity.days" for change in staged.changes)
    number = door.propose(OWNER, Wanted(bundle.digest, "办法修订(虚构)", date(2026, 4, 1)))["proposal"]
    while examine(engine, 0.01):  # as a worker that is stopped and started again after each piece
        pass
    examined = {each.kind: each for each in door.proposal(OWNER, number).examined}
    assert {each.status for each in examined.values()} == {"done"}, examined[Exam.CASES].result
    report = door.rehearsal(BUREAU, number, limit=10_000)  # without a limit it is without traces

    # By a count of the test's own: who has three years and not five is let in by the revision alone.
    other = {
        f"c{n:03}" for n in range(MANY) if 3 <= whole_years(post_since(n), CUTOFF) < 5
    }  # fmt: skip
    assert 20 < len(other) < 100
    ids = {instance: name for name, instance in story.instances.items()}
    named = {
        ids[each.instance_id]
        for each in report.affected
        if each.process == "candidacy" and any(effect.kind == "finding" for effect in each.effects)
    }
    assert named == other
    for each in report.affected:
        if ids[each.instance_id] in other:
            (finding,) = [effect for effect in each.effects if effect.kind == "finding"]
            assert (finding.row, finding.old["verdict"], finding.new["verdict"]) == ("A7.2b", "NOT_MET", "MET")
            assert {trace["element"] for trace in each.traces} == {"eligibility"}
            assert all(trace["old"]["decisions"] and trace["new"]["decisions"] for trace in each.traces)
    windows = [e for each in report.affected for e in each.effects if (e.kind, e.element) == ("window", "publicity")]
    assert windows, "five working days became seven"

    door.approve(BUREAU, number, "同意")
    assert next(line.from_on for line in engine.deployments(OWNER)) == date(2026, 4, 1)

    # The day comes; the worker notes it and tells people.
    employer = early(story)
    old_round = story.instances[f"round_{employer}"]
    engine.move_clock(ADMIN, datetime(2026, 3, 31, 20, tzinfo=SHANGHAI))
    assert [line.is_current for line in engine.deployments(OWNER)] == [False, True]
    engine.move_clock(ADMIN, datetime(2026, 4, 1, 9, tzinfo=SHANGHAI))
    assert [line.is_current for line in engine.deployments(OWNER)] == [True, False]
    told = [notice.text.zh for notice in engine.notices(story.actor("hr"))]
    assert any("自2026-04-01起施行" in text for text in told)
    fresh = engine.start(story.actor("hr"), "round", {})["instance"]
    assert engine.instance(story.actor("hr"), fresh).deployment.zh.endswith("（2026修订，虚构）")
    assert not engine.instance(story.actor(f"hr_{employer}"), old_round).deployment.zh.endswith("（2026修订，虚构）")
    assert verify(engine.audit_export(ADMIN)).breaks == ()


def test_back_to_the_old_version_takes_a_basis_once_its_term_is_over(story):
    engine, door, employer = story.engine, story.engine.redeployment, early(story)
    if engine.clock.now().year < 2026:
        pytest.fail("goes on from the revision")
    engine.move_clock(ADMIN, datetime(2026, 4, 10, 9, tzinfo=SHANGHAI))
    new, old = engine.deployments(OWNER)
    with pytest.raises(ConflictError, match="outside the term"):
        door.roll_back(BUREAU, old.id, "修订有误")
    longer = Extension(date(2026, 9, 30), "修订有误", "津虚人社函〔2026〕3号", Handed("函.pdf", PDF))
    with pytest.raises(ConflictError, match="rollback"):
        door.extend(BUREAU, old.id, longer)
    door.roll_back(BUREAU, old.id, "修订有误", None, longer)
    assert [line.is_current for line in engine.deployments(OWNER)] == [False, True]
    fresh = engine.start(story.actor(f"hr_{employer}"), "round", {})["instance"]
    assert not engine.instance(story.actor(f"hr_{employer}"), fresh).deployment.zh.endswith("（2026修订，虚构）")
    (line, *_) = door.in_force(OWNER).lines
    assert [(each.current.deployment_id if each.current else None) for each in line.ranges] == [
        old.id, new.id, old.id, None,
    ], "what was taken back does not come again by itself"  # fmt: skip
    assert engine.deployments(OWNER)[1].in_force_until == date(2026, 9, 30), (
        "what is under way on it is within its term"
    )
    assert verify(engine.audit_export(ADMIN)).breaks == ()
