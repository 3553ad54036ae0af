"""Secret ballots: who has voted is known, how is not, and the counts are right."""

import json

import pytest
from sqlalchemy import inspect, select, text

from engine.commands import voting
from engine.errors import BundleRefusedError, ConflictError
from engine.places import of_task
from engine.queries import inspection
from engine.tables import metadata, task
from engine.tables.ballots import ballot
from forms import FormError, check_form
from tests.engine.bundles import line, small
from tests.engine.bundles import task as user_task
from tests.engine.commands.office import entries, open_office, whole
from tests.people import ADMIN

FOR, AGAINST = "for-it-whoever-asks", "against-it-whoever-asks"
FORM = {
    "id": "slip",
    "type": "default",
    "schemaVersion": 16,
    "components": [
        {"type": "number", "key": "score", "label": "分数", "id": "score_field"},
        {
            "type": "radio",
            "key": "review.vote",
            "label": "表决",
            "id": "vote_field",
            "validate": {"required": True},
            "values": [{"label": "同意", "value": FOR}, {"label": "不同意", "value": AGAINST}],
            "properties": {"ballot": "true"},
        },
    ],
}
EACH = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
  inputCollection="=[&quot;x&quot;, &quot;y&quot;, &quot;z&quot;]" inputElement="who" outputCollection="scores"
  outputElement="={who: who, score: score, seen: process.ballots.vote, mine: review.vote}" />
  </bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"""
COUNT = """<bpmn:scriptTask id="count"><bpmn:extensionElements><zeebe:script expression="=process.ballots.vote"
  resultVariable="counted" /></bpmn:extensionElements></bpmn:scriptTask>"""
AGAIN = """<bpmn:exclusiveGateway id="again" default="again_to_finish" />"""
BACK = """<bpmn:sequenceFlow id="back" sourceRef="again" targetRef="vote"><bpmn:conditionExpression
  xsi:type="bpmn:tFormalExpression">=amount = 1</bpmn:conditionExpression></bpmn:sequenceFlow>"""
BODY = (
    user_task("vote", 'assignee="=who"', form="slip", after=EACH)
    + COUNT
    + user_task("sign")
    + AGAIN
    + BACK
    + line("begin", "vote", "count", "sign", "again", "finish")
)


@pytest.fixture
def office(empty):
    people = open_office(empty)
    empty.add_person(ADMIN, id="z", name="专家子", roles=["expert"])
    empty.deploy(ADMIN, small(BODY, files={"slip.form": json.dumps(FORM).encode()}))
    people["z"] = empty.actor("z")
    instance = empty.start(people["hr"], "p", {})["instance"]
    return empty, people, instance


def of(engine, instance, person):
    with engine.sessions() as session:
        where = (task.c.instance_id == instance, task.c.assignee_id == person, task.c.status == "open")
        return session.scalar(select(task.c.id).where(*where))


def vote(office, person, choice, score=80, **options):
    engine, people, instance = office
    entered = {"score": score, "review": {"vote": choice}}
    found = options.pop("found", None) or of(engine, instance, person)
    return engine.complete(people[person], found, entered, **options)


def everything(engine):
    """Every row of every table as text, the words of JSON and of packed columns with it."""
    with engine.sessions() as session:
        return {
            table.name: [repr(tuple(row)) for row in session.execute(select(table))] for table in metadata.sorted_tables
        }


def test_what_somebody_voted_stands_nowhere_beside_them(office):
    engine, _, instance = office
    for person, choice in (("x", FOR), ("y", AGAINST), ("z", FOR)):
        vote(office, person, choice, idempotency_key=f"{person}-once")
    found = whole(engine, instance)
    assert found.variables["counted"] == {FOR: 2, AGAINST: 1}
    # Nobody saw a count before the last had voted, and a vote itself is no value of the form.
    assert [(one["who"], one["seen"], one["mine"]) for one in found.variables["scores"]] == [
        ("x", None, None),
        ("y", None, None),
        ("z", {FOR: 2, AGAINST: 1}, None),
    ]
    for payload in entries(engine, instance, "completed"):
        assert payload["voted"] is True
        assert payload["values"]["review"] == {} or "vote" not in payload["values"]["review"]
    said = {name: [row for row in rows if "whoever-asks" in row] for name, rows in everything(engine).items()}
    # The form itself has the words, the history and the instance have the counts.
    assert {name for name, rows in said.items() if rows} - {"deployment_file"} == {
        "ballot",
        "history",
        "process_instance",
    }
    assert len(said["ballot"]) == 3
    assert not any(f"'{person}'" in row for row in said["ballot"] for person in ("x", "y", "z"))


def test_a_box_is_written_anew_with_every_vote(office):
    engine, _, _ = office
    with engine.sessions() as session:
        is_postgresql = session.get_bind().dialect.name == "postgresql"
        columns = {column["name"] for column in inspect(session.get_bind()).get_columns("ballot")}
    assert columns == {"box", "slip", "instance_id", "element", "choice"}
    seen = set()
    for person, choice in (("x", FOR), ("y", AGAINST), ("z", FOR)):
        vote(office, person, choice)
        with engine.sessions() as session:
            slips = set(session.scalars(select(ballot.c.slip)))
            assert not slips & seen
            seen |= slips
            if is_postgresql:
                written_by = session.execute(text("SELECT DISTINCT xmin::text FROM ballot")).all()
                assert len(written_by) == 1


def test_the_closed_box_is_counted_in_the_history_and_betrays_whoever_changes_it(office):
    engine, _, instance = office
    for person, choice in (("x", FOR), ("y", AGAINST), ("z", AGAINST)):
        assert entries(engine, instance, voting.CLOSED) == []
        vote(office, person, choice)
    (closed,) = entries(engine, instance, voting.CLOSED)
    assert (closed["counts"], closed["voted"]) == ({FOR: 1, AGAINST: 2}, 3)
    assert engine.inspect(lambda tx: voting.sealed(tx, [closed["box"]])[closed["box"]]) == closed["slips"]
    with engine.sessions() as session:
        session.execute(ballot.update().where(ballot.c.choice == FOR).values(choice=AGAINST))
        session.commit()
    assert engine.inspect(lambda tx: voting.sealed(tx, [closed["box"]])[closed["box"]]) != closed["slips"]


def test_a_vote_is_cast_once_whatever_is_repeated_and_never_withdrawn(office):
    engine, people, instance = office
    found = of(engine, instance, "x")
    first = vote(office, "x", FOR, found=found, idempotency_key="k")
    assert vote(office, "x", AGAINST, found=found, idempotency_key="k") == first
    with pytest.raises(ConflictError):
        vote(office, "x", AGAINST, found=found)
    with pytest.raises(ConflictError) as refused:
        engine.withdraw(people["x"], found, "按错了")
    assert "无记名票" in refused.value.text.zh
    with pytest.raises(FormError):
        vote(office, "y", "neither")
    with pytest.raises(FormError):
        engine.complete(people["y"], of(engine, instance, "y"), {"score": 1})
    with engine.sessions() as session:
        assert list(session.scalars(select(ballot.c.choice))) == [FOR]


def test_a_second_voting_has_a_box_of_its_own(office):
    engine, people, instance = office
    for person in "xyz":
        vote(office, person, FOR)
    (sign,) = engine.inspect(lambda tx: inspection.open_tasks(tx, instance, "sign"))
    engine.complete(people["hr"], sign, {"amount": 1})
    for person in "xyz":
        vote(office, person, AGAINST)
    assert whole(engine, instance).variables["counted"] == {FOR: 0, AGAINST: 3}
    assert [closed["counts"][FOR] for closed in entries(engine, instance, voting.CLOSED)] == [3, 0]


def test_a_draft_keeps_the_scores_and_not_the_vote(office):
    engine, people, instance = office
    place = of_task(of(engine, instance, "x"))
    engine.papers.save_draft(people["x"], place, [("score", "77"), ("review.vote", FOR)], None)
    assert engine.papers.draft_at(people["x"], place).typed == (("score", "77"),)
    assert engine.papers.save_draft(people["x"], place, [("review.vote", FOR)], None) is False


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "checklist"},
        {"validate": {}},
        {"values": None, "valuesExpression": "=[1]"},
        {"type": "checkbox", "values": None},
    ],
)
def test_a_ballot_is_one_required_choice_of_written_texts(changed):
    score, one = FORM["components"]
    broken = {name: value for name, value in {**one, **changed}.items() if value is not None}
    assert [problem.rule for problem in check_form({**FORM, "components": [score, broken]}, "f")] == ["form-ballot"]
    twice = {**one, "key": "other", "id": "other_field"}
    assert [problem.element for problem in check_form({**FORM, "components": [one, twice]}, "f")] == ["other_field"]
    rows = {"type": "dynamiclist", "path": "rows", "id": "rows", "allowAddRemove": True, "components": [one]}
    assert [problem.rule for problem in check_form({**FORM, "components": [rows]}, "f")] == ["form-ballot"]


SEQUENTIAL = EACH.replace(
    "<bpmn:multiInstanceLoopCharacteristics>", '<bpmn:multiInstanceLoopCharacteristics isSequential="true">'
)
ENOUGH = EACH.replace(
    "</bpmn:extensionElements>",
    '</bpmn:extensionElements><bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=numberOfCompletedInstances = 2</bpmn:completionCondition>',
)
WHY = {
    **FORM,
    "components": [
        *FORM["components"],
        {"type": "textfield", "key": "why", "id": "why", "conditional": {"hide": "=review.vote = 1"}},
    ],
}


@pytest.mark.parametrize(("after", "form"), [("", FORM), (SEQUENTIAL, FORM), (ENOUGH, FORM), (EACH, WHY)])
def test_a_ballot_that_would_be_lost_or_known_is_refused(empty, after, form):
    body = user_task("vote", 'assignee="x"', form="slip", after=after) + line("begin", "vote", "finish")
    with pytest.raises(BundleRefusedError) as refused:
        empty.deploy(ADMIN, small(body, files={"slip.form": json.dumps(form).encode()}))
    assert "form-ballot" in {finding.rule for finding in refused.value.findings}
