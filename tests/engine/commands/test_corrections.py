"""An incident is corrected and tried again, or dealt with without: old and new, who and why are in the history."""

import dataclasses

import pytest
from sqlalchemy import select, update

from engine.commands.incidents import PAUSES
from engine.correction import Correction
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.permissions import Role
from engine.queries import verification
from engine.tables import history, outbox, timer
from tests.acceptance.test_many_writers import at_once
from tests.engine.bundles import diagram, flow, line, process, small, task
from tests.engine.commands.office import WITH_CENTRE, begin, entries, open_office, task_at, told, whole
from tests.people import ADMIN

MESSAGES = """<bpmn:message id="m" name="word"><bpmn:extensionElements>
    <zeebe:subscription correlationKey="=process.key" /></bpmn:extensionElements></bpmn:message>"""
SAY = """<bpmn:sendTask id="say" messageRef="m"><bpmn:extensionElements><zeebe:taskDefinition type="message" />
    <zeebe:ioMapping><zeebe:input source="=note" target="correlationKey" /><zeebe:input source="=amount" target="amount" />
    </zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>"""
SENDER = process(task("write") + SAY + line("q_begin", "write", "say", "q_finish"), process_id="q").replace(
    "q_q_", "q_"
)
# The step that follows the wait needs a number: anything else stops it.
CHOOSE = '<bpmn:exclusiveGateway id="choose" default="choose_to_small" /><bpmn:endEvent id="small" />'
POLICY = WITH_CENTRE.replace("roles: [hr]}", "roles: [hr]}\n  - {process: q, roles: [hr]}")


def after(wait):
    return CHOOSE + line("begin", wait, "choose", "small") + flow("choose", "finish", "=amount &gt; 10")


def again(engine):
    """The pauses between attempts, without waiting for them, until a person is asked."""
    for _ in range(len(PAUSES) + 1):
        with engine.sessions() as session:
            session.execute(update(outbox).values(retry_at=None))
            session.execute(update(timer).values(retry_at=None))
            session.commit()
        engine.tick()


def the_incident(engine):
    (found,) = engine.incidents(ADMIN)
    return found


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def hearing(empty, people):
    """p waits for a word with its key and an amount; says the instance and how q sends one."""
    both = diagram(
        process('<bpmn:receiveTask id="hear" messageRef="m" />' + after("hear")),
        process(task("write") + SAY + line("q_begin", "write", "say", "q_finish"), process_id="q").replace(
            "q_q_", "q_"
        ),
        messages=MESSAGES,
    )
    empty.deploy(ADMIN, small("", policy=POLICY, files={"p.bpmn": both.encode()}))
    instance = empty.start(people["hr"], "p", {})["instance"]

    def send(key, amount):
        sender = empty.start(people["hr"], "q", {})["instance"]
        values = {"note": key} | ({} if amount is None else {"amount": amount})
        empty.complete(people["hr"], task_at(empty, sender, "write"), values)
        again(empty)
        return sender

    return instance, send


def key_of(engine, instance):
    return whole(engine, instance).line.business_key


def test_a_message_is_corrected_and_tried_again(empty, hearing):
    instance, send = hearing
    send(key_of(empty, instance), None)
    found = the_incident(empty)
    assert (found.kind, found.instance_id) == ("message", instance)
    assert empty.incident(ADMIN, found.id).payload == {"amount": None}
    empty.retry(ADMIN, found.id, Correction(payload={"amount": 12}, reason="来文漏填"))
    assert whole(empty, instance).line.end_element == "finish"
    (entry,) = entries(empty, instance, "incident retried")
    assert entry["reason"] == "来文漏填"
    assert entry["message"] == {"old": {"payload": {"amount": None}}, "new": {"payload": {"amount": 12}}}
    with pytest.raises(ConflictError):
        empty.retry(ADMIN, found.id)
    with pytest.raises(NotFoundError):
        empty.incident(ADMIN, found.id)


def test_a_message_for_nobody_gets_the_key_of_who_waits(empty, hearing):
    instance, send = hearing
    send("写错的编号", 12)
    empty.move_clock(ADMIN, empty.clock.now().replace(month=12))
    found = the_incident(empty)
    empty.retry(ADMIN, found.id, Correction(correlation_key=key_of(empty, instance), reason="编号有误"))
    assert whole(empty, instance).line.end_element == "finish"
    assert empty.incidents(ADMIN) == []


def test_a_message_is_dropped_with_a_reason(empty, hearing):
    instance, send = hearing
    sender = send("没有人", 12)
    empty.move_clock(ADMIN, empty.clock.now().replace(month=12))
    found = the_incident(empty)
    with pytest.raises(InvalidError):
        empty.resolve(ADMIN, found.id, " ")
    empty.resolve(ADMIN, found.id, "误发")
    assert empty.incidents(ADMIN) == []
    (entry,) = entries(empty, sender, "incident resolved")
    assert (entry["reason"], entry["dropped"]["correlation_key"]) == ("误发", "没有人")
    again(empty)
    assert whole(empty, instance).active == {"hear"}
    with pytest.raises(ConflictError):
        empty.resolve(ADMIN, found.id, "误发")


@pytest.fixture
def waiting(empty, people):
    """A timer whose step needs an amount that was never entered."""
    pause = """<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition>
        <bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
    body = task("write") + pause + CHOOSE + line("begin", "write", "pause", "choose", "small")
    instance = begin(empty, people["hr"], body + flow("choose", "finish", "=amount &gt; 10"))
    empty.complete(people["hr"], task_at(empty, instance, "write"), {"note": "无金额"})
    empty.move_clock(ADMIN, empty.clock.now().replace(year=2026))
    again(empty)
    return instance


def test_a_variable_is_corrected_and_the_timer_tried_again(empty, waiting):
    found = the_incident(empty)
    assert (found.kind, found.instance_id) == ("timer", waiting)
    before = whole(empty, waiting).revision
    empty.retry(ADMIN, found.id, Correction(variables={"amount": 3}, reason="补录"))
    again(empty)
    assert whole(empty, waiting).line.end_element == "small"
    assert whole(empty, waiting).revision == before + 2
    (entry,) = entries(empty, waiting, "incident retried")
    assert entry["variables"] == {"old": {"amount": None}, "new": {"amount": 3}}
    assert entry["reason"] == "补录"


@pytest.mark.parametrize(
    "wrong",
    [
        Correction(variables={"amount": 3}),
        Correction(variables={"amount": 3}, reason="  "),
        Correction(variables={"settings": {}}, reason="理由"),
        Correction(variables={"process": {}}, reason="理由"),
        Correction(variables={"amuont": 3}, reason="理由"),
        Correction(variables={"a b": 3}, reason="理由"),
        Correction(variables={"": 3}, reason="理由"),
        Correction(variables={"amount": float("nan")}, reason="理由"),
        Correction(variables={"amount": "\ud800"}, reason="理由"),
        Correction(variables={"amount": ["\0"]}, reason="理由"),
        Correction(variables={"amount": {"\0": 3}}, reason="理由"),
        Correction(variables={"amount": {"typename": "\0"}}, reason="理由"),
        Correction(variables={"note": "长" * 1_000_000}, reason="理由"),
        Correction(variables={"amount": 3}, reason="理由\0"),
        Correction(payload={"amount": 3}, reason="理由"),
        Correction(correlation_key="k", reason="理由"),
    ],
    ids=ascii,
)
def test_what_cannot_be_corrected_so_changes_nothing(empty, waiting, wrong):
    found, before = the_incident(empty), whole(empty, waiting)
    with pytest.raises(InvalidError):
        empty.retry(ADMIN, found.id, wrong)
    assert whole(empty, waiting) == before
    assert the_incident(empty) == found


def test_a_timer_without_which_the_matter_would_wait_for_ever_is_not_dropped(empty, waiting):
    with pytest.raises(ConflictError, match="pause"):
        empty.resolve(ADMIN, the_incident(empty).id, "理由")
    assert whole(empty, waiting).active == {"pause"}


TIMED = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
BESIDE_A_TASK = task("work") + f'<bpmn:boundaryEvent id="late" attachedToRef="work">{TIMED}</bpmn:boundaryEvent>'
BESIDE_A_MESSAGE = (
    '<bpmn:eventBasedGateway id="first_of" /><bpmn:receiveTask id="work" messageRef="m" />'
    f'<bpmn:intermediateCatchEvent id="late">{TIMED}</bpmn:intermediateCatchEvent>' + line("first_of", "late")
)


@pytest.mark.parametrize(
    ("waits", "first"), [(BESIDE_A_TASK, "work"), (BESIDE_A_MESSAGE, "first_of")], ids=["a task", "a message"]
)
def test_a_timer_beside_something_else_is_dropped_and_the_rest_goes_on(empty, people, waits, first):
    ways = line("late", "choose", "small") + flow("choose", "finish", "=amount &gt; 10")
    body = waits + CHOOSE + line("begin", first) + ways + line("work", "small")
    if first == "work":
        empty.deploy(ADMIN, small(body))
    else:
        both = diagram(process(body + line("first_of", "work")), SENDER, messages=MESSAGES)
        empty.deploy(ADMIN, small("", policy=POLICY, files={"p.bpmn": both.encode()}))
    instance = empty.start(people["hr"], "p", {})["instance"]
    empty.move_clock(ADMIN, empty.clock.now().replace(month=12))
    again(empty)
    empty.resolve(ADMIN, the_incident(empty).id, "期限作废")
    again(empty)
    assert empty.incidents(ADMIN) == []
    assert whole(empty, instance).active == {"work"}
    if first == "work":
        empty.complete(people["hr"], task_at(empty, instance, "work"), {})
        assert whole(empty, instance).line.end_element == "small"


def test_an_ended_matter_keeps_its_variables(empty, hearing, people):
    sender = hearing[1]("没有人", 12)
    empty.move_clock(ADMIN, empty.clock.now().replace(month=12))
    found = the_incident(empty)
    assert found.instance_id == sender
    with pytest.raises(ConflictError, match="ended"):
        empty.retry(ADMIN, found.id, Correction(variables={"amount": 3}, reason="理由"))


def test_only_an_administrator_corrects(empty, waiting, people):
    found = the_incident(empty)
    for somebody in ("hr", "boss", "centre", "x"):
        with pytest.raises(NotPermittedError):
            empty.retry(people[somebody], found.id, Correction(variables={"amount": 3}, reason="理由"))
        with pytest.raises(NotPermittedError):
            empty.resolve(people[somebody], found.id, "理由")
        with pytest.raises(NotPermittedError):
            empty.incident(people[somebody], found.id)


def test_nobody_corrects_or_drops_what_is_about_a_matter_that_they_began(empty, people, hearing):
    """Neither the matter's variables, nor what it sent to another one."""
    _, send = hearing
    sender = send("没有人", 12)
    empty.move_clock(ADMIN, empty.clock.now().replace(month=12))
    found = the_incident(empty)
    before = whole(empty, sender)
    began = dataclasses.replace(people["hr"], roles=frozenset({Role.HR, Role.ADMIN}))
    for wanted in (Correction(payload={"amount": 99}, reason="理由"), Correction(correlation_key="k", reason="理由")):
        with pytest.raises(NotPermittedError, match="another administrator"):
            empty.retry(began, found.id, wanted)
    with pytest.raises(NotPermittedError, match="another administrator"):
        empty.resolve(began, found.id, "理由")
    with pytest.raises(NotPermittedError, match="another administrator"):
        empty.incident(began, found.id)
    assert whole(empty, sender) == before
    empty.retry(began, found.id)  # as it is


def test_what_was_corrected_stands_in_the_chain(empty, waiting):
    empty.retry(ADMIN, the_incident(empty).id, Correction(variables={"amount": 3}, reason="补录"))
    again(empty)
    assert not verification.verify(empty.audit_export(ADMIN)).breaks
    with empty.sessions() as session:
        rows = session.execute(
            select(history.c.payload, history.c.actor_id).where(history.c.kind == "incident retried")
        )
        (entry,) = rows.all()
    assert (entry.actor_id, entry.payload["reason"]) == ("admin", "补录")
    assert entry.payload["variables"] == {"old": {"amount": None}, "new": {"amount": 3}}


@pytest.mark.parametrize("other", ["retry", "resolve"])
def test_of_two_administrators_at_once_one_deals_with_it(empty, hearing, other):
    instance, send = hearing
    send("写错的编号", 12)
    empty.move_clock(ADMIN, empty.clock.now().replace(month=12))
    found = the_incident(empty)
    wanted = Correction(correlation_key=key_of(empty, instance), reason="编号有误")
    second = {
        "retry": lambda: empty.retry(ADMIN, found.id, wanted),
        "resolve": lambda: empty.resolve(ADMIN, found.id, "误发"),
    }[other]
    calls = [lambda: told(lambda: empty.retry(ADMIN, found.id, wanted)), lambda: told(second)]
    answers = [answer for answer, _ in at_once(calls)]
    assert sorted(answers) == ["conflict", "done"]
    went_on = whole(empty, instance).line.end_element == "finish"
    assert went_on == (other == "retry" or answers[0] == "done")


def test_the_same_key_corrects_once(empty, waiting):
    found, wanted = the_incident(empty), Correction(variables={"amount": 3}, reason="补录")
    first = empty.retry(ADMIN, found.id, wanted, idempotency_key="k")
    assert empty.retry(ADMIN, found.id, wanted, idempotency_key="k") == first
    assert len(entries(empty, waiting, "incident retried")) == 1
