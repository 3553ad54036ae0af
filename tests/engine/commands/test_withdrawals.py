"""Withdrawing a completion: everything as before while nobody has built upon it, and a refusal that names who has."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import Outside
from engine.audit import Event
from engine.commands import step
from engine.commands.incidents import PAUSES
from engine.commands.locked_tasks import lock
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.queries import verification
from engine.spiff.snapshot import Complete
from engine.tables import employer, history, process_instance, subscription, task_candidate
from engine.tables import task as tasks
from engine.tables import timer as timers
from tests.acceptance.test_many_writers import at_once
from tests.engine.bundles import diagram, flow, line, process, small, task
from tests.engine.commands.office import WITH_CENTRE, begin, entries, open_office, task_at, told, whole
from tests.people import ADMIN, submitted

TWO = task("first") + task("second") + line("begin", "first", "second", "finish")
# A parallel wait beside the task that is withdrawn, and what the step may close: a loop that ends early.
EITHER = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
    inputCollection="=[&quot;hr&quot;, &quot;hr2&quot;]" inputElement="who" /></bpmn:extensionElements>
    <bpmn:completionCondition>=numberOfCompletedInstances = 1</bpmn:completionCondition>
    </bpmn:multiInstanceLoopCharacteristics>"""


def timed(element, hours):
    return f"""<bpmn:intermediateCatchEvent id="{element}"><bpmn:timerEventDefinition>
        <bpmn:timeDuration>PT{hours}H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""


@pytest.fixture
def people(empty):
    return open_office(empty)


def rows(engine, table):
    with engine.sessions() as session:
        return [dict(row._mapping) for row in session.execute(select(table).order_by(*table.primary_key.columns))]


def state(engine, instance):
    """All that an instance's next steps depend on, and what lists show of it."""
    (row,) = [row for row in rows(engine, process_instance) if row["id"] == instance]
    return {
        "row": [row["state"], json.loads(row["variables"]), row["title"], row["status"]],
        "tasks": [row for row in rows(engine, tasks) if row["status"] != "cancelled"],
        "candidates": [{**row, "id": None} for row in rows(engine, task_candidate)],
        "timers": [row for row in rows(engine, timers) if row["status"] == "open"],
        "subscriptions": rows(engine, subscription),
    }


def test_everything_is_as_before_and_can_be_done_again(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    empty.claim(people["hr"], found)
    before = state(empty, instance)
    empty.complete(people["hr"], found, {"note": "误填", "amount": 3})
    second = task_at(empty, instance, "second")
    assert empty.withdraw(people["hr"], found, "填错了") == {"task": found, "instance": instance}
    assert state(empty, instance) == before
    assert whole(empty, instance).active == {"first"}
    assert whole(empty, instance).passed == {"begin"}
    with pytest.raises(ConflictError):
        empty.claim(people["hr2"], second)
    empty.complete(people["hr"], found, {"note": "更正"})
    assert whole(empty, instance).variables["note"] == "更正"
    assert whole(empty, instance).variables.get("amount") is None
    empty.complete(people["hr2"], task_at(empty, instance, "second"), {})
    assert whole(empty, instance).line.end_element == "finish"


def test_the_history_keeps_both_and_its_chain_verifies(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {"note": "误填"})
    kept = [row for row in rows(empty, history) if row["subject_id"] == instance]
    empty.withdraw(people["hr"], found, "填错了")
    now = [row for row in rows(empty, history) if row["subject_id"] == instance]
    assert now[: len(kept)] == kept
    (entry,) = entries(empty, instance, "withdrawn")
    assert (entry["reason"], entry["old"], entry["task"]) == ("填错了", {"note": "误填"}, found)
    assert [event.kind for event in whole(empty, instance).events if event.undone] == ["completed"]
    assert verification.verify(empty.audit_export(ADMIN)).breaks == ()


def test_what_was_nobodys_is_nobodys_again(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.withdraw(people["hr"], found, "填错了")
    assert [line.id for line in empty.inbox(people["hr2"], "groups")] == [found]


WORD = """<bpmn:message id="m" name="word"><bpmn:extensionElements>
    <zeebe:subscription correlationKey="=&quot;k&quot;" /></bpmn:extensionElements></bpmn:message>"""
SAY = """<bpmn:sendTask id="say" messageRef="m"><bpmn:extensionElements><zeebe:taskDefinition type="message" />
    <zeebe:ioMapping><zeebe:input source="=&quot;k&quot;" target="correlationKey" /></zeebe:ioMapping>
    </bpmn:extensionElements></bpmn:sendTask>"""
LATE = """<bpmn:boundaryEvent id="late" attachedToRef="first"><bpmn:timerEventDefinition>
    <bpmn:timeDuration>PT5H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"""
CALLED = """<bpmn:boundaryEvent id="called" attachedToRef="first"><bpmn:messageEventDefinition messageRef="m" />
    </bpmn:boundaryEvent>"""


def test_the_timers_of_the_task_are_open_again_with_their_moments_and_fire(empty, people):
    body = task("first") + task("second") + task("third") + LATE + line("begin", "first", "second", "finish")
    instance = begin(empty, people["hr"], body + line("late", "third", "finish"))
    found = task_at(empty, instance, "first")
    before = state(empty, instance)
    empty.complete(people["hr"], found, {})
    empty.clock.move_to(empty.clock.now() + timedelta(hours=1))
    empty.withdraw(people["hr"], found, "填错了")
    assert state(empty, instance) == before
    empty.move_clock(ADMIN, empty.clock.now() + timedelta(hours=5))
    assert whole(empty, instance).active == {"third"}


def test_a_task_whose_time_is_up_meanwhile_is_not_gone_back_to(empty, people):
    body = task("first") + task("second") + task("third") + LATE + line("begin", "first", "second", "finish")
    instance = begin(empty, people["hr"], body + line("late", "third", "finish"))
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.move_clock(ADMIN, empty.clock.now() + timedelta(hours=5))
    with pytest.raises(ConflictError, match="time"):
        empty.withdraw(people["hr"], found, "填错了")
    assert whole(empty, instance).active == {"second"}


def test_a_wait_for_a_message_that_the_step_closed_hears_what_came_meanwhile(empty, people):
    """The wait beside the task is gone with its completion; the message is kept, and taken once the wait is open again."""
    policy = WITH_CENTRE.replace("roles: [hr]}", "roles: [hr]}\n  - {process: q, roles: [hr]}")
    flows = line("begin", "first", "second", "finish") + line("called", "third", "finish")
    both = diagram(
        process(task("first") + task("second") + task("third") + CALLED + flows),
        process(SAY + flow("q_begin", "say") + flow("say", "q_finish"), process_id="q").replace("q_q_", "q_"),
        messages=WORD,
    )
    empty.deploy(ADMIN, small("", policy=policy, files={"p.bpmn": both.encode()}))
    instance = empty.start(people["hr"], "p", {})["instance"]
    found = task_at(empty, instance, "first")
    before = state(empty, instance)
    empty.complete(people["hr"], found, {})
    empty.withdraw(people["hr"], found, "填错了")
    assert state(empty, instance) == before
    empty.complete(people["hr"], found, {})
    empty.start(people["hr"], "q", {})
    assert whole(empty, instance).active == {"second"}
    empty.withdraw(people["hr"], found, "又填错了")
    assert whole(empty, instance).active == {"third"}


def test_what_the_step_closed_is_open_again_with_its_people_and_moments(empty, people):
    body = task("vote", 'assignee="=who"', after=EITHER) + task("next") + timed("pause", 5)
    split = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    flows = line("begin", "vote", "split", "next", "join", "finish") + line("split", "pause", "join")
    instance = begin(empty, people["hr"], body + split + flows)
    found = {who: empty.inbox(people[who], "mine")[0].id for who in ("hr", "hr2")}
    before = state(empty, instance)
    for again in (0, 1):
        empty.clock.move_to(empty.clock.now().replace(hour=3 + again))
        empty.complete(people["hr"], found["hr"], {"note": "x"})
        assert whole(empty, instance).active == {"next", "pause"}
        assert empty.inbox(people["hr2"], "mine") == []
        empty.withdraw(people["hr"], found["hr"], "填错了")
        assert state(empty, instance) == before
    empty.complete(people["hr2"], found["hr2"], {})
    (window,) = [one for one in whole(empty, instance).windows if one.status == "open"]
    assert window.opened_at == empty.clock.now()
    assert sum(row["status"] == "open" for row in rows(empty, timers)) == 1


def test_a_stranger_withdraws_nothing(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    for somebody in ("hr2", "boss", "other", "x", "admin"):
        with pytest.raises(NotPermittedError):
            empty.withdraw(people[somebody], found, "理由")
    with pytest.raises(InvalidError):
        empty.withdraw(people["hr"], found, " ")
    with pytest.raises(NotFoundError):
        empty.withdraw(people["hr"], "nothing", "理由")


def test_what_somebody_has_claimed_stands_in_the_way_until_they_give_it_back(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    second = task_at(empty, instance, "second")
    empty.claim(people["hr2"], second)
    with pytest.raises(ConflictError, match="人事乙.*second"):
        empty.withdraw(people["hr"], found, "理由")
    empty.unclaim(people["hr2"], second)
    empty.withdraw(people["hr"], found, "理由")
    assert whole(empty, instance).active == {"first"}


def test_what_was_given_to_somebody_else_stands_in_the_way(empty, people):
    body = task("first") + task("second", 'assignee="hr"') + line("begin", "first", "second", "finish")
    instance = begin(empty, people["hr"], body)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.reassign(people["hr"], task_at(empty, instance, "second"), "hr2", "分派")
    with pytest.raises(ConflictError, match="人事乙"):
        empty.withdraw(people["hr"], found, "理由")


def test_an_opinion_that_was_asked_stands_in_the_way(empty, people):
    body = task("first") + task("second", 'assignee="hr"') + line("begin", "first", "second", "finish")
    instance = begin(empty, people["hr"], body)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.add_signer(people["hr"], task_at(empty, instance, "second"), "x", "怎么看?")
    with pytest.raises(ConflictError, match="专家庚"):
        empty.withdraw(people["hr"], found, "理由")


def test_only_the_last_step_is_withdrawn(empty, people):
    body = task("first") + task("second") + task("third") + line("begin", "first", "second", "third", "finish")
    instance = begin(empty, people["hr"], body)
    first = task_at(empty, instance, "first")
    empty.complete(people["hr"], first, {})
    second = task_at(empty, instance, "second")
    with pytest.raises(ConflictError, match="nothing to withdraw"):
        empty.withdraw(people["hr"], second, "理由")
    empty.complete(people["hr"], second, {})
    with pytest.raises(ConflictError, match="second.*completed.*人事甲"):
        empty.withdraw(people["hr"], first, "理由")
    empty.withdraw(people["hr"], second, "理由")
    with pytest.raises(ConflictError, match="second.*withdrawn"):
        empty.withdraw(people["hr"], first, "理由")


def test_a_timer_that_has_fired_since_stands_in_the_way(empty, people):
    body = task("first") + timed("pause", 1) + task("second") + line("begin", "first", "pause", "second", "finish")
    instance = begin(empty, people["hr"], body)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.move_clock(ADMIN, empty.clock.now().replace(year=2026))
    with pytest.raises(ConflictError, match="timer fired"):
        empty.withdraw(people["hr"], found, "理由")


def test_an_ended_matter_is_not_withdrawn_and_keeps_no_way_back(empty, people):
    instance = begin(empty, people["hr"], TWO)
    for element in ("first", "second"):
        found = task_at(empty, instance, element)
        empty.complete(people["hr"], found, {})
    with pytest.raises(ConflictError, match="ended"):
        empty.withdraw(people["hr"], found, "理由")
    assert [row["undo"] for row in rows(empty, process_instance)] == [None]


def test_a_message_that_was_sent_stands_in_the_way(play):
    """S1's screening reports to the round: what the round has heard cannot be unsaid."""
    world = play("screening")
    hr = world.actor("hr")
    found = world.engine.inbox(hr, "groups")[0].id
    world.engine.complete(hr, found, submitted("screening"))
    with pytest.raises(ConflictError, match="message"):
        world.engine.withdraw(hr, found, "理由")


def served(service, inputs=""):
    mapping = f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping>" if inputs else ""
    call = f"""<bpmn:serviceTask id="call"><bpmn:extensionElements><zeebe:taskDefinition type="{service}" />{mapping}
        </bpmn:extensionElements></bpmn:serviceTask>"""
    return task("first") + call + task("second") + line("begin", "first", "call", "second", "finish")


def test_a_certificate_number_that_was_allocated_stands_in_the_way(empty, people):
    name = "zh: 名, en: name, source: AX.1"
    codes = (
        f'{{category: {{Y: {{{name}}}}}, province: {{"12": {{{name}}}}}, levels: {{senior: {{letter: T, {name}}}}}}}'
    )
    policy = f"{WITH_CENTRE}certificate: {codes}\n"
    with empty.sessions() as session:
        session.execute(update(employer).values(prefix="Y000012000123"))
        session.commit()
    level = '<zeebe:input source="senior" target="level" />'
    empty.deploy(ADMIN, small(served("certificate-number", level), policy=policy))
    instance = empty.start(people["hr"], "p", {})["instance"]
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    with pytest.raises(ConflictError, match="certificate number"):
        empty.withdraw(people["hr"], found, "理由")


def test_a_register_that_was_only_read_does_not(empty, people):
    instance = begin(empty, people["hr"], served("employer-register"))
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    assert "employer" in whole(empty, instance).variables
    empty.withdraw(people["hr"], found, "理由")
    assert whole(empty, instance).variables == {}


def test_a_wait_beside_the_task_that_is_withdrawn_still_hears_its_message(empty, people):
    ask = '<bpmn:receiveTask id="hear" messageRef="m" />'
    split = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    flows = line("begin", "split", "first", "second", "join", "finish") + line("split", "hear", "join")
    policy = WITH_CENTRE.replace("roles: [hr]}", "roles: [hr]}\n  - {process: q, roles: [hr]}")
    both = diagram(
        process(task("first") + task("second") + ask + split + flows),
        process(SAY + flow("q_begin", "say") + flow("say", "q_finish"), process_id="q").replace("q_q_", "q_"),
        messages=WORD,
    )
    empty.deploy(ADMIN, small("", policy=policy, files={"p.bpmn": both.encode()}))
    instance = empty.start(people["hr"], "p", {})["instance"]
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.withdraw(people["hr"], found, "理由")
    assert whole(empty, instance).active == {"first", "hear"}
    empty.start(people["hr"], "q", {})
    assert whole(empty, instance).active == {"first"}


def test_a_child_that_was_started_since_stands_in_the_way(empty, people):
    policy = WITH_CENTRE.replace(
        "  - {process: p, roles: [hr]}",
        "  - {process: p, roles: [hr]}\n  - {process: c, roles: [candidate], parent: p, while: second}",
    )
    child = process(task("ask") + line("c_begin", "ask", "c_finish"), process_id="c").replace("c_c_", "c_")
    files = {"c.bpmn": diagram(child).encode()}
    empty.deploy(ADMIN, small(TWO, policy=policy, files=files))
    instance = empty.start(people["hr"], "p", {})["instance"]
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.start(people["worker"], "c", {}, parent_id=instance)
    with pytest.raises(ConflictError, match="has been started"):
        empty.withdraw(people["hr"], found, "理由")


def test_the_same_key_withdraws_once(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    first = empty.withdraw(people["hr"], found, "理由", idempotency_key="k")
    assert empty.withdraw(people["hr"], found, "理由", idempotency_key="k") == first
    with pytest.raises(ConflictError, match="nothing to withdraw"):
        empty.withdraw(people["hr"], found, "又一次")
    assert len(entries(empty, instance, "withdrawn")) == 1


@pytest.mark.parametrize("rival", ["claim", "complete", "withdraw"])
def test_of_two_at_the_same_moment_one_wins_and_the_other_is_told(empty, people, rival):
    """Whoever comes first: either the next step was taken up, or it is gone. Five rounds, both orders happen by chance."""
    for _ in range(5):
        instance = begin(empty, people["hr"], TWO)
        found = task_at(empty, instance, "first")
        empty.complete(people["hr"], found, {})
        second = task_at(empty, instance, "second")
        against = {
            "claim": lambda second=second: empty.claim(people["hr2"], second),
            "complete": lambda second=second: empty.complete(people["hr2"], second, {}),
            "withdraw": lambda found=found: empty.withdraw(people["hr"], found, "理由"),
        }[rival]
        answers = at_once(
            [
                lambda found=found: told(lambda: empty.withdraw(people["hr"], found, "理由")),
                lambda against=against: told(against),
            ]
        )
        assert sorted(answer for answer, _ in answers) == ["conflict", "done"]
        is_back = whole(empty, instance).active == {"first"}
        assert is_back == (rival == "withdraw" or answers[0][0] == "done")


def test_a_completion_repeated_under_its_key_after_a_withdrawal_is_refused_and_a_new_key_completes(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    done = empty.complete(people["hr"], found, {"note": "甲"}, idempotency_key="k")
    empty.withdraw(people["hr"], found, "理由")
    with pytest.raises(ConflictError, match="has been withdrawn since"):
        empty.complete(people["hr"], found, {"note": "甲"}, idempotency_key="k")
    assert whole(empty, instance).active == {"first"}
    assert empty.complete(people["hr"], found, {"note": "乙"}, idempotency_key="k2") == done
    assert whole(empty, instance).variables["note"] == "乙"


def test_a_job_that_was_done_since_stands_in_the_way(empty, people):
    mail = """<bpmn:serviceTask id="tell"><bpmn:extensionElements><zeebe:taskDefinition type="mail" /><zeebe:ioMapping>
        <zeebe:input target="to" source="a@b.example" /><zeebe:input target="subject" source="x" />
        <zeebe:input target="text" source="x" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""
    both = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    body = (
        both
        + mail
        + TWO.replace(line("begin", "first", "second", "finish"), "")
        + line("begin", "split", "tell", "join")
    )
    instance = begin(empty, people["hr"], body + line("split", "first", "second", "join", "finish"))
    empty.outside = Outside(is_sandbox=True)
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {})
    empty.do_jobs()
    with pytest.raises(ConflictError, match="since then “tell” was done"):
        empty.withdraw(people["hr"], found, "理由")


@pytest.mark.parametrize("by", ["complete", "withdraw"])
def test_what_a_person_is_asked_about_a_timer_is_over_with_the_timer(empty, people, by):
    """A timer beside a task fails for good; the task is done, or is gone again, before an administrator looks."""
    beside = """<bpmn:boundaryEvent id="late" attachedToRef="second"><bpmn:timerEventDefinition>
        <bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"""
    nobody = task("other", 'assignee="=note"')
    instance = begin(empty, people["hr"], TWO + beside + nobody + line("late", "other") + flow("other", "finish"))
    found = task_at(empty, instance, "first")
    empty.complete(people["hr"], found, {"note": "nobody"})
    empty.move_clock(ADMIN, empty.clock.now() + timedelta(hours=2))
    for _ in PAUSES:
        with empty.sessions() as session:
            session.execute(update(timers).values(retry_at=None))
            session.commit()
        empty.tick()
    assert len(empty.incidents(ADMIN)) == 1
    if by == "complete":
        empty.complete(people["hr"], task_at(empty, instance, "second"), {})
    else:
        empty.withdraw(people["hr"], found, "理由")
    assert empty.incidents(ADMIN) == []


def test_a_step_with_an_old_copy_of_its_instance_is_told_so_and_writes_nothing(empty, people):
    instance = begin(empty, people["hr"], TWO)
    found = task_at(empty, instance, "first")
    kept = []

    def look(tx):
        kept.append(lock(tx, found)[1])

    empty._driver.write(people["hr"], look)
    empty.complete(people["hr"], found, {})
    empty.withdraw(people["hr"], found, "理由")
    before = rows(empty, history), rows(empty, tasks)
    with pytest.raises(ConflictError, match="just changed"):
        empty._driver.write(
            people["hr"],
            lambda tx: step.take(
                tx, empty.library, kept[0], Complete(found, {}), Event("completed", "first", {"task": found})
            ),
        )
    assert (rows(empty, history), rows(empty, tasks)) == before
